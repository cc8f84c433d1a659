import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CollectionSpec, indexedPrefix, type Scope } from '../../src/core/store.ts'
import { indexingMigration } from '../../src/storage/document-index.ts'
import { enabled, keys, scope } from './contract-fixtures.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** Documents, their order, indexes and seals. */
export function documentContract(under: StoreUnderTest): void {
  const { put, get, ids } = under

  test('A document is read as it was put, until it is replaced or deleted', async () => {
    assert.equal(await get('k1'), undefined)
    await put('k1', { ...enabled, material: { bytes: 'AAEC' } })
    assert.deepEqual(await get('k1'), { ...enabled, material: { bytes: 'AAEC' } })
    await put('k1', { state: 'Disabled', uses: 7, material: undefined })
    assert.deepEqual(await get('k1'), { state: 'Disabled', uses: 7 })
    assert.equal(await under.store.transaction((tx) => tx.in(keys).delete(scope, 'k1')), true)
    assert.equal(await get('k1'), undefined)
    assert.equal(await under.store.transaction((tx) => tx.in(keys).delete(scope, 'k1')), false)
  })

  test('A document is found only in its own collection, account and region', async () => {
    await put('k1', enabled)
    for (const other of [
      { ...scope, accountId: '444455556666' },
      { ...scope, region: 'eu-west-1' },
    ]) {
      assert.equal(await under.store.in(keys).get(other, 'k1'), undefined)
      assert.deepEqual(await under.store.in(keys).list(other), [])
      assert.equal(await under.store.transaction((tx) => tx.in(keys).delete(other, 'k1')), false)
    }
    assert.equal(await under.store.in({ name: 'kms.aliases' }).get(scope, 'k1'), undefined)
    assert.deepEqual(await get('k1'), enabled)
  })

  test('Documents that are asked for together are each found, beside what no database could keep', async () => {
    const named = Array.from({ length: 20 }, (_, place) => `k${place}`)
    for (const [place, id] of named.entries()) await put(id, { ...enabled, uses: place })
    const odd = ['\0', '\ud800', 'x'.repeat(3000)].flatMap((text) => [
      under.store.in(keys).get(scope, text),
      under.store.in(keys).get({ ...scope, accountId: text }, 'k1'),
      under.store.in(keys).get({ ...scope, region: text }, 'k1'),
    ])
    const found = await Promise.all([...odd, ...named.map(get)])
    assert.deepEqual(
      found.map((document) => document?.uses),
      [...odd.map(() => undefined), ...named.keys()],
    )
  })

  test('A document that was read is frozen to its leaves', async () => {
    await put('k1', { ...enabled, tags: ['a'], material: { bytes: 'AAEC' } })
    const found = await get('k1')
    assert.throws(() => found?.tags?.push('b'), TypeError)
    assert.throws(() => Object.assign(found?.material ?? {}, { bytes: '' }), TypeError)
    const [listed] = await under.store.in(keys).list(scope)
    assert.throws(() => Object.assign(listed?.document ?? {}, { uses: 1 }), TypeError)
  })

  test('A document put is what it was at that time, whatever happens to the object later', async () => {
    const document = { ...enabled }
    await put('k1', document)
    document.uses = 99
    assert.equal((await get('k1'))?.uses, 0)
  })

  test('A list is ordered by the bytes of the ids and continues after the last one', async () => {
    // In UTF-16 order the emoji would come before U+FFFD; in a language's order, a before B.
    const ordered = ['A', 'B', 'a', 'a/b', 'ab', 'b', 'é', '\u{fffd}', '\u{1f511}']
    for (const id of ordered.toReversed()) await put(id, enabled)
    assert.deepEqual(await ids(), ordered)
    assert.deepEqual(await ids({ limit: 4 }), ordered.slice(0, 4))
    assert.deepEqual(await ids({ limit: 4, afterId: 'a/b' }), ordered.slice(4, 8))
    assert.deepEqual(await ids({ afterId: '\u{fffd}' }), ['\u{1f511}'])
    assert.deepEqual(await ids({ index: { name: 'state', value: 'Enabled' }, afterId: 'b', limit: 2 }), [
      'é',
      '\u{fffd}',
    ])
  })

  test('An index finds documents by their present values', async () => {
    await put('k1', { ...enabled, tags: ['red', 'blue', 'red'] })
    await put('k2', { ...enabled, tags: ['blue'] })
    const tagged = (value: string) => ids({ index: { name: 'tag', value } })
    assert.deepEqual(await tagged('red'), ['k1'])
    assert.deepEqual(await tagged('blue'), ['k1', 'k2'])
    await put('k1', { ...enabled, tags: ['green', 'blue'] })
    assert.deepEqual([await tagged('red'), await tagged('green'), await tagged('blue')], [[], ['k1'], ['k1', 'k2']])
    await under.store.transaction((tx) => tx.in(keys).delete(scope, 'k1'))
    assert.deepEqual([await tagged('green'), await tagged('blue')], [[], ['k2']])
    await assert.rejects(ids({ index: { name: 'color', value: 'red' } }), /no index color/)
  })

  test('An index gives an order, and a list in it goes either way and continues behind any place', async () => {
    const tags = { c: ['2'], a: ['2'], b: ['10', '3'], none: [], z: ['1'] }
    for (const [id, values] of Object.entries(tags)) await put(id, { ...enabled, tags: values })
    const ordered = async (options: object) =>
      (await under.store.in(keys).listOrdered(scope, { limit: 9, ...options })).map(({ id }) => id)
    const upwards = ['z', 'b', 'a', 'c', 'b']
    assert.deepEqual(await ordered({ index: 'tag' }), upwards)
    assert.deepEqual(await ordered({ index: 'tag', descending: true }), upwards.toReversed())
    assert.deepEqual(await ordered({ index: 'tag', after: { value: '2', id: 'a' }, limit: 1 }), ['c'])
    const downwards = { index: 'tag', descending: true, after: { value: '2', id: 'a' } }
    assert.deepEqual(await ordered(downwards), ['b', 'z'])
    assert.deepEqual(await ordered({}), ['a', 'b', 'c', 'none', 'z'])
    assert.deepEqual(await ordered({ descending: true, limit: 2 }), ['z', 'none'])
    assert.deepEqual(await ordered({ descending: true, after: { value: '', id: 'c' } }), ['b', 'a'])
    assert.deepEqual(await ordered({ after: { value: '', id: 'c' } }), ['none', 'z'])
    await assert.rejects(ordered({ index: 'color' }), /no index color/)
  })

  test('A list of the ids that begin with a text is cut out of the order, either way and from any place', async () => {
    const all = ['A', 'a', 'a/', 'a/b', 'a/\u{d7ff}', 'a/\u{1f511}', 'a0', 'b']
    for (const id of all) await put(id, enabled)
    const within = all.slice(2, 6)
    const prefixed = (options: object = {}) => ids({ idPrefix: 'a/', ...options })
    assert.deepEqual(await prefixed(), within)
    assert.deepEqual(await prefixed({ limit: 2, afterId: 'a/' }), within.slice(1, 3))
    assert.deepEqual(await prefixed({ afterId: 'A' }), within)
    assert.deepEqual(await prefixed({ afterId: 'a0' }), [])
    assert.deepEqual(await prefixed({ index: { name: 'state', value: 'Enabled' }, afterId: 'a/b' }), within.slice(2))
    assert.deepEqual(await ids({ idPrefix: 'a/\u{d7ff}' }), ['a/\u{d7ff}'])
    assert.deepEqual(await ids({ idPrefix: 'nul\0' }), [])
    assert.equal(await under.store.in(keys).count(scope, { idPrefix: 'a/' }), within.length)
    const backwards = async (options: object) =>
      (await under.store.in(keys).listOrdered(scope, { idPrefix: 'a/', descending: true, limit: 9, ...options })).map(
        ({ id }) => id,
      )
    assert.deepEqual(await backwards({}), within.toReversed())
    assert.deepEqual(await backwards({ after: { value: '', id: 'a/\u{d7ff}' }, limit: 1 }), ['a/b'])
    assert.deepEqual(await backwards({ after: { value: '', id: 'b' } }), within.toReversed())
  })

  test('Places are found by how an id or an indexed text begins, in the order that another index gives', async () => {
    const long = '\u{1f511}'.repeat(40)
    const tags = { a: ['team', 'tea'], b: ['term'], c: [indexedPrefix(`${long}x`)], d: ['Team'] }
    for (const [id, values] of Object.entries(tags)) await put(id, { ...enabled, tags: values })
    const places = async (options: { prefix: string; index?: string; order?: string; limit?: number }) =>
      (await under.store.in(keys).listPlaces(scope, { limit: 9, ...options }))
        .map(({ value, id }) => `${id} ${value}`)
        .sort()
    const order = 'state'
    assert.deepEqual(await places({ index: 'tag', prefix: 'te', order }), ['a Enabled', 'a Enabled', 'b Enabled'])
    assert.deepEqual(await places({ index: 'tag', prefix: 'tea' }), ['a ', 'a '])
    assert.deepEqual(await places({ index: 'tag', prefix: `${long}y` }), ['c '])
    assert.deepEqual(await places({ index: 'tag', prefix: 'nul\0' }), [])
    assert.deepEqual(await places({ prefix: 'b', order }), ['b Enabled'])
    assert.equal((await places({ index: 'tag', prefix: 'te', order, limit: 2 })).length, 2)
    await assert.rejects(places({ index: 'color', prefix: '' }), /no index color/)
  })

  test('An index that a collection gets later is filled by a migration, in every account and region', async () => {
    const before = { name: 'test.later-indexed' }
    const spec: CollectionSpec<{ color: string }> = { ...before, indexes: { color: ({ color }) => [color] } }
    const scopes = [scope, { ...scope, region: 'eu-west-1' }, { accountId: '444455556666', region: '' }]
    await under.store.transaction(async (tx) => {
      for (const place of scopes) {
        for (let i = 0; i < 300; i++) await tx.in(before).put(place, `d${i}`, { color: i === 7 ? 'red' : 'blue' })
      }
    })
    const red = (place: Scope) => under.store.in(spec).list(place, { index: { name: 'color', value: 'red' } })
    assert.deepEqual(await red(scope), [])
    const { up } = indexingMigration('test', spec)
    for (let runs = 0; runs < 2; runs++) await under.store.write(up)
    for (const place of scopes)
      assert.deepEqual(
        (await red(place)).map(({ id }) => id),
        ['d7'],
      )
    assert.throws(() => indexingMigration('test', { ...spec, sealed: ['color'] }), /sealed members/)
  })

  test('An index distinguishes values however long or odd they are', async () => {
    const values = [
      '',
      '=',
      '#',
      'x'.repeat(2048),
      `${'x'.repeat(2047)}y`,
      'nul\0',
      '\u{d800}',
      'quote\'?"',
      '😀'.repeat(1024),
    ]
    for (const [i, value] of values.entries()) await put(`k${i}`, { ...enabled, tags: [value] })
    for (const [i, value] of values.entries()) {
      assert.deepEqual(await ids({ index: { name: 'tag', value } }), [`k${i}`])
    }
    await assert.rejects(put('k', { ...enabled, tags: ['x'.repeat(2049)] }), RangeError)
  })

  test('A count is of what a list would hold', async () => {
    for (const id of ['a', 'b', 'c']) await put(id, { ...enabled, tags: id === 'b' ? [] : ['t'] })
    const count = (options?: object) => under.store.in(keys).count(scope, options)
    assert.equal(await count(), 3)
    assert.equal(await count({ limit: 2 }), 2)
    assert.equal(await count({ afterId: 'a' }), 2)
    assert.equal(await count({ index: { name: 'tag', value: 't' } }), 2)
    assert.equal(await count({ index: { name: 'tag', value: 't' }, limit: 1 }), 1)
  })

  test('An id that no database could keep is refused on writing and finds nothing on reading', async () => {
    for (const id of ['', 'x'.repeat(2049), 'nul\0', '\u{d800}']) {
      await assert.rejects(put(id, enabled), RangeError)
      assert.equal(await get(id), undefined)
      assert.equal(await under.store.transaction((tx) => tx.in(keys).delete(scope, id)), false)
    }
    await put('x'.repeat(2048), { ...enabled, tags: ['x'.repeat(2048)] })
    assert.deepEqual(await ids(), ['x'.repeat(2048)])
  })

  test('A sealed member is stored sealed and opens only where it was put', async () => {
    await put('k1', { ...enabled, material: { bytes: 'TheSecretBytes' } })
    const stored = await under.store.read((sql) => sql.all<{ document: string }>('SELECT document FROM documents'))
    assert.match(
      stored[0]?.document ?? '',
      /^\{"state":"Enabled","uses":0,"material":\{"\$sealed":"[A-Za-z0-9+/=]+"\}\}$/,
    )
    assert.doesNotMatch(stored[0]?.document ?? '', /TheSecretBytes/)
    await under.store.write((sql) =>
      sql.run('INSERT INTO documents SELECT collection, account, region, ?, document FROM documents', ['moved']),
    )
    await assert.rejects(get('moved'))
    assert.deepEqual((await get('k1'))?.material, { bytes: 'TheSecretBytes' })
  })
}
