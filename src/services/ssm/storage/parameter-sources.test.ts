import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readList } from '../../../kit/bounded-list.ts'
import { testStore } from '../../../storage/testing.ts'
import { describeFilters, type Filtered, passes } from '../domain/filters.ts'
import { indexValuesOf, listSource, type Source, searchScopeOf } from '../domain/listing.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { someParameter } from '../domain/testing.ts'
import { parameters, scopeOf } from './collections.ts'
import { parameterSource } from './parameter-sources.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }

const level = fc.constantFrom('a', 'b', 'a-b', 'a.b', 'ab', '1', 'Z')
const name = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => `/${levels.join('/')}`)
const parameter = fc
  .record({
    qualified: name,
    type: fc.constantFrom('String', 'StringList', 'SecureString' as const),
    tags: fc.subarray([
      { Key: 'env', Value: 'prod' },
      { Key: 'team', Value: 'red' },
      { Key: 'team', Value: 'blue' },
    ]),
    tier: fc.constantFrom('Standard', 'Advanced' as const),
    keyId: fc.constantFrom('alias/a', 'alias/b', undefined),
  })
  // Only these are encrypted.
  .map(({ keyId, ...known }) => (known.type === 'SecureString' ? { ...known, keyId } : known))

const filter = fc.oneof(
  fc.record({
    Key: fc.constant('Name'),
    Option: fc.constantFrom('Equals', 'BeginsWith', 'Contains'),
    Values: fc.array(name, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    Key: fc.constant('Path'),
    Option: fc.constantFrom('OneLevel', 'Recursive'),
    Values: fc.array(fc.oneof(name, fc.constant('/')), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    Key: fc.constant('Type'),
    Option: fc.constant('BeginsWith'),
    Values: fc.constantFrom<string[][]>(['S'], ['Sec']),
  }),
  fc.record({ Key: fc.constant('Tier'), Values: fc.constantFrom<string[][]>(['Advanced'], ['Standard', 'Advanced']) }),
  fc.record({
    Key: fc.constant('KeyId'),
    Option: fc.constantFrom('Equals', 'BeginsWith'),
    Values: fc.constantFrom<string[][]>(['alias/a'], ['alias/a', 'alias/b'], ['alias/']),
  }),
  fc.record({
    Key: fc.constant('Type'),
    Values: fc.constantFrom<string[][]>(['String'], ['StringList', 'SecureString']),
  }),
  fc.record({ Key: fc.constant('tag:team'), Values: fc.constantFrom<string[][]>([], ['red'], ['blue', 'none']) }),
  fc.record({ Key: fc.constant('tag:env'), Option: fc.constant('BeginsWith'), Values: fc.constant<string[]>(['p']) }),
)
const filters = fc.uniqueArray(filter, { maxLength: 3, selector: ({ Key }) => Key })

async function storeWith(rows: readonly StoredParameter[]) {
  const store = await testStore()
  await store.transaction(async (tx) => {
    for (const row of rows) await tx.in(parameters).put(scopeOf(scope), row.qualified, row)
  })
  return store
}

/** All rows of a source, page by page. */
async function allOf<T extends Filtered>(
  source: Source<T>,
  fits: (row: T) => boolean,
  limit: number,
  betweenPages: () => Promise<void> = async () => {},
): Promise<string[]> {
  const names: string[] = []
  for (let after: string | undefined; ; ) {
    const { rows, place, more } = await readList(listSource(source, fits), after, limit)
    assert.ok(rows.length <= limit)
    names.push(...rows.map(({ row }) => row.qualified))
    if (!more) return names
    after = place
    await betweenPages()
  }
}

test('PS5: pages hold what all filters fit, each once and in order, whatever the filters and the size of the page', async () => {
  const rows = fc.uniqueArray(parameter, { maxLength: 40, selector: ({ qualified }) => qualified })
  await fc.assert(
    fc.asyncProperty(rows, filters, fc.integer({ min: 1, max: 7 }), async (given, asked, limit) => {
      const all = given.map((known) => someParameter(known))
      const store = await storeWith(all)
      const read = describeFilters(undefined, asked)
      const source = parameterSource(
        { reader: store, spec: parameters, scope },
        searchScopeOf(read),
        indexValuesOf(read),
      )
      const expected = all.filter((row) => passes(row, read)).map(({ qualified }) => qualified)
      assert.deepEqual(await allOf(source, (row) => passes(row, read), limit), expected.sort())
      await store.close()
    }),
    { numRuns: 80 },
  )
})

test('PS5: what is there all the time is shown once, while other parameters come and go between the pages', async () => {
  const changes = fc.array(fc.record({ qualified: name, comes: fc.boolean() }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 20 }), changes, async (lasting, steps) => {
      const store = await storeWith(lasting.map((qualified) => someParameter({ qualified })))
      const source = parameterSource({ reader: store, spec: parameters, scope }, { kind: 'prefixes', prefixes: ['/'] })
      const rest = steps.filter(({ qualified }) => !lasting.includes(qualified))
      const shown = await allOf(
        source,
        () => true,
        3,
        async () => {
          for (const { qualified, comes } of rest.splice(0, 4)) {
            await store.transaction(async (tx) => {
              const collection = tx.in(parameters)
              if (comes) await collection.put(scopeOf(scope), qualified, someParameter({ qualified }))
              else await collection.delete(scopeOf(scope), qualified)
            })
          }
        },
      )
      assert.equal(new Set(shown).size, shown.length)
      assert.deepEqual(shown, [...shown].sort())
      for (const qualified of lasting) assert.ok(shown.includes(qualified), qualified)
      await store.close()
    }),
    { numRuns: 40 },
  )
})
