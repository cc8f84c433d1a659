import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetRandomPasswordCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { dayMs } from '../../src/core/durations.ts'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { send, signJson } from '../fixtures/raw-client.ts'
import { describe, labels, newKey, newSecret, put, read, records } from './fixture.ts'

let server: Strongroom
let client: ReturnType<typeof clientsOf>['secrets']
let KmsKeyId: string
before(async () => {
  server = await startTestServer()
  client = clientsOf(server).secrets
  KmsKeyId = (await newKey(server)).arn
})
after(() => server.stop())

const create = (input: object = {}) => newSecret(client, { KmsKeyId, ...input })

test('scenario 1: a secret made with a token has that version as AWSCURRENT, once', async () => {
  const ClientRequestToken = randomUUID()
  const request = { Name: 'one', ClientRequestToken, SecretString: 'v', KmsKeyId }
  const first = await client.send(new CreateSecretCommand(request))
  assert.equal(first.VersionId, ClientRequestToken)
  assert.deepEqual(await labels(client, 'one'), { [ClientRequestToken]: ['AWSCURRENT'] })
  const again = await client.send(new CreateSecretCommand(request))
  assert.deepEqual([again.ARN, again.Name, again.VersionId], [first.ARN, first.Name, first.VersionId])
  await assert.rejects(client.send(new CreateSecretCommand({ ...request, SecretString: 'other' })), {
    name: 'ResourceExistsException',
    message: `You can't use ClientRequestToken ${ClientRequestToken} because that value is already in use for a version of secret ${first.ARN}.`,
  })
  await assert.rejects(client.send(new CreateSecretCommand({ ...request, ClientRequestToken: randomUUID() })), {
    name: 'ResourceExistsException',
    message: 'The operation failed because the secret one already exists.',
  })
})

test('scenario 2: a secret without a value has no version until one is put', async () => {
  const answer = await client.send(new CreateSecretCommand({ Name: 'empty' }))
  assert.equal('VersionId' in answer, false)
  const details = await describe(client, 'empty')
  for (const member of ['VersionIdsToStages', 'Description', 'KmsKeyId', 'Tags', 'RotationEnabled']) {
    assert.equal(member in details, false, member)
  }
  await assert.rejects(read(client, 'empty'), {
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  })
})

test('scenario 3: a name with other letters is refused, made or used', async () => {
  const refused = {
    name: 'ValidationException',
    message: 'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  }
  await assert.rejects(client.send(new CreateSecretCommand({ Name: 'a b*' })), refused)
  await assert.rejects(read(client, 'a b*'), refused)
  await assert.rejects(read(client, 'absent'), {
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  })
})

test('scenario 4: a name that ends like a suffix is found by its name and its full ARN alone', async () => {
  const { arn, name } = await create({ Name: 'db-abc123' })
  await assert.rejects(read(client, arn.slice(0, -7)), { name: 'ResourceNotFoundException' })
  assert.equal((await read(client, name)).SecretString, 'first')
  assert.equal((await read(client, arn)).SecretString, 'first')
  const plain = await create({ Name: 'plain' })
  assert.equal((await read(client, plain.arn.slice(0, -7))).ARN, plain.arn)
  await assert.rejects(read(client, `${plain.arn.slice(0, -6)}xxxxxx`), { name: 'ResourceNotFoundException' })
})

test('scenario 5: raw requests without a token get an error that says so', async () => {
  const { name } = await create()
  const raw = async (operation: string, input: object) => {
    const { port } = server
    const request = signJson({ port, service: 'secretsmanager', operation, input }, server.credentials)
    const { status, body } = await send(port, request)
    return [status, JSON.parse(body)]
  }
  const Message = 'You must provide a ClientRequestToken value. We recommend a UUID-type value.'
  const invalid = [400, { __type: 'InvalidRequestException', Message }]
  assert.deepEqual(await raw('CreateSecret', { Name: 'tokenless' }), invalid)
  // The secret is not looked for before.
  for (const SecretId of [name, 'no-such-secret']) {
    assert.deepEqual(await raw('PutSecretValue', { SecretId, SecretString: 'x' }), invalid)
    assert.deepEqual(await raw('UpdateSecret', { SecretId, SecretString: 'x' }), invalid)
  }
})

test('scenario 6: a version loses its label to the next but one, and is still read by its id', async () => {
  const { name, versionId: v1 } = await create()
  const v2 = await put(client, name, 'second')
  assert.deepEqual(await labels(client, name), { [v1]: ['AWSPREVIOUS'], [v2]: ['AWSCURRENT'] })
  const v3 = await put(client, name, 'third')
  assert.deepEqual(await labels(client, name), { [v2]: ['AWSPREVIOUS'], [v3]: ['AWSCURRENT'] })
  const listed = async (IncludeDeprecated?: boolean) => {
    const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated }))
    return new Map(Versions.map(({ VersionId, VersionStages }) => [VersionId, VersionStages]))
  }
  assert.deepEqual([...(await listed()).keys()].sort(), [v2, v3].sort())
  assert.deepEqual((await listed(true)).get(v1), undefined)
  assert.equal((await listed(true)).has(v1), true)
  assert.equal((await read(client, name, { VersionId: v1 })).SecretString, 'first')
})

test('ListSecretVersionIds gives every version once, page by page, and the keys that encrypt them', async () => {
  const { name, versionId } = await create()
  const ids = [versionId]
  for (let i = 0; i < 6; i++) ids.push(await put(client, name, `v${i}`))
  const found: (string | undefined)[] = []
  let NextToken: string | undefined
  do {
    const input = { SecretId: name, IncludeDeprecated: true, MaxResults: 3, NextToken }
    const page = await client.send(new ListSecretVersionIdsCommand(input))
    for (const { VersionId, KmsKeyIds } of page.Versions ?? []) {
      found.push(VersionId)
      assert.deepEqual(KmsKeyIds, [KmsKeyId])
    }
    NextToken = page.NextToken
  } while (NextToken)
  assert.deepEqual(found.sort(), ids.sort())
  const stolen = { SecretId: name, MaxResults: 3, NextToken: 'bogus' }
  await assert.rejects(client.send(new ListSecretVersionIdsCommand(stolen)), { name: 'InvalidNextTokenException' })
})

test('scenario 7: other labels than AWSCURRENT move alone', async () => {
  const { name, versionId: v1 } = await create()
  const v2 = await put(client, name, 'second', ['blue'])
  assert.deepEqual(await labels(client, name), { [v1]: ['AWSCURRENT'], [v2]: ['blue'] })
  const v3 = await put(client, name, 'third', ['blue'])
  assert.deepEqual(await labels(client, name), { [v1]: ['AWSCURRENT'], [v3]: ['blue'] })
  assert.equal((await read(client, name, { VersionStage: 'blue' })).SecretString, 'third')
})

test('scenario 8: what was current and pending keeps AWSPREVIOUS and labels of its own when a value follows', async () => {
  const { name, versionId: v1 } = await create()
  const v2 = await put(client, name, 'second', ['AWSPENDING', 'green'])
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: name,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: v2,
      RemoveFromVersionId: v1,
    }),
  )
  assert.deepEqual((await labels(client, name))?.[v2], ['AWSCURRENT', 'AWSPENDING', 'green'])
  const v3 = await put(client, name, 'third')
  assert.deepEqual(await labels(client, name), { [v2]: ['AWSPREVIOUS', 'green'], [v3]: ['AWSCURRENT'] })
})

test('scenario 9: AWSCURRENT is moved from the version that is named as its holder', async () => {
  const { name, versionId: v1 } = await create()
  const v2 = await put(client, name, 'second', ['blue'])
  const move = (more: object) =>
    client.send(new UpdateSecretVersionStageCommand({ SecretId: name, VersionStage: 'AWSCURRENT', ...more }))
  await assert.rejects(move({ MoveToVersionId: v2 }), {
    name: 'InvalidParameterException',
    message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${v1}, so you must explicitly reference that version in RemoveFromVersionId.`,
  })
  await assert.rejects(move({ RemoveFromVersionId: v1 }), { name: 'InvalidParameterException' })
  await assert.rejects(move({}), { name: 'InvalidParameterException' })
  await assert.rejects(move({ MoveToVersionId: randomUUID(), RemoveFromVersionId: v1 }), {
    name: 'ResourceNotFoundException',
  })
  await move({ MoveToVersionId: v2, RemoveFromVersionId: v1 })
  assert.deepEqual(await labels(client, name), { [v1]: ['AWSPREVIOUS'], [v2]: ['AWSCURRENT', 'blue'] })
})

test('scenario 10: a label and a version that do not go together are refused', async () => {
  const { name, versionId: v1 } = await create()
  await put(client, name, 'second')
  await assert.rejects(read(client, name, { VersionId: v1, VersionStage: 'AWSCURRENT' }), {
    name: 'InvalidRequestException',
    message: 'You provided a VersionStage that is not associated to the provided VersionId.',
  })
  const VersionId = randomUUID()
  await assert.rejects(read(client, name, { VersionId }), {
    name: 'ResourceNotFoundException',
    message: `Secrets Manager can't find the specified secret value for VersionId: ${VersionId}`,
  })
})

test('scenario 11: a secret has at most twenty labels', async () => {
  const { name } = await create()
  const stages = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `l${from + i}`)
  await put(client, name, 'second', stages(0, 19))
  await assert.rejects(put(client, name, 'third', ['one-more']), { name: 'LimitExceededException' })
  await put(client, name, 'third', ['l0'])
})

test('scenario 13: a binary of 65,536 bytes is kept as it is, a larger one refused without being shown', async () => {
  const SecretBinary = Buffer.alloc(65_536, 0xfe)
  const { name } = await create({ SecretString: undefined, SecretBinary })
  const found = await read(client, name)
  assert.deepEqual(Buffer.from(found.SecretBinary ?? []), SecretBinary)
  assert.equal('SecretString' in found, false)
  const tooLarge = { SecretId: name, SecretBinary: Buffer.alloc(65_537, 'Q') }
  await assert.rejects(client.send(new PutSecretValueCommand(tooLarge)), (error: Error) => {
    assert.equal(error.name, 'ValidationException')
    assert.match(error.message, /^1 validation error detected: Value at 'secretBinary' failed to satisfy constraint/)
    return true
  })
  const tooLong = { SecretId: name, SecretString: 'é'.repeat(32_769) }
  await assert.rejects(client.send(new PutSecretValueCommand(tooLong)), { name: 'ValidationException' })
  const both = { SecretId: name, SecretString: 'x', SecretBinary: Buffer.from('x') }
  await assert.rejects(client.send(new PutSecretValueCommand(both)), { name: 'InvalidParameterException' })
  await assert.rejects(client.send(new PutSecretValueCommand({ SecretId: name })), { name: 'InvalidRequestException' })
})

test('scenario 14: UpdateSecret makes a version of a value, and none of anything else', async () => {
  const { name, arn, versionId } = await create()
  const update = (more: object) => client.send(new UpdateSecretCommand({ SecretId: name, ...more }))
  const same = await update({ SecretString: 'first' })
  assert.notEqual(same.VersionId, versionId)
  assert.deepEqual(await labels(client, name), { [versionId]: ['AWSPREVIOUS'], [same.VersionId ?? '']: ['AWSCURRENT'] })
  const described = await update({ Description: 'of the team' })
  assert.deepEqual([described.ARN, described.Name, 'VersionId' in described], [arn, name, false])
  assert.equal((await describe(client, name)).Description, 'of the team')
  const nothing = await update({})
  assert.deepEqual([nothing.Name, 'VersionId' in nothing], [name, false])
  const ClientRequestToken = randomUUID()
  await update({ SecretString: 'next', ClientRequestToken })
  assert.equal((await update({ SecretString: 'next', ClientRequestToken })).VersionId, ClientRequestToken)
  await assert.rejects(update({ SecretString: 'other', ClientRequestToken }), { name: 'ResourceExistsException' })
})

test('PutSecretValue is done once for a token and a value', async () => {
  const { name } = await create()
  const request = { SecretId: name, SecretString: 'second', ClientRequestToken: randomUUID() }
  const first = await client.send(new PutSecretValueCommand(request))
  const after = await labels(client, name)
  const again = await client.send(new PutSecretValueCommand(request))
  assert.deepEqual([again.VersionId, again.VersionStages], [first.VersionId, first.VersionStages])
  assert.deepEqual(await labels(client, name), after)
  const other = { ...request, SecretString: 'third' }
  await assert.rejects(client.send(new PutSecretValueCommand(other)), { name: 'ResourceExistsException' })
})

test('a hundred writers at once leave one AWSCURRENT, one AWSPREVIOUS and every value', async () => {
  const { name, versionId } = await create()
  const written = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      if (i % 4 > 0) return [await put(client, name, `value ${i}`), `value ${i}`] as const
      const stage = { SecretId: name, VersionStage: 'AWSCURRENT', MoveToVersionId: versionId }
      // The holder changes all the time: a call that names another one is refused, and nothing is half done.
      const holder = Object.entries((await labels(client, name)) ?? {}).find(([, all]) => all.includes('AWSCURRENT'))
      const request = new UpdateSecretVersionStageCommand({ ...stage, RemoveFromVersionId: holder?.[0] })
      await client.send(request).catch((error) => assert.equal(error.name, 'InvalidParameterException'))
      return undefined
    }),
  )
  const all = Object.values((await labels(client, name)) ?? {}).flat()
  assert.deepEqual(all.sort(), ['AWSCURRENT', 'AWSPREVIOUS'])
  for (const pair of written) {
    if (pair) assert.equal((await read(client, name, { VersionId: pair[0] })).SecretString, pair[1])
  }
})

test('the same token used by many at once makes one version', async () => {
  const { name } = await create()
  const request = { SecretId: name, SecretString: 'once', ClientRequestToken: randomUUID() }
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.send(new PutSecretValueCommand(request))))
  for (const { VersionId } of answers) assert.equal(VersionId, request.ClientRequestToken)
  const creation = { Name: 'together', SecretString: 'once', KmsKeyId, ClientRequestToken: randomUUID() }
  const created = await Promise.all(Array.from({ length: 10 }, () => client.send(new CreateSecretCommand(creation))))
  assert.equal(new Set(created.map(({ ARN }) => ARN)).size, 1)
})

test('scenario 15 and 16: a secret marked for deletion is closed until it is restored', async () => {
  const { name, arn, versionId } = await create({ Tags: [{ Key: 'team', Value: 'red' }] })
  await put(client, name, 'second')
  const before = await labels(client, name)
  const now = server.now().getTime()
  const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }))
  assert.ok(Math.abs((DeletionDate?.getTime() ?? 0) - now - 7 * dayMs) < 10_000)
  const closed = {
    name: 'InvalidRequestException',
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  }
  await assert.rejects(read(client, name), closed)
  await assert.rejects(put(client, name, 'third'), closed)
  await assert.rejects(client.send(new UpdateSecretCommand({ SecretId: name, Description: 'x' })), closed)
  await assert.rejects(
    client.send(new TagResourceCommand({ SecretId: name, Tags: [{ Key: 'a', Value: 'b' }] })),
    closed,
  )
  await assert.rejects(client.send(new DeleteSecretCommand({ SecretId: name })), closed)
  assert.ok((await describe(client, name)).DeletedDate)
  const listed = async (IncludePlannedDeletion: boolean) => {
    const Filters = [{ Key: 'name' as const, Values: [name] }]
    return (await client.send(new ListSecretsCommand({ Filters, IncludePlannedDeletion }))).SecretList?.length
  }
  assert.deepEqual([await listed(false), await listed(true)], [0, 1])
  await assert.rejects(client.send(new CreateSecretCommand({ Name: name, SecretString: 'x' })), {
    name: 'InvalidRequestException',
    message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
  })

  await client.send(new RestoreSecretCommand({ SecretId: arn }))
  assert.equal((await read(client, name)).SecretString, 'second')
  assert.deepEqual(await labels(client, name), before)
  const restored = await records(server, 'EventName', 'CancelSecretVersionDelete')
  const ids = restored.filter(({ additionalEventData }) => additionalEventData.SecretId === arn)
  assert.deepEqual(
    ids.map(({ additionalEventData }) => additionalEventData.SecretVersionId).sort(),
    Object.keys(before ?? {}).sort(),
  )
  assert.equal(restored[0].eventType, 'AwsServiceEvent')
  assert.ok(before?.[versionId])
})

test('scenario 17: windows outside 7 to 30 days and contradictions are refused; a missing secret can be forced away', async () => {
  const { name } = await create()
  const remove = (more: object, SecretId = name) => client.send(new DeleteSecretCommand({ SecretId, ...more }))
  const message = 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).'
  for (const more of [
    { RecoveryWindowInDays: 6 },
    { RecoveryWindowInDays: 31 },
    { RecoveryWindowInDays: 0, ForceDeleteWithoutRecovery: true },
  ]) {
    await assert.rejects(remove(more), { name: 'InvalidParameterException', message })
  }
  const both = { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }
  await assert.rejects(remove(both), {
    name: 'InvalidParameterException',
    message: "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  })
  const gone = await remove({ ForceDeleteWithoutRecovery: true }, 'never-there')
  assert.equal(gone.Name, 'never-there')
  assert.ok(gone.ARN && gone.DeletionDate)
  await assert.rejects(remove({}, 'never-there'), { name: 'ResourceNotFoundException' })
})

test('scenario 18: a secret made anew has another ARN', async () => {
  const first = await create({ Name: 'phoenix' })
  await client.send(new DeleteSecretCommand({ SecretId: 'phoenix', ForceDeleteWithoutRecovery: true }))
  const second = await create({ Name: 'phoenix', SecretString: 'anew' })
  assert.notEqual(second.arn, first.arn)
  assert.equal(second.arn.slice(0, -6), first.arn.slice(0, -6))
  await assert.rejects(read(client, first.arn), { name: 'ResourceNotFoundException' })
  await assert.rejects(read(client, second.arn, { VersionId: first.versionId }), { name: 'ResourceNotFoundException' })
})

test('scenario 44: random passwords have one of each type, and nothing that was excluded', async () => {
  const draw = async (input: object = {}) =>
    (await client.send(new GetRandomPasswordCommand(input))).RandomPassword ?? ''
  assert.equal((await draw()).length, 32)
  const four = await draw({ PasswordLength: 4 })
  for (const type of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9 ]/]) assert.match(four, type)
  await assert.rejects(draw({ PasswordLength: 3 }), { name: 'InvalidParameterException' })
})

test('GetSecretValue dates the access by the day, and a change the secret', async () => {
  const { name } = await create()
  assert.equal('LastAccessedDate' in (await describe(client, name)), false)
  await read(client, name)
  const { LastAccessedDate, LastChangedDate } = await describe(client, name)
  assert.equal((LastAccessedDate?.getTime() ?? 1) % dayMs, 0)
  await put(client, name, 'second')
  assert.ok(((await describe(client, name)).LastChangedDate ?? 0) > (LastChangedDate ?? 0))
})
