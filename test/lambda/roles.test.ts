import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, DisableKeyCommand, EncryptCommand, ListGrantsCommand } from '@aws-sdk/client-kms'
import {
  AddPermissionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  type KMSDisabledException,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import type { Strongroom } from '../../src/server/server.ts'
import { type ClientCredentials, clientsOf, startTestServer } from '../fixtures/clients.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'

const otherAccount = '222233334444'

let server: Strongroom
let clients: ReturnType<typeof clientsOf>
before(async () => {
  server = await startTestServer({ accounts: [otherAccount] })
  clients = clientsOf(server)
})
after(() => server.stop())

/** Decrypts what it is given, with the AWS SDK of the installation. */
const decrypter = {
  'index.mjs': `import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms'
    const kms = new KMSClient({})
    export const handler = async ({ blob }) => {
      const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: Buffer.from(blob, 'base64') }))
      return Buffer.from(Plaintext).toString()
    }`,
}

async function events(EventName: string) {
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: EventName }]
  const { Events = [] } = await clients.cloudtrail.send(new LookupEventsCommand({ LookupAttributes }))
  return Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '{}'))
}

test('a function does what its role may, as its role, and is recorded as such', async () => {
  const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand({}))
  const Plaintext = Buffer.from('attack at dawn')
  const { CiphertextBlob } = await clients.kms.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext }))
  const blob = Buffer.from(CiphertextBlob ?? []).toString('base64')
  const mayDecrypt = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: KeyMetadata?.Arn }
  const allowed = functionsOn(server, await functionRole(server, 'opener', mayDecrypt))
  const denied = functionsOn(server, await functionRole(server, 'bystander'))
  await allowed.create('opens', decrypter)
  await denied.create('does-not', decrypter)
  assert.equal((await allowed.invoke('opens', { blob })).result, 'attack at dawn')
  const refusal = await denied.invokeForObject('does-not', { blob })
  assert.equal(refusal.result.errorType, 'AccessDeniedException')
  assert.match(
    String(refusal.result.errorMessage),
    /^User: arn:aws:sts::000000000000:assumed-role\/bystander\/does-not is not authorized to perform: kms:Decrypt/,
  )
  const decrypted = await events('Decrypt')
  const asRole = decrypted.find(({ userIdentity }) => userIdentity.arn?.endsWith('assumed-role/opener/opens'))
  assert.equal(asRole?.userIdentity.type, 'AssumedRole')
  assert.equal(asRole?.sourceIPAddress, '127.0.0.1')
  const assumed = (await events('AssumeRole')).find(
    ({ requestParameters }) => requestParameters.roleSessionName === 'opens',
  )
  assert.deepEqual(assumed?.userIdentity, { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' })
})

test('what was done to functions is recorded under CloudTrail’s names, without code, variables and payloads', async () => {
  const functions = functionsOn(server, await functionRole(server, 'recorded'))
  const Environment = { Variables: { TOKEN: 'do-not-record' } }
  await functions.create('recorded', { 'index.mjs': 'export const handler = async () => 1' }, { Environment })
  await functions.invoke('recorded', { secret: 'do-not-record' })
  const created = (await events('CreateFunction20150331')).find(
    ({ requestParameters }) => requestParameters.functionName === 'recorded',
  )
  assert.deepEqual(
    [created?.eventSource, created?.apiVersion, created?.readOnly, created?.managementEvent],
    ['lambda.amazonaws.com', '2015-03-31', false, true],
  )
  const { requestParameters: asked, responseElements: answered } = created
  assert.deepEqual([asked.runtime, asked.handler, asked.memorySize], ['nodejs22.x', 'index.handler', 256])
  assert.equal(asked.environment ?? answered.environment, undefined)
  const resource = { accountId: '000000000000', type: 'AWS::Lambda::Function', ARN: answered.functionArn }
  assert.deepEqual(created.resources, [resource])
  assert.doesNotMatch(JSON.stringify(created), /do-not-record/)
  // Invocations are data events, which the event history does not have.
  assert.deepEqual(await events('Invoke'), [])
})

test('a role that no longer trusts Lambda, or credentials about to expire, are noticed at the next invocation', async () => {
  const Role = await functionRole(server, 'fickle')
  const functions = functionsOn(server, Role)
  const code = {
    'index.mjs': `import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
      let calls = 0
      export const handler = async () => {
        await new STSClient({}).send(new GetCallerIdentityCommand({}))
        return ++calls
      }`,
  }
  await functions.create('fickle', code)
  assert.equal((await functions.invoke('fickle')).result, 1)
  assert.equal((await functions.invoke('fickle')).result, 2)
  await server.advance(2 * 3600)
  assert.equal((await functions.invoke('fickle')).result, 1)
  const Statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await clients.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'fickle', PolicyDocument }))
  assert.equal((await functions.invoke('fickle')).result, 2)
  await server.advance(2 * 3600)
  await assert.rejects(functions.invoke('fickle'), {
    name: 'AccessDeniedException',
    message: 'The role defined for the function cannot be assumed by Lambda.',
  })
  await assert.rejects(functions.create('never', code), {
    name: 'InvalidParameterValueException',
    message: 'The role defined for the function cannot be assumed by Lambda.',
  })
})

test('variables under a key of one’s own are opened by a grant, for as long as the key can be used', async () => {
  const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata?.KeyId
  const functions = functionsOn(server, await functionRole(server, 'powerless'))
  const more = { Environment: { Variables: { GREETING: 'hello' } }, KMSKeyArn: KeyMetadata?.Arn }
  await functions.create('greets', { 'index.mjs': 'export const handler = async () => process.env.GREETING' }, more)
  assert.equal((await functions.invoke('greets')).result, 'hello')
  const { Grants = [] } = await clients.kms.send(new ListGrantsCommand({ KeyId }))
  assert.deepEqual(
    Grants.map(({ Operations }) => Operations),
    [['Decrypt', 'RetireGrant']],
  )

  const reader = await userWith('reader', { Effect: 'Allow', Action: 'lambda:*', Resource: '*' })
  const asReader = functionsOn({ ...config(), credentials: reader }, '')
  const { Configuration } = await asReader.lambda.send(new GetFunctionCommand({ FunctionName: 'greets' }))
  assert.equal(Configuration?.Environment?.Variables, undefined)
  assert.equal(Configuration?.Environment?.Error?.ErrorCode, 'AccessDeniedException')

  await server.advance(2 * 3600)
  await clients.kms.send(new DisableKeyCommand({ KeyId }))
  await assert.rejects(functions.invoke('greets'), (error: KMSDisabledException) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['KMSDisabledException', 502])
    // AWS has no blank between the two.
    assert.match(error.message, / KMS Exception: DisabledExceptionKMS Message: arn:aws:kms:/)
    return true
  })
  await functions.lambda.send(new DeleteFunctionCommand({ FunctionName: 'greets' }))
})

test('who may invoke a function is for its owner to say, in other accounts too', async () => {
  const functions = functionsOn(server, await functionRole(server, 'shared'))
  const { FunctionArn } = await functions.create('shared', { 'index.mjs': 'export const handler = async () => "hi"' })
  const root = server.accounts.find(({ accountId }) => accountId === otherAccount)
  assert.ok(root)
  const theirs = new LambdaClient({ ...config(), credentials: root })
  const invoke = new InvokeCommand({ FunctionName: FunctionArn })
  await assert.rejects(theirs.send(invoke), (error: Error & { $metadata: { httpStatusCode: number } }) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['AccessDeniedException', 403])
    assert.match(error.message, /is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:/)
    return true
  })
  const permission = { StatementId: 'them', Action: 'lambda:InvokeFunction', Principal: otherAccount }
  await functions.lambda.send(new AddPermissionCommand({ FunctionName: 'shared', ...permission }))
  const { Payload } = await theirs.send(invoke)
  assert.equal(Buffer.from(Payload ?? []).toString(), '"hi"')
})

const config = () => ({ endpoint: server.endpoint, region: server.region, maxAttempts: 1 })

async function userWith(UserName: string, statement: object): Promise<ClientCredentials> {
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await clients.iam.send(new CreateUserCommand({ UserName }))
  await clients.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await clients.iam.send(new CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}
