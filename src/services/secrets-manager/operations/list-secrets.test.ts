import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter, ListSecretsRequest, ListSecretsResponse } from '@aws-sdk/client-secrets-manager'
import { countReads } from '../../../../test/fixtures/counted-reads.ts'
import { fillingSecret } from '../../../../test/fixtures/filled-secrets.ts'
import { maxRowsLookedAt } from '../../../kit/bounded-list.ts'
import type { Secret } from '../domain/secret.ts'
import { secrets } from '../storage/collections.ts'
import { secretsManagerFixture } from '../testing.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }

/** An account with so many secrets, of which `change` makes some others. */
async function filled(count: number, change: (index: number) => Partial<Secret> = () => ({})) {
  const { store, call } = await secretsManagerFixture()
  await store.transaction(async (tx) => {
    for (let index = 0; index < count; index++) {
      const [secret] = fillingSecret(scope, index)
      const made = { ...secret, ...change(index) }
      await tx.in(secrets).put(scope, made.name, made)
    }
  })
  const rowsRead = countReads(store)
  const list = async (request: ListSecretsRequest) => {
    const { SecretList = [], NextToken } = (await call('ListSecrets', request)) as ListSecretsResponse
    return { names: SecretList.map(({ Name }) => Name), NextToken }
  }
  const listAll = async (request: ListSecretsRequest) => {
    const names: (string | undefined)[] = []
    for (let NextToken: string | undefined; ; ) {
      const page = await list({ ...request, NextToken })
      names.push(...page.names)
      NextToken = page.NextToken
      if (NextToken === undefined) return names
    }
  }
  return { rowsRead, list, listAll }
}

const nameOf = (index: number) => fillingSecret(scope, index)[0].name

const only = (Key: Filter['Key'], ...Values: string[]) => ({ Filters: [{ Key, Values }] })

/** What the authorisation and the record of a call read beside the list. */
const otherReads = 40

test('ListSecrets reads what a filter by name, tag, Region or owner leaves, of however many secrets', async () => {
  const marked = [11, 1400, 2900]
  const owner = { owningService: 'RDS', primaryRegion: 'eu-west-1', tags: [{ Key: 'Team', Value: 'Blue moon' }] }
  const { list, rowsRead } = await filled(3000, (index) =>
    marked.includes(index) ? { ...owner, name: `marked/${index}` } : {},
  )
  const filters = [
    only('name', 'marked/'),
    only('name', 'nowhere', 'marked/1', 'marked/2'),
    only('tag-key', 'Te'),
    only('tag-value', 'Blue'),
    only('primary-region', 'eu-'),
    only('owning-service', 'rds'),
    { Filters: [{ Key: 'tag-key' as const, Values: ['kind', 'Team'] }, ...only('name', 'marked').Filters] },
  ]
  for (const filter of filters) {
    for (const SortBy of ['created-date', 'last-changed-date', 'last-accessed-date', 'name'] as const) {
      for (const SortOrder of ['asc', 'desc'] as const) {
        rowsRead()
        const { names, NextToken } = await list({ ...filter, SortBy, SortOrder, MaxResults: 10 })
        const expected = marked.map((index) => `marked/${index}`)
        if (SortBy === 'name') expected.sort()
        assert.deepEqual(names, SortOrder === 'asc' ? expected : expected.toReversed(), JSON.stringify(filter))
        assert.equal(NextToken, undefined)
        // A filter that fits all was tried before the one that fits three.
        assert.ok(rowsRead() <= otherReads + (filter.Filters.length > 1 ? 501 : 20), JSON.stringify(filter))
      }
    }
  }
})

test('ListSecrets pages through what a filter leaves in every order, without gap or double', async () => {
  const { listAll } = await filled(250, (index) => ({
    name: `${index % 3 ? 'app' : 'other'}/${(index * 7) % 250}`,
    changedAtMs: (index * 13) % 50,
  }))
  for (const SortBy of ['created-date', 'last-changed-date', 'name'] as const) {
    for (const SortOrder of ['asc', 'desc'] as const) {
      const all = await listAll({ SortBy, SortOrder })
      assert.equal(all.length, 250)
      const found = await listAll({ SortBy, SortOrder, MaxResults: 9, ...only('name', 'app') })
      assert.deepEqual(
        found,
        all.filter((name) => name?.startsWith('app')),
        `${SortBy} ${SortOrder}`,
      )
    }
  }
})

test('ListSecrets looks at a bounded number of secrets where no index finds what fits, and says where it stopped', async () => {
  const { list, listAll, rowsRead } = await filled(2500, (index) => (index === 1234 ? { description: 'needle' } : {}))
  for (const filter of [only('description', 'needle'), only('all', 'needle'), only('name', '!spread')]) {
    rowsRead()
    const { names, NextToken } = await list({ ...filter, MaxResults: 10, SortOrder: 'asc' })
    assert.ok(names.length === 0 && NextToken)
    assert.ok(rowsRead() <= maxRowsLookedAt + 100 + otherReads)
  }
  assert.deepEqual(await listAll(only('description', 'needle')), [nameOf(1234)])
})

test('ListSecrets reads little for a page of what nearly all secrets fit', async () => {
  const { list, rowsRead } = await filled(2000)
  rowsRead()
  const { names } = await list({ ...only('name', 'spread/'), MaxResults: 10 })
  assert.equal(names.length, 10)
  assert.ok(rowsRead() <= 11 + otherReads)
  const long = 'x'.repeat(250)
  assert.deepEqual((await list({ ...only('name', long), MaxResults: 10 })).names, [])
})

test('ListSecrets finds tags by beginnings that are longer than what an index keeps', async () => {
  const value = 'v'.repeat(200)
  const { listAll } = await filled(3, (index) => ({ tags: [{ Key: 'k', Value: value + index }] }))
  assert.deepEqual(await listAll(only('tag-value', `${value}1`)), [nameOf(1)])
  assert.equal((await listAll(only('tag-value', value))).length, 3)
})
