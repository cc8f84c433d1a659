import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  CreateAliasCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  GetResourcePolicyCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, policy, startTestServer } from '../fixtures/clients.ts'
import { describe, newKey, newSecret, newUser, put, read, records } from './fixture.ts'

const owner = '111122223333'
const stranger = '444455556666'

let server: Strongroom
let client: ReturnType<typeof clientsOf>['secrets']
let kms: ReturnType<typeof clientsOf>['kms']
let key: { id: string; arn: string }
before(async () => {
  server = await startTestServer({ accountId: owner, accounts: [stranger] })
  ;({ secrets: client, kms } = clientsOf(server))
  key = await newKey(server)
})
after(() => server.stop())

const rootOf = (accountId: string) => {
  const root = server.accounts.find((account) => account.accountId === accountId)
  if (!root) throw new Error(`no account ${accountId}`)
  return root
}

const create = (input: object = {}) => newSecret(client, { KmsKeyId: key.arn, ...input })
const setPolicy = (SecretId: string, statement: object, more: object = {}) =>
  client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: policy(statement), ...more }))

test('SM4 scenario 19: each version has a data key of its own, which KMS opens for that version alone', async () => {
  const { arn, name, versionId: v1 } = await create()
  const v2 = await put(client, name, 'second')
  await read(client, name)
  const events = await records(server, 'EventName', 'GenerateDataKey')
  const contexts = events
    .map(({ requestParameters, userIdentity }) => [requestParameters.encryptionContext, userIdentity.invokedBy])
    .filter(([context]) => context?.SecretARN === arn)
  assert.deepEqual(contexts, [
    [{ SecretARN: arn, SecretVersionId: v2 }, 'secretsmanager.amazonaws.com'],
    [{ SecretARN: arn, SecretVersionId: v1 }, 'secretsmanager.amazonaws.com'],
    [{ SecretARN: arn, SecretVersionId: 'RequestToValidateKeyAccess' }, 'secretsmanager.amazonaws.com'],
  ])
  const [decrypt] = await records(server, 'EventName', 'Decrypt')
  assert.deepEqual(decrypt.requestParameters.encryptionContext, { SecretARN: arn, SecretVersionId: v2 })
  assert.equal(decrypt.resources[0].ARN, key.arn)
})

test('SM4 scenario 20: under a new key, the versions in use open without the old one, others do not', async () => {
  const old = await newKey(server)
  const { name, versionId: v1 } = await create({ KmsKeyId: old.id })
  await put(client, name, 'second')
  await put(client, name, 'third', ['AWSPENDING'])
  await put(client, name, 'kept', ['keep'])
  await put(client, name, 'fourth')
  const before = await describe(client, name)
  assert.equal(before.VersionIdsToStages?.[v1], undefined)
  await client.send(new UpdateSecretCommand({ SecretId: name, KmsKeyId: key.id }))
  await kms.send(new DisableKeyCommand({ KeyId: old.id }))
  assert.equal((await describe(client, name)).KmsKeyId, key.id)
  for (const [VersionStage, value] of [
    ['AWSCURRENT', 'fourth'],
    ['AWSPREVIOUS', 'second'],
    ['AWSPENDING', 'third'],
  ]) {
    assert.equal((await read(client, name, { VersionStage })).SecretString, value)
  }
  const closed = {
    name: 'DecryptionFailure',
    message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  }
  await assert.rejects(read(client, name, { VersionStage: 'keep' }), closed)
  await assert.rejects(read(client, name, { VersionId: v1 }), closed)
})

test('SM4: without kms:Encrypt a new key serves later versions alone', async () => {
  const old = await newKey(server)
  const { name } = await create({ KmsKeyId: old.id })
  const Action = ['secretsmanager:*', 'kms:GenerateDataKey', 'kms:Decrypt']
  const user = await newUser(server, { Action })
  await user.secrets.send(new UpdateSecretCommand({ SecretId: name, KmsKeyId: key.arn }))
  await kms.send(new DisableKeyCommand({ KeyId: old.id }))
  await assert.rejects(read(client, name), { name: 'DecryptionFailure' })
  await put(client, name, 'second')
  assert.equal((await read(client, name)).SecretString, 'second')
})

test('SM4 scenario 21: who may use the secret but not its key can describe and not read it', async () => {
  const { name } = await create()
  const user = await newUser(server, { Action: 'secretsmanager:*' })
  await describe(user.secrets, name)
  const denied = { name: 'AccessDeniedException', message: 'Access to KMS is not allowed' }
  await assert.rejects(read(user.secrets, name), denied)
  await assert.rejects(put(user.secrets, name, 'x'), denied)
  await assert.rejects(newSecret(user.secrets, { KmsKeyId: key.arn }), denied)
})

test('SM4 scenario 22: a disabled or dying key closes its secrets until it works again', async () => {
  const { id: KeyId } = await newKey(server)
  const { name } = await create({ KmsKeyId: KeyId })
  await kms.send(new DisableKeyCommand({ KeyId }))
  await assert.rejects(read(client, name), { name: 'DecryptionFailure' })
  await assert.rejects(put(client, name, 'x'), {
    name: 'EncryptionFailure',
    message: "Secrets Manager can't encrypt the protected secret text using the provided KMS key.",
  })
  await kms.send(new EnableKeyCommand({ KeyId }))
  assert.equal((await read(client, name)).SecretString, 'first')
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  await assert.rejects(read(client, name), { name: 'DecryptionFailure' })
  await assert.rejects(create({ KmsKeyId: randomUUID() }), { name: 'EncryptionFailure' })
})

test('a key is named by its id, its ARN or an alias', async () => {
  const AliasName = `alias/${randomUUID()}`
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: key.id }))
  for (const KmsKeyId of [key.id, key.arn, AliasName, `arn:aws:kms:us-east-1:${owner}:${AliasName}`]) {
    const { name } = await create({ KmsKeyId })
    assert.equal((await read(client, name)).SecretString, 'first')
    assert.equal((await describe(client, name)).KmsKeyId, KmsKeyId)
  }
})

test('SM3: a policy on the secret lets a user of the account in, or keeps one out, and denials name what was asked for', async () => {
  const { name, arn } = await create()
  const user = await newUser(server, { Action: 'kms:*' })
  const denied = (SecretId: string) => ({
    name: 'AccessDeniedException',
    message:
      `User: ${user.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${SecretId} ` +
      'because no identity-based policy allows the secretsmanager:GetSecretValue action',
  })
  await assert.rejects(read(user.secrets, name), denied(name))
  await assert.rejects(read(user.secrets, arn), denied(arn))
  await assert.rejects(read(user.secrets, 'not-there'), denied('not-there'))
  await setPolicy(name, { Principal: { AWS: user.arn }, Action: 'secretsmanager:GetSecretValue' })
  assert.equal((await read(user.secrets, name)).SecretString, 'first')
  const all = await newUser(server, { Action: '*' })
  await setPolicy(name, { Effect: 'Deny', Principal: { AWS: all.arn }, Action: 'secretsmanager:GetSecretValue' })
  await assert.rejects(read(all.secrets, name), /with an explicit deny in a resource-based policy/)
  await client.send(new DeleteResourcePolicyCommand({ SecretId: name }))
  await client.send(new DeleteResourcePolicyCommand({ SecretId: name }))
  assert.equal((await read(all.secrets, name)).SecretString, 'first')
})

test('SM3 scenario 23: another account reads with policies on both sides and a key of the customer, never with the default key', async () => {
  const guest = await newUser(server, { Action: ['secretsmanager:*', 'kms:*'] }, rootOf(stranger))
  const bystander = await newUser(server, undefined, rootOf(stranger))
  const share = { Principal: { AWS: `arn:aws:iam::${stranger}:root` }, Action: 'secretsmanager:*' }
  const { arn, name } = await create()
  await assert.rejects(read(guest.secrets, arn), { name: 'AccessDeniedException' })
  await setPolicy(name, share)
  await assert.rejects(read(guest.secrets, arn), {
    name: 'AccessDeniedException',
    message: 'Access to KMS is not allowed',
  })
  const accounts = [owner, stranger].map((account) => ({ AWS: `arn:aws:iam::${account}:root` }))
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: accounts.map((Principal) => ({ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' })),
  })
  await kms.send(new PutKeyPolicyCommand({ KeyId: key.id, Policy }))
  assert.equal((await read(guest.secrets, arn)).SecretString, 'first')
  await guest.secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'from abroad' }))
  assert.equal((await read(client, name)).SecretString, 'from abroad')
  await assert.rejects(read(bystander.secrets, arn), { name: 'AccessDeniedException' })
  await assert.rejects(read(guest.secrets, arn.slice(0, -7)), { name: 'AccessDeniedException' })

  const plain = await client.send(new CreateSecretCommand({ Name: 'default-key' }))
  await setPolicy('default-key', share)
  const refused = {
    name: 'InvalidRequestException',
    message:
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  }
  await assert.rejects(put(guest.secrets, plain.ARN ?? '', 'x'), refused)
  await describe(guest.secrets, plain.ARN ?? '')

  const atHome = await records(server, 'EventName', 'PutSecretValue')
  const [failed, copy] = atHome.filter(({ userIdentity }) => userIdentity.type === 'AWSAccount')
  assert.deepEqual([failed.errorCode, failed.resources[0].ARN], ['InvalidRequestException', plain.ARN])
  assert.equal(copy.resources[0].ARN, arn)
  assert.equal(copy.requestParameters.secretString, undefined)
})

test('SM3: condition keys narrow what a caller may do', async () => {
  const { name } = await create({ Tags: [{ Key: 'team', Value: 'red' }] })
  const blue = await create({ Tags: [{ Key: 'team', Value: 'blue' }] })
  const condition = async (Action: string, Condition: object) =>
    (await newUser(server, { Action: [Action, 'kms:*'], Condition })).secrets
  const byTag = await condition('secretsmanager:GetSecretValue', {
    StringEqualsIfExists: { 'secretsmanager:ResourceTag/team': 'red' },
  })
  await read(byTag, name)
  await assert.rejects(read(byTag, blue.name), { name: 'AccessDeniedException' })
  const byStage = await newUser(server, {
    Action: 'secretsmanager:GetSecretValue',
    Condition: { 'ForAnyValue:StringEquals': { 'secretsmanager:VersionStage': 'AWSCURRENT' } },
  })
  await assert.rejects(read(byStage.secrets, name), { message: 'Access to KMS is not allowed' })
  await assert.rejects(read(byStage.secrets, name, { VersionStage: 'AWSPREVIOUS' }), /secretsmanager:GetSecretValue/)
  const cautious = await condition('secretsmanager:DeleteSecret', {
    NumericGreaterThanEquals: { 'secretsmanager:RecoveryWindowInDays': '14' },
  })
  const remove = (more: object) => cautious.send(new DeleteSecretCommand({ SecretId: blue.name, ...more }))
  await assert.rejects(remove({ RecoveryWindowInDays: 7 }), { name: 'AccessDeniedException' })
  await assert.rejects(remove({ ForceDeleteWithoutRecovery: true }), { name: 'AccessDeniedException' })
  await remove({})
  const maker = await newUser(server, {
    Action: 'secretsmanager:CreateSecret',
    Condition: { StringLike: { 'secretsmanager:Name': 'team/*' } },
  })
  await maker.secrets.send(new CreateSecretCommand({ Name: 'team/one' }))
  await assert.rejects(maker.secrets.send(new CreateSecretCommand({ Name: 'other' })), {
    name: 'AccessDeniedException',
  })
  const tagged = { Name: 'team/two', Tags: [{ Key: 'a', Value: 'b' }] }
  await assert.rejects(maker.secrets.send(new CreateSecretCommand(tagged)), /secretsmanager:TagResource/)
})

test('SM3 scenario 18: a policy on the ARN of a secret does not allow access to its successor', async () => {
  const { arn, name } = await create()
  const user = await newUser(server, { Action: ['secretsmanager:GetSecretValue'], Resource: arn })
  await assert.rejects(read(user.secrets, name), { message: 'Access to KMS is not allowed' })
  await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }))
  await create({ Name: name })
  await assert.rejects(read(user.secrets, name), /secretsmanager:GetSecretValue/)
})

test('SM3 scenario 37: a public policy is kept unless it is to be blocked', async () => {
  const { name } = await create()
  const open = { Principal: '*', Action: 'secretsmanager:GetSecretValue' }
  await assert.rejects(setPolicy(name, open, { BlockPublicPolicy: true }), {
    name: 'PublicPolicyException',
    message: "You can't attach a resource-based policy that allows broad access to the secret.",
  })
  await setPolicy(name, open)
  const { ResourcePolicy } = await client.send(new GetResourcePolicyCommand({ SecretId: name }))
  assert.equal(ResourcePolicy, policy(open))
  const validated = await client.send(new ValidateResourcePolicyCommand({ ResourcePolicy: policy(open) }))
  assert.equal(validated.PolicyValidationPassed, false)
  assert.equal(validated.ValidationErrors?.length, 1)
  assert.ok(validated.ValidationErrors[0]?.CheckName)
  const narrow = { ...open, Condition: { StringEquals: { 'aws:PrincipalAccount': owner } } }
  await setPolicy(name, narrow, { BlockPublicPolicy: true })
  const passed = await client.send(
    new ValidateResourcePolicyCommand({ SecretId: name, ResourcePolicy: policy(narrow) }),
  )
  assert.equal(passed.PolicyValidationPassed, true)
  const lockout = { Effect: 'Deny', Principal: '*', Action: '*' }
  const locked = await client.send(
    new ValidateResourcePolicyCommand({ SecretId: name, ResourcePolicy: policy(lockout) }),
  )
  assert.deepEqual(
    locked.ValidationErrors?.map(({ ErrorMessage }) => ErrorMessage),
    ['Your requested changes will not allow you to manage this secret in the future.'],
  )
})

test('SM3 scenario 38: each kind of malformed policy has its own message', async () => {
  const { name } = await create()
  const refusedWith = async (ResourcePolicy: string, message: string) =>
    assert.rejects(client.send(new PutResourcePolicyCommand({ SecretId: name, ResourcePolicy })), {
      name: 'MalformedPolicyDocumentException',
      message,
    })
  const use = { Action: 'secretsmanager:GetSecretValue' }
  await refusedWith('{', 'This resource policy contains a syntax error.')
  await refusedWith(
    policy({ ...use, Effect: 'AllowSomething', Principal: '*' }),
    'This resource policy contains a syntax error.',
  )
  const missing = `arn:aws:iam::${owner}:user/absent`
  await refusedWith(
    policy({ ...use, Principal: { AWS: missing } }),
    'This resource policy contains an unsupported principal.',
  )
  await refusedWith(
    policy({ ...use, Principal: { Service: 'no-service' } }),
    'This resource policy contains an invalid service principal.',
  )
  assert.equal('ResourcePolicy' in (await client.send(new GetResourcePolicyCommand({ SecretId: name }))), false)
})

test('scenario 43: a batch gives the values it can and says why it cannot give the others', async () => {
  const [one, two, gone, closed] = [
    await create(),
    await create({ SecretString: 'other' }),
    await create(),
    await create(),
  ]
  await client.send(new DeleteSecretCommand({ SecretId: gone.name }))
  await setPolicy(closed.name, {
    Effect: 'Deny',
    Principal: { AWS: `arn:aws:iam::${owner}:root` },
    Action: 'secretsmanager:GetSecretValue',
  })
  const SecretIdList = [one.arn, two.name, 'missing', gone.name, closed.name]
  const { SecretValues = [], Errors = [] } = await client.send(new BatchGetSecretValueCommand({ SecretIdList }))
  assert.deepEqual(
    SecretValues.map(({ Name, SecretString }) => [Name, SecretString]),
    [
      [one.name, 'first'],
      [two.name, 'other'],
    ],
  )
  assert.deepEqual(
    Errors.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]),
    [
      ['missing', 'ResourceNotFoundException'],
      [gone.name, 'InvalidRequestException'],
      [closed.name, 'AccessDeniedException'],
    ],
  )
  const reads = await records(server, 'EventName', 'GetSecretValue')
  const ofBatch = reads.filter(({ requestParameters }) => SecretIdList.includes(requestParameters.secretId))
  assert.equal(ofBatch.length, 5)
  assert.equal(ofBatch[0].userIdentity.invokedBy, undefined)

  const Filters = [{ Key: 'name' as const, Values: [one.name, two.name] }]
  const byFilter = await client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 1 }))
  assert.equal(byFilter.SecretValues?.length, 1)
  const rest = await client.send(new BatchGetSecretValueCommand({ Filters, NextToken: byFilter.NextToken }))
  assert.deepEqual(
    [byFilter, rest].flatMap(({ SecretValues }) => SecretValues?.map(({ Name }) => Name)).sort(),
    [one.name, two.name].sort(),
  )
  const invalid = { name: 'InvalidParameterException' }
  await assert.rejects(client.send(new BatchGetSecretValueCommand({})), invalid)
  await assert.rejects(client.send(new BatchGetSecretValueCommand({ SecretIdList, Filters })), invalid)
  await assert.rejects(client.send(new BatchGetSecretValueCommand({ SecretIdList, MaxResults: 5 })), invalid)
})

test('ListSecrets gives every secret once in each order, page by page', async () => {
  const prefix = `list-${randomUUID()}`
  const names = Array.from({ length: 7 }, (_, i) => `${prefix}/${i}`)
  for (const Name of names) await client.send(new CreateSecretCommand({ Name }))
  await client.send(new UpdateSecretCommand({ SecretId: `${prefix}/2`, Description: 'changed' }))
  const listed = async (more: object) => {
    const found: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const Filters = [{ Key: 'name' as const, Values: [prefix] }]
      const page = await client.send(new ListSecretsCommand({ Filters, MaxResults: 3, NextToken, ...more }))
      found.push(...(page.SecretList ?? []).map(({ Name }) => Name))
      NextToken = page.NextToken
    } while (NextToken)
    return found
  }
  assert.deepEqual(await listed({ SortBy: 'name', SortOrder: 'asc' }), names)
  assert.deepEqual(await listed({ SortBy: 'name', SortOrder: 'desc' }), names.toReversed())
  assert.deepEqual(await listed({ SortOrder: 'asc' }), names)
  assert.deepEqual(await listed({}), names)
  assert.deepEqual(await listed({ SortOrder: 'desc' }), names.toReversed())
  assert.equal((await listed({ SortBy: 'last-changed-date' })).at(-1), `${prefix}/2`)
  assert.deepEqual((await listed({ SortBy: 'last-accessed-date' })).sort(), names)
  const wrongKey = new ListSecretsCommand({ Filters: [{ Key: 'color' as never, Values: ['x'] }] })
  await assert.rejects(client.send(wrongKey), { name: 'ValidationException' })
  await assert.rejects(client.send(new ListSecretsCommand({ NextToken: 'bogus' })), {
    name: 'InvalidNextTokenException',
  })
})

test('tags are replaced by key, and those of AWS are refused', async () => {
  const { name } = await create()
  const tag = (...Tags: { Key: string; Value: string }[]) =>
    client.send(new TagResourceCommand({ SecretId: name, Tags }))
  await tag({ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' })
  await tag({ Key: 'a', Value: '3' })
  assert.deepEqual((await describe(client, name)).Tags, [
    { Key: 'a', Value: '3' },
    { Key: 'b', Value: '2' },
  ])
  await assert.rejects(tag({ Key: 'aws:x', Value: '' }), { name: 'InvalidParameterException' })
  const many = Array.from({ length: 49 }, (_, i) => ({ Key: `k${i}`, Value: '' }))
  await assert.rejects(tag(...many), { name: 'InvalidParameterException' })
  await client.send(new UntagResourceCommand({ SecretId: name, TagKeys: ['a', 'b', 'unknown'] }))
  assert.deepEqual((await describe(client, name)).Tags, [])
})

test('writes are recorded with ARN and name and without any value', async () => {
  const { name, arn } = await create({ SecretString: 'PlainValue' })
  await put(client, name, 'OtherPlainValue')
  const [record] = await records(server, 'EventName', 'PutSecretValue')
  assert.equal(record.readOnly, false)
  assert.deepEqual(Object.keys(record.responseElements).sort(), ['arn', 'name', 'versionId', 'versionStages'])
  assert.equal(record.responseElements.arn, arn)
  assert.deepEqual(Object.keys(record.requestParameters).sort(), ['clientRequestToken', 'secretId'])
  await read(client, name)
  const [reading] = await records(server, 'EventName', 'GetSecretValue')
  assert.deepEqual([reading.readOnly, reading.responseElements], [true, null])
  for (const { requestParameters, responseElements } of await records(server, 'ResourceName', arn)) {
    assert.doesNotMatch(JSON.stringify([requestParameters, responseElements]), /PlainValue/)
  }
})
