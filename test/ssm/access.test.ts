import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateAccessKeyCommand, CreateUserCommand, type IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DescribeKeyCommand } from '@aws-sdk/client-kms'
import {
  CreateSecretCommand,
  PutResourcePolicyCommand as PutSecretPolicyCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import {
  DeleteResourcePolicyCommand,
  DescribeParametersCommand,
  GetParametersByPathCommand,
  GetResourcePoliciesCommand,
  GetServiceSettingCommand,
  PutResourcePolicyCommand,
  ResetServiceSettingCommand,
  SendCommandCommand,
  UpdateServiceSettingCommand,
} from '@aws-sdk/client-ssm'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, policy, startTestServer } from '../fixtures/clients.ts'
import { get, getMany, history, namesUnder, overwrite, put } from '../fixtures/parameters.ts'

const consumerAccount = '444455556666'

let server: Strongroom
let root: ReturnType<typeof clientsOf>
let consumer: ReturnType<typeof clientsOf>
before(async () => {
  server = await startTestServer({ logLevel: 'error', accounts: [consumerAccount] })
  root = clientsOf(server)
  consumer = clientsOf(server, server.accounts[1])
})
after(() => server.stop())

const arnOf = (name: string) => `arn:aws:ssm:us-east-1:${server.accountId}:parameter${name}`
const statements = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

/** A user of an account with a policy, and clients of its own. */
async function userWith(UserName: string, PolicyDocument: string, iam: IAMClient = root.iam) {
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return clientsOf(server, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  })
}

const denied = (action: string, resource: string) => ({
  name: 'AccessDeniedException',
  message: new RegExp(`is not authorized to perform: ${action} on resource: ${resource.replace('*', '\\*')} `),
})

test('scenario 42: a Deny with ssm:Overwrite lets create and forbids to overwrite', async () => {
  const { ssm } = await userWith(
    'creator',
    statements(
      { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'ssm:PutParameter',
        Resource: '*',
        Condition: { StringEquals: { 'ssm:Overwrite': 'true' } },
      },
    ),
  )
  await put(ssm, '/s42')
  await assert.rejects(overwrite(ssm, '/s42'), denied('ssm:PutParameter', arnOf('/s42')))
  assert.equal((await get(root.ssm, '/s42')).Version, 1)
})

test('scenario 43: by path, only the path that is asked for decides', async () => {
  for (const name of ['/s43/1', '/s43/b/2']) await put(root.ssm, name)
  const { ssm } = await userWith(
    'walker',
    statements(
      { Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: [arnOf('/s43'), arnOf('/s43/*')] },
      { Effect: 'Deny', Action: 'ssm:*', Resource: arnOf('/s43/b') },
    ),
  )
  assert.deepEqual(await namesUnder(ssm, '/s43', true), ['/s43/1', '/s43/b/2'])
  await assert.rejects(namesUnder(ssm, '/s43/b'), denied('ssm:GetParametersByPath', arnOf('/s43/b')))
  await assert.rejects(get(ssm, '/s43/1'), denied('ssm:GetParameter', arnOf('/s43/1')))
})

test('tags, policies and recursion decide where a policy asks for them', async () => {
  const { ssm } = await userWith(
    'tagger',
    statements(
      {
        Effect: 'Allow',
        Action: 'ssm:GetParameter',
        Resource: '*',
        Condition: { StringEquals: { 'ssm:resourceTag/team': 'red', 'aws:ResourceTag/team': 'red' } },
      },
      {
        Effect: 'Allow',
        Action: ['ssm:PutParameter', 'ssm:AddTagsToResource'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/team': 'red', 'ssm:Policies': 'false' } },
      },
      {
        Effect: 'Allow',
        Action: 'ssm:GetParametersByPath',
        Resource: '*',
        Condition: { StringEquals: { 'ssm:Recursive': 'false' } },
      },
    ),
  )
  const Tags = [{ Key: 'team', Value: 'red' }]
  await put(root.ssm, '/blue', { Tags: [{ Key: 'team', Value: 'blue' }] })
  await put(ssm, '/red', { Tags })
  assert.equal((await get(ssm, '/red')).Value, 'v')
  await assert.rejects(get(ssm, '/blue'), denied('ssm:GetParameter', arnOf('/blue')))
  await assert.rejects(put(ssm, '/untagged'), denied('ssm:PutParameter', arnOf('/untagged')))
  const Policies = '[{}]'
  await assert.rejects(put(ssm, '/red2', { Tags, Policies }), denied('ssm:PutParameter', arnOf('/red2')))
  await namesUnder(ssm, '/')
  await assert.rejects(namesUnder(ssm, '/', true), denied('ssm:GetParametersByPath', arnOf('/')))
})

test('DescribeParameters asks for everything, and public parameters for an ARN without an account', async () => {
  const { ssm } = await userWith('seer', policy({ Action: 'ssm:*', Resource: arnOf('/*') }))
  await assert.rejects(
    ssm.send(new DescribeParametersCommand({})),
    denied('ssm:DescribeParameters', `arn:aws:ssm:us-east-1:${server.accountId}:*`),
  )
  const name = '/aws/service/global-infrastructure/current-region'
  await assert.rejects(get(ssm, name), denied('ssm:GetParameter', `arn:aws:ssm:us-east-1::parameter${name}`))
  const reader = await userWith('reader', policy({ Action: 'ssm:GetParameter*', Resource: '*' }))
  assert.equal((await get(reader.ssm, name)).Value, 'us-east-1')
})

test('one name that is denied fails the whole of GetParameters', async () => {
  for (const name of ['/many/a', '/many/b']) await put(root.ssm, name)
  const { ssm } = await userWith('many', policy({ Action: 'ssm:GetParameters', Resource: arnOf('/many/a') }))
  assert.equal((await getMany(ssm, ['/many/a'])).Parameters?.length, 1)
  await assert.rejects(getMany(ssm, ['/many/a', '/many/b']), denied('ssm:GetParameters', arnOf('/many/b')))
})

test('PS4: the default key is alias/aws/ssm, made on first use, and of no use to a caller without Parameter Store', async () => {
  await put(root.ssm, '/default', { Type: 'SecureString', Value: 'secret' })
  assert.equal((await get(root.ssm, '/default', true)).Value, 'secret')
  const [shown] = await history(root.ssm, '/default')
  assert.equal(shown?.KeyId, 'alias/aws/ssm')
  const { KeyMetadata } = await root.kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))
  assert.equal(KeyMetadata?.KeyManager, 'AWS')
  const { ssm } = await userWith('plain', policy({ Action: 'ssm:GetParameter' }))
  assert.equal((await get(ssm, '/default', true)).Value, 'secret')
})

test('PS6 scenario 40: a secret is read as a parameter, and each of its versions too', async () => {
  const { ARN } = await root.secrets.send(new CreateSecretCommand({ Name: 'app/s1', SecretString: 'old' }))
  const path = '/aws/reference/secretsmanager/app/s1'
  const read = await get(root.ssm, path, true)
  assert.deepEqual(
    [read.Name, read.Type, read.Value, read.Version, read.ARN, read.Selector],
    [path, 'SecureString', 'old', 0, ARN, undefined],
  )
  const source = JSON.parse(read.SourceResult ?? '')
  assert.deepEqual(
    [source.Name, source.SecretString, source.VersionStages, source.ARN],
    [...['app/s1', 'old', ['AWSCURRENT'], ARN]],
  )
  assert.equal(source.CreatedDate, Number(read.LastModifiedDate) / 1000)
  await assert.rejects(get(root.ssm, path), {
    name: 'ValidationException',
    message: 'WithDecryption flag must be True for retrieving a Secret Manager secret.',
  })
  await root.secrets.send(new PutSecretValueCommand({ SecretId: 'app/s1', SecretString: 'new' }))
  assert.equal((await get(root.ssm, path, true)).Value, 'new')
  const previous = await get(root.ssm, `${path}:AWSPREVIOUS`, true)
  assert.deepEqual([previous.Value, previous.Selector, previous.Name], ['old', ':AWSPREVIOUS', path])
  assert.equal((await get(root.ssm, `${path}:${source.VersionId}`, true)).Value, 'old')
  const absent = '/aws/reference/secretsmanager/none'
  await assert.rejects(get(root.ssm, absent, true), {
    name: 'ParameterNotFound',
    message: `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${absent} not found.`,
  })
  const { Parameters, InvalidParameters } = await getMany(root.ssm, [path, absent, `${path}:none`], true)
  assert.deepEqual([Parameters?.map(({ Value }) => Value), InvalidParameters], [['new'], [absent, `${path}:none`]])
  const reserved = { name: 'AccessDeniedException', message: `No access to reserved parameter name: ${path}.` }
  await assert.rejects(put(root.ssm, path), reserved)
  await assert.rejects(history(root.ssm, path), reserved)
  await assert.rejects(root.ssm.send(new GetParametersByPathCommand({ Path: path })), reserved)
})

test('PS6 scenario 41: who is denied the secret is denied its reference', async () => {
  const { Name } = await root.secrets.send(new CreateSecretCommand({ Name: 's41', SecretString: 'x' }))
  const path = `/aws/reference/secretsmanager/${Name}`
  const { ssm } = await userWith('referrer', policy({ Action: ['ssm:GetParameter', 'secretsmanager:GetSecretValue'] }))
  assert.equal((await get(ssm, path, true)).Value, 'x')
  const ResourcePolicy = statements({
    Effect: 'Deny',
    Principal: { AWS: `arn:aws:iam::${server.accountId}:user/referrer` },
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
  })
  await root.secrets.send(new PutSecretPolicyCommand({ SecretId: Name, ResourcePolicy }))
  await assert.rejects(get(ssm, path, true), {
    name: 'AccessDeniedException',
    message: /secretsmanager:GetSecretValue/,
  })
})

test('an advanced parameter is shared by a policy, read by its ARN and by nothing else, until the policy goes', async () => {
  const kmsPolicy = statements(
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${server.accountId}:root` }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { AWS: consumerAccount }, Action: 'kms:Decrypt', Resource: '*' },
  )
  const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({ Policy: kmsPolicy }))
  const KeyId = KeyMetadata?.Arn
  await put(root.ssm, '/shared', { Type: 'SecureString', Tier: 'Advanced', KeyId, Value: 'for both' })
  const ResourceArn = arnOf('/shared')
  const Policy = statements({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${consumerAccount}:root` },
    Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParameterHistory'],
    Resource: ResourceArn,
  })
  await assert.rejects(get(consumer.ssm, ResourceArn), { name: 'AccessDeniedException' })
  const { PolicyId, PolicyHash } = await root.ssm.send(new PutResourcePolicyCommand({ ResourceArn, Policy }))
  const read = await get(consumer.ssm, ResourceArn, true)
  assert.deepEqual([read.Name, read.ARN, read.Value], [ResourceArn, ResourceArn, 'for both'])
  assert.equal((await getMany(consumer.ssm, [ResourceArn])).Parameters?.[0]?.Name, ResourceArn)
  assert.equal((await history(consumer.ssm, ResourceArn)).length, 1)
  await assert.rejects(overwrite(consumer.ssm, ResourceArn), { name: 'ValidationException' })
  const stranger = await userWith('bare', policy({ Action: 'kms:*' }), consumer.iam)
  await assert.rejects(get(stranger.ssm, ResourceArn), { name: 'AccessDeniedException' })

  const { Policies } = await root.ssm.send(new GetResourcePoliciesCommand({ ResourceArn }))
  assert.deepEqual(Policies, [{ PolicyId, PolicyHash, Policy }])
  const replaced = await root.ssm.send(
    new PutResourcePolicyCommand({
      ResourceArn,
      Policy: Policy.replace('ssm:GetParameters', 'ssm:DescribeParameters'),
      PolicyId,
      PolicyHash,
    }),
  )
  assert.equal(replaced.PolicyId, PolicyId)
  await assert.rejects(getMany(consumer.ssm, [ResourceArn]), { name: 'AccessDeniedException' })
  await assert.rejects(root.ssm.send(new DeleteResourcePolicyCommand({ ResourceArn, PolicyId, PolicyHash })), {
    name: 'ResourcePolicyConflictException',
  })
  await root.ssm.send(new DeleteResourcePolicyCommand({ ResourceArn, PolicyId, PolicyHash: replaced.PolicyHash }))
  await assert.rejects(get(consumer.ssm, ResourceArn), { name: 'AccessDeniedException' })
})

test('what cannot be shared is refused', async () => {
  await put(root.ssm, '/standard')
  await put(root.ssm, '/advanced', { Tier: 'Advanced' })
  await put(root.ssm, '/default-key', { Type: 'SecureString', Tier: 'Advanced' })
  const Policy = statements({
    Effect: 'Allow',
    Principal: { AWS: consumerAccount },
    Action: 'ssm:GetParameter',
    Resource: '*',
  })
  const share = (ResourceArn: string, more = {}) =>
    root.ssm.send(new PutResourcePolicyCommand({ ResourceArn, Policy, ...more }))
  const invalid = { name: 'ResourcePolicyInvalidParameterException' }
  await assert.rejects(share(arnOf('/standard')), invalid)
  await assert.rejects(share(arnOf('/default-key')), invalid)
  await assert.rejects(share('arn:aws:ssm:us-east-1:111122223333:opsitemgroup/default'), invalid)
  await assert.rejects(share(arnOf('/advanced'), { PolicyId: 'x' }), invalid)
  await assert.rejects(share(arnOf('/none')), { name: 'ResourceNotFoundException' })
  await assert.rejects(share(arnOf('/advanced'), { PolicyId: 'x', PolicyHash: 'y' }), {
    name: 'ResourcePolicyNotFoundException',
  })
  await assert.rejects(share(arnOf('/advanced'), { Policy: '{"Version":"2012-10-17"}' }), {
    name: 'MalformedResourcePolicyDocumentException',
  })
  await assert.rejects(share(arnOf('/advanced'), { Policy: Policy.padEnd(1025) }), {
    name: 'ResourcePolicyLimitExceededException',
  })
})

test('service settings are shown, changed and set back; what is none is not found', async () => {
  const SettingId = '/ssm/parameter-store/default-parameter-tier'
  const ssm = clientsOf(server, server.credentials, 'eu-west-1').ssm
  const arn = `arn:aws:ssm:eu-west-1:${server.accountId}:servicesetting${SettingId}`
  const shown = async (id: string) => {
    const { ServiceSetting } = await ssm.send(new GetServiceSettingCommand({ SettingId: id }))
    return [ServiceSetting?.SettingValue, ServiceSetting?.Status, ServiceSetting?.LastModifiedUser, ServiceSetting?.ARN]
  }
  assert.deepEqual(await shown(arn), ['Standard', 'Default', 'System', arn])
  await ssm.send(new UpdateServiceSettingCommand({ SettingId: arn, SettingValue: 'Advanced' }))
  assert.deepEqual(await shown(SettingId), ['Advanced', 'Customized', `arn:aws:iam::${server.accountId}:root`, arn])
  assert.equal((await put(ssm, '/by-default')).Tier, 'Advanced')
  const { ServiceSetting } = await ssm.send(new ResetServiceSettingCommand({ SettingId }))
  assert.deepEqual([ServiceSetting?.SettingValue, ServiceSetting?.Status], ['Standard', 'Default'])
  await assert.rejects(ssm.send(new UpdateServiceSettingCommand({ SettingId, SettingValue: 'Premium' })), {
    name: 'ValidationException',
  })
  for (const id of ['/ssm/none', 'toString', arn.replace('eu-west-1', 'us-east-1')]) {
    await assert.rejects(shown(id), { name: 'ServiceSettingNotFound' })
  }
})

test('what Systems Manager does besides Parameter Store says that it is not built', async () => {
  await assert.rejects(root.ssm.send(new SendCommandCommand({ DocumentName: 'AWS-RunShellScript' })), /SendCommand/)
})

test('ssm.throttle holds reads to forty a second, and to more with high throughput', async () => {
  const throttled = await startTestServer({
    settings: { 'ssm.throttle': true },
    clock: new Date('2026-01-01T00:00:00Z'),
  })
  try {
    const { ssm } = clientsOf(throttled)
    await put(ssm, 'p')
    const outcomes = async () => {
      const all = await Promise.allSettled(Array.from({ length: 200 }, () => get(ssm, 'p')))
      return all.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    }
    const refused = await outcomes()
    // Forty at once, and forty more for each second that a busy machine takes.
    assert.ok(refused.length > 0 && refused.length <= 160, `${refused.length} refused`)
    assert.deepEqual([refused[0]?.reason.name, refused[0]?.reason.message], ['ThrottlingException', 'Rate exceeded'])
    const SettingId = '/ssm/parameter-store/high-throughput-enabled'
    await ssm.send(new UpdateServiceSettingCommand({ SettingId, SettingValue: 'true' }))
    assert.equal((await outcomes()).length, 0)
  } finally {
    await throttled.stop()
  }
})
