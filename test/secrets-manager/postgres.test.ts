import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateSecretCommand,
  ListSecretsCommand,
  ReplicateSecretToRegionsCommand,
} from '@aws-sdk/client-secrets-manager'
import { eventually } from '../../src/testing/eventually.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { type PostgresFixture, startPostgres } from '../fixtures/postgres.ts'
import { describe, labels, newSecret, put, read } from './fixture.ts'

let postgres: PostgresFixture | string
let folder: string
before(async () => {
  postgres = await startPostgres()
  folder = mkdtempSync(join(tmpdir(), 'strongroom-secrets-on-postgres-'))
})
after(async () => {
  if (typeof postgres !== 'string') await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('two servers on one PostgreSQL database keep one AWSCURRENT, one version a token and replicas in step', async (t) => {
  if (typeof postgres === 'string') return t.skip(postgres)
  const databaseUrl = await postgres.newDatabase()
  const options = {
    ephemeral: false,
    databaseUrl,
    rootKey: { kind: 'value', value: randomBytes(32).toString('hex'), from: 'the test' },
  } as const
  const servers = await Promise.all(
    ['one', 'two'].map((node) => startTestServer({ ...options, dataDir: join(folder, node) })),
  )
  try {
    const clients = servers.map((server) => clientsOf(server).secrets)
    const [one, two] = clients
    assert.ok(one && two)
    const { name } = await newSecret(one)
    const ids = await Promise.all(Array.from({ length: 40 }, (_, i) => put(i % 2 ? one : two, name, `value ${i}`)))
    const stages = Object.values((await labels(two, name)) ?? {}).flat()
    assert.deepEqual(stages.sort(), ['AWSCURRENT', 'AWSPREVIOUS'])
    for (const [i, VersionId] of ids.entries()) {
      assert.equal((await read(i % 2 ? two : one, name, { VersionId })).SecretString, `value ${i}`)
    }
    const creation = { Name: 'together', SecretString: 'once', ClientRequestToken: randomUUID() }
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 ? one : two).send(new CreateSecretCommand(creation))),
    )
    assert.equal(new Set(made.map(({ ARN }) => ARN)).size, 1)
    const listed = await one.send(new ListSecretsCommand({ SortBy: 'name', SortOrder: 'desc' }))
    assert.deepEqual(
      listed.SecretList?.map(({ Name }) => Name),
      ['together', name].sort().toReversed(),
    )
    await two.send(
      new ReplicateSecretToRegionsCommand({ SecretId: name, AddReplicaRegions: [{ Region: 'eu-west-1' }] }),
    )
    await eventually(
      async () => (await describe(one, name)).ReplicationStatus?.[0]?.Status,
      (status) => status === 'InSync',
    )
  } finally {
    for (const server of servers) await server.stop()
  }
})
