import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildDecrypt, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMS,
} from '@aws-sdk/client-kms'
import { DescribeParametersCommand, LabelParameterVersionCommand } from '@aws-sdk/client-ssm'
import { askJson, signedHeaders } from '../../src/cli/server-client.ts'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, policy, startTestServer } from '../fixtures/clients.ts'
import { get, history, overwrite, put } from '../fixtures/parameters.ts'

let server: Strongroom
let root: ReturnType<typeof clientsOf>
let keyId = ''
let keyArn = ''
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  root = clientsOf(server)
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}))
  keyId = KeyMetadata?.KeyId ?? ''
  keyArn = KeyMetadata?.Arn ?? ''
  await root.kms.send(new CreateAliasCommand({ AliasName: 'alias/app', TargetKeyId: keyId }))
})
after(() => server.stop())

const arnOf = (name: string) => `arn:aws:ssm:us-east-1:${server.accountId}:parameter${name}`

const secure = (name: string, input = {}) =>
  put(root.ssm, name, { Type: 'SecureString', Value: 'a secret', KeyId: keyId, ...input })

/** A user who may do what the actions say, with clients of its own. */
async function userWho(name: string, ...Action: string[]) {
  await root.iam.send(new CreateUserCommand({ UserName: name }))
  const document = policy({ Action })
  await root.iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: document }))
  const { AccessKey } = await root.iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
}

/** The calls of KMS that a work makes, by their names. */
async function kmsCallsOf(work: () => Promise<unknown>) {
  const lookup = () =>
    root.cloudtrail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 'kms.amazonaws.com' }],
      }),
    )
  const earlier = new Set((await lookup()).Events?.map(({ EventId }) => EventId))
  await work()
  const records = ((await lookup()).Events ?? []).filter(({ EventId }) => !earlier.has(EventId))
  return records.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent))
}

test('PS4 scenario 23: what is read without decryption opens in KMS with the context PARAMETER_ARN alone', async () => {
  await secure('/s/23', { KeyId: 'alias/app' })
  const { Value = '', Type } = await get(root.ssm, '/s/23')
  assert.equal(Type, 'SecureString')
  const CiphertextBlob = Buffer.from(Value, 'base64')
  const EncryptionContext = { PARAMETER_ARN: arnOf('/s/23') }
  const { Plaintext, KeyId } = await root.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
  assert.deepEqual([Buffer.from(Plaintext ?? []).toString(), KeyId], ['a secret', keyArn])
  await assert.rejects(root.kms.send(new DecryptCommand({ CiphertextBlob })), { name: 'InvalidCiphertextException' })
  assert.equal((await get(root.ssm, '/s/23', true)).Value, 'a secret')
  const { Parameters } = await root.ssm.send(
    new DescribeParametersCommand({ ParameterFilters: [{ Key: 'KeyId', Values: ['alias/app'] }] }),
  )
  assert.deepEqual(
    Parameters?.map(({ Name, KeyId: shown }) => [Name, shown]),
    [['/s/23', 'alias/app']],
  )
})

test('PS1 PS4 scenario 24: an advanced value is a message of the AWS Encryption SDK, made with one GenerateDataKey', async () => {
  const Value = `${'é'.repeat(4095)}ab`
  const calls = await kmsCallsOf(() => secure('/s/24', { Value, Tier: 'Advanced' }))
  assert.deepEqual(
    calls.map(({ eventName, requestParameters, userIdentity }) => [
      eventName,
      requestParameters.encryptionContext,
      userIdentity.invokedBy,
    ]),
    [['GenerateDataKey', { PARAMETER_ARN: arnOf('/s/24') }, 'ssm.amazonaws.com']],
  )
  const message = Buffer.from((await get(root.ssm, '/s/24')).Value ?? '', 'base64')
  const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const clientProvider = () =>
    new KMS({ endpoint: server.endpoint, region: 'us-east-1', credentials: server.credentials })
  const keyring = new KmsKeyringNode({ keyIds: [keyArn], clientProvider: clientProvider as never })
  const opened = await decrypt(keyring, message)
  assert.equal(opened.plaintext.toString(), Value)
  assert.deepEqual({ ...opened.messageHeader.encryptionContext }, { PARAMETER_ARN: arnOf('/s/24') })
  assert.equal((await get(root.ssm, '/s/24', true)).Value, Value)
})

test('PS4 scenario 25: who may not decrypt reads the ciphertext and nothing else', async () => {
  await secure('/s/25')
  const reader = await userWho('reader', 'ssm:GetParameter', 'ssm:PutParameter')
  assert.notEqual((await get(reader.ssm, '/s/25')).Value, 'a secret')
  const denial: Error = await get(reader.ssm, '/s/25', true).then(
    () => assert.fail('the value was opened'),
    (error) => error,
  )
  assert.equal(denial.name, 'AccessDeniedException')
  const [, requestId] =
    /not authorized to perform: kms:Decrypt .*\(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: ([0-9a-f-]{36})\)$/.exec(
      denial.message,
    ) ?? assert.fail(denial.message)
  const explanation = `/_strongroom/explain/${requestId}`
  const headers = await signedHeaders(server.endpoint, explanation, { dev: true })
  type Denial = { service: string; operation: string }
  const explained = await askJson<Denial>(server.endpoint, explanation, { headers })
  assert.deepEqual([explained.service, explained.operation], ['kms', 'Decrypt'])
  await assert.rejects(put(reader.ssm, '/s/25/b', { Type: 'SecureString', KeyId: keyId }), {
    name: 'AccessDeniedException',
    message: /kms:Encrypt/,
  })
  await assert.rejects(get(root.ssm, '/s/25/b'), { name: 'ParameterNotFound' })
})

test('PS4 scenario 26: an unusable key is InvalidKeyId, in the words of KMS', async () => {
  await secure('/s/26')
  await root.kms.send(new DisableKeyCommand({ KeyId: keyId }))
  const disabled = {
    name: 'InvalidKeyId',
    message: new RegExp(
      `^${keyArn} is disabled\\. \\(Service: AWSKMS; Status Code: 400; Error Code: DisabledException; Request ID: `,
    ),
  }
  await assert.rejects(overwrite(root.ssm, '/s/26'), disabled)
  await assert.rejects(get(root.ssm, '/s/26', true), disabled)
  assert.equal((await get(root.ssm, '/s/26')).Version, 1)
  await root.kms.send(new EnableKeyCommand({ KeyId: keyId }))
  assert.equal((await get(root.ssm, '/s/26', true)).Value, 'a secret')
  await assert.rejects(secure('/s/26/b', { KeyId: 'alias/none' }), {
    name: 'InvalidKeyId',
    message:
      /^Alias arn:aws:kms:us-east-1:\d{12}:alias\/none is not found\. \(Service: AWSKMS; .*Error Code: NotFoundException/,
  })
  await assert.rejects(put(root.ssm, '/s/26/c', { KeyId: keyId }), {
    name: 'ValidationException',
    message: 'KeyId is required for SecureString type parameter only.',
  })
})

test('PS2 PS4: each version keeps the key and the tier it was written with, and an overwrite keeps the key', async () => {
  const other = (await root.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  await secure('/s/versions', { Value: 'one' })
  await overwrite(root.ssm, '/s/versions', { Value: 'two' })
  await overwrite(root.ssm, '/s/versions', { Value: 'three', KeyId: other })
  await overwrite(root.ssm, '/s/versions', { Value: 'four', KeyId: other, Tier: 'Advanced' })
  await root.ssm.send(new LabelParameterVersionCommand({ Name: '/s/versions', Labels: ['first'], ParameterVersion: 1 }))
  assert.deepEqual(
    (await history(root.ssm, '/s/versions', true)).map(({ Value, KeyId, Tier }) => [Value, KeyId, Tier]),
    [
      ['one', keyId, 'Standard'],
      ['two', keyId, 'Standard'],
      ['three', other, 'Standard'],
      ['four', other, 'Advanced'],
    ],
  )
  const { Value, Selector } = await get(root.ssm, '/s/versions:first', true)
  assert.deepEqual([Value, Selector], ['one', ':first'])
})

test('scenario 45: the record of a put hides the value, and that of a read shows nothing of it', async () => {
  await put(root.ssm, '/s/45', { Value: 'plain and yet hidden' })
  await get(root.ssm, '/s/45', true)
  await assert.rejects(get(root.ssm, '/s/45/none'))
  const { Events = [] } = await root.cloudtrail.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arnOf('/s/45') }],
    }),
  )
  const records = Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent))
  assert.deepEqual(
    records.map(({ eventName, readOnly, requestParameters, responseElements }) => [
      eventName,
      readOnly,
      requestParameters,
      responseElements,
    ]),
    [
      ['GetParameter', true, { name: '/s/45', withDecryption: true }, null],
      [
        'PutParameter',
        false,
        { name: '/s/45', value: 'HIDDEN_DUE_TO_SECURITY_REASONS', type: 'String' },
        { version: 1, tier: 'Standard' },
      ],
    ],
  )
  const absent = await root.cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetParameter' }] }),
  )
  assert.ok(absent.Events?.every(({ CloudTrailEvent = '' }) => !CloudTrailEvent.includes('/s/45/none')))
})
