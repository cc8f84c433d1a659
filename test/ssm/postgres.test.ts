import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DescribeParametersCommand } from '@aws-sdk/client-ssm'
import { startStrongroom } from '../../src/server/server.ts'
import { clientsOf } from '../fixtures/clients.ts'
import { get, history, namesUnder, overwrite, put } from '../fixtures/parameters.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'

let postgres: PostgresFixture | string
let folder: string
before(async () => {
  postgres = await startPostgres()
  folder = mkdtempSync(join(tmpdir(), 'strongroom-parameters-on-postgres-'))
})
after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('PS2 PS5: on PostgreSQL two servers share parameters, number their versions without a gap and list them alike', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const databaseUrl = await postgres.newDatabase()
  const rootKey = { kind: 'value', value: 'ab'.repeat(32), from: 'test' } as const
  const options = { port: 0, databaseUrl, rootKey, accountId: '111122223333', logLevel: 'silent' } as const
  const start = (node: string) => startStrongroom({ ...options, dataDir: join(folder, node) })
  const servers = [await start('one'), await start('two')]
  try {
    const [one, two] = servers.map((server) => clientsOf(server, servers[0]?.credentials).ssm)
    if (!one || !two) return assert.fail()
    await put(one, '/pg/shared')
    const written = await Promise.all(
      Array.from({ length: 20 }, (_, index) => overwrite(index % 2 ? one : two, '/pg/shared', { Value: `v${index}` })),
    )
    assert.deepEqual(
      written.map(({ Version }) => Version).sort((a = 0, b = 0) => a - b),
      Array.from({ length: 20 }, (_, index) => index + 2),
    )
    assert.deepEqual(await history(one, '/pg/shared'), await history(two, '/pg/shared'))
    assert.equal((await get(two, '/pg/shared')).Version, 21)
    const names = ['/pg/a', '/pg/a-b', '/pg/a/c', '/pg/B', '/pg/b/d']
    await Promise.all(names.map((name) => put(two, name, { Tags: [{ Key: 'n', Value: name }] })))
    assert.deepEqual(await namesUnder(one, '/pg', true, 2), [...names, '/pg/shared'].sort())
    assert.deepEqual(await namesUnder(one, '/pg/a'), ['/pg/a/c'])
    const ParameterFilters = [{ Key: 'tag:n', Option: 'Equals', Values: ['/pg/B', '/pg/b/d'] }]
    const { Parameters } = await one.send(new DescribeParametersCommand({ ParameterFilters }))
    assert.deepEqual(
      Parameters?.map(({ Name }) => Name),
      ['/pg/B', '/pg/b/d'],
    )
  } finally {
    for (const server of servers) await server.stop()
  }
})
