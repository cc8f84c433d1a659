import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import * as cloudtrailModule from '@aws-sdk/client-cloudtrail'
import * as logsModule from '@aws-sdk/client-cloudwatch-logs'
import * as eventbridgeModule from '@aws-sdk/client-eventbridge'
import * as iamModule from '@aws-sdk/client-iam'
import * as kmsModule from '@aws-sdk/client-kms'
import * as lambdaModule from '@aws-sdk/client-lambda'
import * as schedulerModule from '@aws-sdk/client-scheduler'
import * as secretsManagerModule from '@aws-sdk/client-secrets-manager'
import * as snsModule from '@aws-sdk/client-sns'
import * as sqsModule from '@aws-sdk/client-sqs'
import * as ssmModule from '@aws-sdk/client-ssm'
import * as stsModule from '@aws-sdk/client-sts'
import type { Schema } from '../src/gateway/protocols/schema.ts'
import { operationsOf, schemasOf } from '../src/gateway/protocols/testing.ts'
import type { ClientCredentials } from './fixtures/clients.ts'
import { functionRole, functionsOn } from './fixtures/functions.ts'
import { wrapMaterial } from './fixtures/import.ts'
import { type ServerProcess, startServerProcess } from './fixtures/server-process.ts'
import { unreachedStore } from './fixtures/xks-stores.ts'

/** Letters that occur nowhere else, so that finding them means that a secret got out. */
const marker = `Qz${randomBytes(9).toString('hex')}Zq`

let folder: string
let server: ServerProcess
let printed = ''
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-secrets-'))
  server = await startServerProcess(folder, { args: ['--log-level', 'debug'] })
  server.child.stdout?.on('data', (chunk) => (printed += chunk))
  server.child.stderr?.on('data', (chunk) => (printed += chunk))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A value for a schema that is as right as can be guessed; sensitive members and bytes hold the marker. */
function fill(schema: Schema, depth = 0): unknown {
  if (schema.traits.eventstream) return undefined
  const { kind } = schema
  if (schema.traits.sensitive) return kind === 'blob' ? Buffer.from(marker) : marker
  if (kind === 'blob') return Buffer.from(marker)
  if (kind === 'structure') {
    if (depth > 4) return {}
    return Object.fromEntries([...schema.members].map(([name, member]) => [name, fill(member, depth + 1)]))
  }
  if (kind === 'list') return depth > 4 ? [] : [fill(schema.value, depth + 1)]
  if (kind === 'map') return { key: fill(schema.value, depth + 1) }
  if (kind === 'timestamp') return new Date('2026-01-01T00:00:00Z')
  if (kind === 'boolean') return false
  return kind === 'string' ? 'value' : 7
}

/** Every way in which the marker's bytes could stand in a text or a file. */
const disguises = [
  marker,
  Buffer.from(marker).toString('hex'),
  // Base64 at each of the three alignments, without the letters that depend on what stands beside.
  ...[0, 1, 2].map((shift) =>
    Buffer.from(`${'x'.repeat(shift)}${marker}`)
      .toString('base64')
      .slice(4, 20),
  ),
]

function assertClean(where: string, bytes: Buffer | string, secrets: readonly string[] = disguises): void {
  for (const secret of secrets) assert.equal(bytes.includes(secret), false, `a secret stands in ${where}`)
}

const modules = {
  kms: kmsModule,
  iam: iamModule,
  sts: stsModule,
  cloudtrail: cloudtrailModule,
  ssm: ssmModule,
  secretsManager: secretsManagerModule,
  lambda: lambdaModule,
  sns: snsModule,
  sqs: sqsModule,
  logs: logsModule,
  eventbridge: eventbridgeModule,
  eventbridgeScheduler: schedulerModule,
} as const

/** Folders of services that are not called as their clients are here. */
const folders: Partial<Record<keyof typeof modules, string>> = {
  logs: 'cloudwatch-logs',
}

test('no secret of any operation enters an error, a log, a metric, the ledger or the database in clear', async () => {
  const { port, credentials } = server
  const config = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 }
  const clients: Record<keyof typeof modules, { send(command: never): Promise<unknown> }> = {
    kms: new kmsModule.KMSClient(config),
    iam: new iamModule.IAMClient(config),
    sts: new stsModule.STSClient(config),
    cloudtrail: new cloudtrailModule.CloudTrailClient(config),
    ssm: new ssmModule.SSMClient(config),
    secretsManager: new secretsManagerModule.SecretsManagerClient(config),
    lambda: new lambdaModule.LambdaClient(config),
    sns: new snsModule.SNSClient(config),
    sqs: new sqsModule.SQSClient(config),
    logs: new logsModule.CloudWatchLogsClient(config),
    eventbridge: new eventbridgeModule.EventBridgeClient(config),
    eventbridgeScheduler: new schedulerModule.SchedulerClient(config),
  }
  let sent = 0
  for (const [service, module] of Object.entries(modules) as [keyof typeof modules, Record<string, unknown>][]) {
    const folder = folders[service] ?? service.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    for (const { name, input } of operationsOf(schemasOf(folder))) {
      const Command = module[`${name}Command`] as new (input: unknown) => never
      const answer = await clients[service].send(new Command(input ? fill(input) : {})).catch((error: Error) => error)
      if (answer instanceof Error) assertClean(`the error of ${service}:${name}`, `${answer.name} ${answer.message}`)
      sent++
    }
  }
  assert.ok(sent > 300, `only ${sent} operations were tried`)

  await runFunction(config)
  await sendMessages(config)
  await publishMessage(config)
  await writeLogs(config)
  const secrets = await liveSecrets(config)
  const metrics = await (await fetch(`http://127.0.0.1:${port}/_strongroom/metrics`)).text()
  assertClean('the metrics', metrics, [...disguises, ...secrets])
  assert.equal(await server.stop(), 0)
  assertClean('the log', printed, [...disguises, ...secrets])
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'credentials' && entry.name !== 'root.key')
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
  assert.ok(files.some((file) => file.endsWith('.sqlite')))
  assert.ok(
    files.some((file) => file.startsWith('blobs')),
    'the code of the function',
  )
  for (const file of files) assertClean(file, readFileSync(join(folder, file)), [...disguises, ...secrets])
})

/** A function whose code, variables, events, answers and log all hold the marker. */
async function runFunction(config: { endpoint: string; region: string; credentials: ClientCredentials }) {
  const functions = functionsOn(config, await functionRole(config, 'keeper'))
  const code = `export const handler = async (event) => { console.log('${marker}', event); return [event, process.env.TOKEN] }`
  const Environment = { Variables: { TOKEN: marker } }
  await functions.create('keeper', { 'index.mjs': code, kept: marker }, { Environment })
  const { result } = await functions.invoke('keeper', { marker })
  assert.deepEqual(result, [{ marker }, marker])
  await functions.lambda.send(
    new lambdaModule.PutFunctionConcurrencyCommand({ FunctionName: 'keeper', ReservedConcurrentExecutions: 0 }),
  )
  // An event that cannot run stays in the database.
  const Payload = JSON.stringify({ marker })
  await functions.lambda.send(
    new lambdaModule.InvokeCommand({ FunctionName: 'keeper', InvocationType: 'Event', Payload }),
  )
}

/** Messages whose bodies and attributes hold the marker: one that waits, and one that was received. */
async function sendMessages(config: { endpoint: string; region: string; credentials: ClientCredentials }) {
  const sqs = new sqsModule.SQSClient(config)
  const { QueueUrl } = await sqs.send(new sqsModule.CreateQueueCommand({ QueueName: 'keeper' }))
  const MessageAttributes = { token: { DataType: 'String', StringValue: marker } }
  for (let count = 0; count < 2; count++) {
    await sqs.send(new sqsModule.SendMessageCommand({ QueueUrl, MessageBody: marker, MessageAttributes }))
  }
  const { Messages } = await sqs.send(
    new sqsModule.ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], VisibilityTimeout: 600 }),
  )
  assert.equal(Messages?.[0]?.Body, marker)
}

/** A message that waits for an endpoint which does not answer. Its subscription is confirmed by the message that a queue gets. */
async function publishMessage(config: { endpoint: string; region: string; credentials: ClientCredentials }) {
  const sns = new snsModule.SNSClient(config)
  const { TopicArn } = await sns.send(new snsModule.CreateTopicCommand({ Name: 'keeper' }))
  const Endpoint = 'arn:aws:sqs:us-east-1:111122223333:keeper'
  await sns.send(new snsModule.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1:9/' }))
  await sns.send(new snsModule.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
  const MessageAttributes = { token: { DataType: 'String', StringValue: marker } }
  await sns.send(new snsModule.PublishCommand({ TopicArn, Message: marker, Subject: marker, MessageAttributes }))
}

/** Events whose messages hold the marker. */
async function writeLogs(config: { endpoint: string; region: string; credentials: ClientCredentials }) {
  const logs = new logsModule.CloudWatchLogsClient(config)
  const stream = { logGroupName: 'keeper', logStreamName: 'keeper' }
  await logs.send(new logsModule.CreateLogGroupCommand(stream))
  await logs.send(new logsModule.CreateLogStreamCommand(stream))
  const logEvents = [{ timestamp: Date.now(), message: marker }]
  await logs.send(new logsModule.PutLogEventsCommand({ ...stream, logEvents }))
  const { events } = await logs.send(new logsModule.GetLogEventsCommand(stream))
  assert.equal(events?.[0]?.message, marker)
}

/** Secrets that the server itself gives out, each in the forms in which it could be written down. */
async function liveSecrets(config: kmsModule.KMSClientConfig): Promise<string[]> {
  const iam = new iamModule.IAMClient(config as iamModule.IAMClientConfig)
  const sts = new stsModule.STSClient(config as stsModule.STSClientConfig)
  const kms = new kmsModule.KMSClient(config)
  await iam.send(new iamModule.CreateUserCommand({ UserName: 'keeper' }))
  const { AccessKey } = await iam.send(new iamModule.CreateAccessKeyCommand({ UserName: 'keeper' }))
  const { Credentials } = await sts.send(new stsModule.GetSessionTokenCommand({}))
  const { KeyMetadata = { KeyId: '' } } = await kms.send(new kmsModule.CreateKeyCommand({}))
  const { KeyId } = KeyMetadata
  const { Plaintext = new Uint8Array() } = await kms.send(
    new kmsModule.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }),
  )
  await kms.send(new kmsModule.EncryptCommand({ KeyId, Plaintext: Buffer.from(marker) }))
  const proxySecret = randomBytes(32).toString('base64')
  const XksProxyAuthenticationCredential = { AccessKeyId: 'A'.repeat(20), RawSecretAccessKey: proxySecret }
  const outside = { ...unreachedStore(), XksProxyAuthenticationCredential }
  await kms.send(new kmsModule.CreateCustomKeyStoreCommand(outside))
  const ssm = new ssmModule.SSMClient(config as ssmModule.SSMClientConfig)
  for (const [Type, Tier] of [
    ['String', 'Standard'],
    ['SecureString', 'Standard'],
    ['SecureString', 'Advanced'],
  ] as const) {
    const Name = `/keeper/${Type}/${Tier}`
    const key = Type === 'SecureString' ? { KeyId } : {}
    await ssm.send(new ssmModule.PutParameterCommand({ Name, Type, Tier, Value: marker, ...key }))
    const { Parameter } = await ssm.send(new ssmModule.GetParameterCommand({ Name, WithDecryption: true }))
    assert.equal(Parameter?.Value, marker)
  }
  const secretsManager = new secretsManagerModule.SecretsManagerClient(
    config as secretsManagerModule.SecretsManagerClientConfig,
  )
  const { RandomPassword } = await secretsManager.send(new secretsManagerModule.GetRandomPasswordCommand({}))
  const secret = { Name: 'kept', KmsKeyId: KeyId, SecretString: RandomPassword }
  await secretsManager.send(new secretsManagerModule.CreateSecretCommand(secret))
  await secretsManager.send(new secretsManagerModule.GetSecretValueCommand({ SecretId: 'kept' }))
  const secrets = [
    AccessKey?.SecretAccessKey,
    Credentials?.SecretAccessKey,
    Credentials?.SessionToken,
    RandomPassword,
    await tokenOfGrant(kms, KeyMetadata),
    ...[Plaintext, ...(await secretsOfKeyPairs(kms, KeyId)), ...(await importedMaterials(kms))].flatMap((bytes) => {
      const buffer = Buffer.from(bytes)
      return [buffer.toString('base64').slice(0, -2), buffer.toString('hex'), buffer.toString('latin1')]
    }),
    proxySecret,
  ]
  return secrets.map((secret) => {
    assert.ok(secret && secret.length >= 30)
    return secret
  })
}

/** As good as the grant, as long as that lasts. The grant is used and retired by its token. */
async function tokenOfGrant(
  kms: kmsModule.KMSClient,
  { KeyId, AWSAccountId: GranteePrincipal }: kmsModule.KeyMetadata,
): Promise<string | undefined> {
  const grant = { KeyId, GranteePrincipal, Operations: ['Encrypt' as const] }
  const { GrantToken } = await kms.send(new kmsModule.CreateGrantCommand(grant))
  const GrantTokens = [GrantToken ?? '']
  await kms.send(new kmsModule.EncryptCommand({ KeyId, Plaintext: Buffer.from(marker), GrantTokens }))
  await kms.send(new kmsModule.RetireGrantCommand({ GrantToken }))
  return GrantToken
}

/** Key material of the owner's own: the current one, and the one before the key was rotated to it. */
async function importedMaterials(kms: kmsModule.KMSClient): Promise<Uint8Array[]> {
  const { KeyMetadata } = await kms.send(new kmsModule.CreateKeyCommand({ Origin: 'EXTERNAL' }))
  const KeyId = KeyMetadata?.KeyId
  const WrappingAlgorithm = 'RSAES_OAEP_SHA_256'
  const { ImportToken, PublicKey = new Uint8Array() } = await kms.send(
    new kmsModule.GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' }),
  )
  const materials = [randomBytes(32), randomBytes(32)]
  for (const material of materials) {
    const EncryptedKeyMaterial = wrapMaterial(PublicKey, WrappingAlgorithm, material)
    const isNew = { ImportType: 'NEW_KEY_MATERIAL', ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const
    await kms.send(new kmsModule.ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...isNew }))
  }
  await kms.send(new kmsModule.RotateKeyOnDemandCommand({ KeyId }))
  return materials
}

/** Collects the secrets that operations on key pairs and HMAC keys return. @param KeyId - a symmetric key. */
async function secretsOfKeyPairs(kms: kmsModule.KMSClient, KeyId: string | undefined): Promise<Uint8Array[]> {
  const newKey = async (KeySpec: kmsModule.KeySpec, KeyUsage: kmsModule.KeyUsageType) =>
    (await kms.send(new kmsModule.CreateKeyCommand({ KeySpec, KeyUsage }))).KeyMetadata?.KeyId
  const pair = await kms.send(new kmsModule.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }))
  const Message = Buffer.from(marker)
  const hmac = { KeyId: await newKey('HMAC_256', 'GENERATE_VERIFY_MAC'), MacAlgorithm: 'HMAC_SHA_256' } as const
  const { Mac } = await kms.send(new kmsModule.GenerateMacCommand({ ...hmac, Message }))
  const signer = await newKey('ECC_NIST_EDWARDS25519', 'SIGN_VERIFY')
  const { Signature } = await kms.send(
    new kmsModule.SignCommand({ KeyId: signer, Message, SigningAlgorithm: 'ED25519_SHA_512' }),
  )
  const agreement = { KeyId: await newKey('ECC_NIST_P256', 'KEY_AGREEMENT'), KeyAgreementAlgorithm: 'ECDH' } as const
  const derived = await kms.send(new kmsModule.DeriveSharedSecretCommand({ ...agreement, PublicKey: pair.PublicKey }))
  const kem = await newKey('ML_KEM_512', 'ENCAPSULATE_DECAPSULATE')
  const made = await kms.send(new kmsModule.EncapsulateCommand({ KeyId: kem, EncapsulationAlgorithm: 'ML_KEM' }))
  return [pair.PrivateKeyPlaintext, Mac, Signature, derived.SharedSecret, made.SharedSecret].map((bytes) => {
    assert.ok(bytes)
    return bytes
  })
}
