import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-ssm'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'
import { versionId, versions } from '../../src/services/ssm/storage/collections.ts'
import { clientsOf } from '../fixtures/clients.ts'
import { changeStore, fillParameters } from '../fixtures/filled-store.ts'
import { get, history, overwrite, put } from '../fixtures/parameters.ts'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-parameters-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

const start = (dataDir: string): Promise<Strongroom> => startStrongroom({ dataDir, port: 0, logLevel: 'silent' })

test('PS2 PS4 PS8 scenario 45: after a restart all is as before, and no value stands in a file', async () => {
  const dataDir = join(folder, 'restart')
  const marker = `Qz${randomBytes(9).toString('hex')}Zq`
  const first = await start(dataDir)
  const { ssm, kms } = clientsOf(first)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const secure = { Type: 'SecureString', KeyId: KeyMetadata?.KeyId } as const
  const Timestamp = new Date(Date.now() + 86_400_000).toISOString()
  const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }])
  await put(ssm, '/kept/secret', { ...secure, Value: marker, Tags: [{ Key: 'a', Value: 'b' }], Description: 'd' })
  await overwrite(ssm, '/kept/secret', { Value: `${marker}2`, Tier: 'Advanced', KeyId: secure.KeyId, Policies })
  await put(ssm, '/kept/plain', { Value: marker, AllowedPattern: '.*' })
  await ssm.send(new LabelParameterVersionCommand({ Name: '/kept/secret', ParameterVersion: 1, Labels: ['prod'] }))
  const look = async (client: typeof ssm) => ({
    history: await history(client, '/kept/secret', true),
    plain: await get(client, '/kept/plain'),
    labelled: await get(client, '/kept/secret:prod', true),
    tags: (await client.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: '/kept/secret' })))
      .TagList,
    described: (await client.send(new DescribeParametersCommand({}))).Parameters,
  })
  const before = await look(ssm)
  await first.stop()
  for (const file of readdirSync(dataDir)) {
    assert.equal(readFileSync(join(dataDir, file)).includes(marker), false, `a value stands in ${file}`)
  }
  const second = await start(dataDir)
  try {
    assert.deepEqual(await look(clientsOf(second).ssm), before)
  } finally {
    await second.stop()
  }
})

test('PS1 scenario 11: ten thousand standard parameters are full, and Intelligent-Tiering goes on', async () => {
  const dataDir = join(folder, 'full')
  await fillParameters(
    dataDir,
    Array.from({ length: 10_000 }, (_, index) => `/full/p${index}`),
  )
  const server = await start(dataDir)
  try {
    const { ssm } = clientsOf(server)
    await assert.rejects(put(ssm, '/one/more'), {
      name: 'ParameterLimitExceeded',
      message:
        'You have reached the maximum number of standard parameters for this AWS account and Region (10000). To add ' +
        'more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).',
    })
    assert.equal((await put(ssm, '/one/more', { Tier: 'Intelligent-Tiering' })).Tier, 'Advanced')
    assert.equal((await overwrite(ssm, '/full/p1')).Version, 2)
    await ssm.send(new DeleteParameterCommand({ Name: '/full/p2' }))
    assert.equal((await put(ssm, '/free/again')).Tier, 'Standard')
    await assert.rejects(put(ssm, '/and/full'), { name: 'ParameterLimitExceeded' })
  } finally {
    await server.stop()
  }
})

test('PS4 scenario 27: the ciphertext of one parameter does not open as the value of another', async () => {
  const dataDir = join(folder, 'copied')
  const first = await start(dataDir)
  const { kms, ssm } = clientsOf(first)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const secure = { Type: 'SecureString', KeyId: KeyMetadata?.KeyId, Value: 'secret' } as const
  for (const Tier of ['Standard', 'Advanced'] as const) {
    for (const name of ['from', 'to']) await put(ssm, `/${Tier}/${name}`, { ...secure, Tier })
  }
  await first.stop()
  await changeStore(dataDir, (store, scope) =>
    store.transaction(async (tx) => {
      for (const tier of ['Standard', 'Advanced']) {
        const stolen = await tx.in(versions).get(scope, versionId(`/${tier}/from`, 1))
        const place = versionId(`/${tier}/to`, 1)
        const own = await tx.in(versions).get(scope, place)
        if (!stolen || !own) throw new Error('a version is missing')
        await tx.in(versions).put(scope, place, { ...own, value: stolen.value })
      }
    }),
  )
  const second = await start(dataDir)
  try {
    for (const tier of ['Standard', 'Advanced']) {
      const client = clientsOf(second).ssm
      assert.equal((await get(client, `/${tier}/from`, true)).Value, 'secret')
      await assert.rejects(get(client, `/${tier}/to`, true), {
        name: 'InvalidKeyId',
        message: /Error Code: InvalidCiphertextException/,
      })
    }
  } finally {
    await second.stop()
  }
})
