import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clearCaches } from '@aws-lambda-powertools/parameters'
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { newSecret, newUser, put } from './fixture.ts'

let server: Strongroom
let client: ReturnType<typeof clientsOf>['secrets']
before(async () => {
  server = await startTestServer()
  client = clientsOf(server).secrets
})
after(() => server.stop())

/** One `aws secretsmanager` command; its JSON when it succeeds. @throws Error with its words when it does not. */
async function aws(...args: string[]) {
  const environment = clientEnvironment(server, server.credentials)
  const { status, stdout, stderr } = await run('aws', ['secretsmanager', ...args, '--output', 'json'], environment)
  if (status !== 0) throw new Error(stderr.trim())
  return stdout.trim() ? JSON.parse(stdout) : undefined
}

test('SM3 SM4: the AWS CLI keeps, versions, shares, and deletes a secret under the key aws/secretsmanager', {
  skip: missing('aws', '--version'),
}, async () => {
  const made = await aws(
    'create-secret',
    '--name',
    'cli/one',
    '--secret-string',
    '{"user":"a"}',
    '--tags',
    'Key=team,Value=red',
  )
  assert.match(made.ARN, /^arn:aws:secretsmanager:us-east-1:000000000000:secret:cli\/one-[a-zA-Z0-9]{6}$/)
  const second = await aws('put-secret-value', '--secret-id', 'cli/one', '--secret-string', 'second')
  assert.deepEqual(second.VersionStages, ['AWSCURRENT'])
  const previous = await aws('get-secret-value', '--secret-id', made.ARN, '--version-stage', 'AWSPREVIOUS')
  assert.deepEqual([previous.SecretString, previous.VersionId], ['{"user":"a"}', made.VersionId])
  const user = await newUser(server, undefined)
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: user.arn },
    Action: 'secretsmanager:GetSecretValue',
    Resource: '*',
  }
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await aws('put-resource-policy', '--secret-id', 'cli/one', '--resource-policy', policy, '--block-public-policy')
  assert.equal((await aws('get-resource-policy', '--secret-id', 'cli/one')).ResourcePolicy, policy)
  await aws('delete-secret', '--secret-id', 'cli/one', '--recovery-window-in-days', '7')
  await assert.rejects(
    aws('get-secret-value', '--secret-id', 'cli/one'),
    /\(InvalidRequestException\) when calling the GetSecretValue operation(?: \(reached max retries: 0\))?: You can't perform this operation on the secret because it was marked for deletion\./,
  )
})

test('boto3 pages, reads bytes and raises AWS errors as it does against AWS', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const program = `
import boto3
sm = boto3.client('secretsmanager')
arns = {sm.create_secret(Name=f'boto/{i}', SecretBinary=bytes([i, 255]))['ARN'] for i in range(7)}
pages = sm.get_paginator('list_secrets').paginate(Filters=[{'Key': 'name', 'Values': ['boto/']}], PaginationConfig={'PageSize': 3})
assert {s['ARN'] for page in pages for s in page['SecretList']} == arns
assert sm.get_secret_value(SecretId='boto/3')['SecretBinary'] == bytes([3, 255])
try:
    sm.get_secret_value(SecretId='boto/none')
    raise SystemExit('a missing secret was found')
except sm.exceptions.ResourceNotFoundException as error:
    assert error.response['Error']['Message'] == "Secrets Manager can't find the specified secret."
try:
    sm.create_secret(Name='boto/3', SecretString='x')
    raise SystemExit('a second secret was made')
except sm.exceptions.ResourceExistsException:
    pass
sm.replicate_secret_to_regions(SecretId='boto/3', AddReplicaRegions=[{'Region': 'eu-west-1'}])
sm.delete_secret(SecretId='boto/4', ForceDeleteWithoutRecovery=True)
assert len(sm.batch_get_secret_value(Filters=[{'Key': 'name', 'Values': ['boto/']}])['SecretValues']) == 6
`
  const { status, stderr } = await run('python3', ['-'], clientEnvironment(server, server.credentials), program)
  assert.equal(status, 0, stderr)
})

test('Powertools for Lambda reads, transforms and caches secrets', async () => {
  clearCaches()
  const { name } = await newSecret(client, { SecretString: '{"user":"a"}' })
  const provider = new SecretsProvider({ awsSdkV3Client: client })
  assert.deepEqual(await provider.get(name, { transform: 'json', maxAge: 60 }), { user: 'a' })
  const second = await put(client, name, '{"user":"b"}')
  assert.deepEqual(await provider.get(name, { transform: 'json', maxAge: 60 }), { user: 'a' })
  assert.deepEqual(await provider.get(name, { transform: 'json', forceFetch: true }), { user: 'b' })
  const previous = { sdkOptions: { VersionStage: 'AWSPREVIOUS' }, forceFetch: true }
  assert.equal(await provider.get(name, previous), '{"user":"a"}')
  assert.equal(await provider.get(name, { sdkOptions: { VersionId: second }, forceFetch: true }), '{"user":"b"}')
})

test('the caching client for Python keeps a secret and follows its version', {
  skip: missing('python3', '-c', 'import aws_secretsmanager_caching'),
}, async () => {
  const program = `
import boto3, json, time
from aws_secretsmanager_caching import InjectKeywordedSecretString, SecretCache, SecretCacheConfig
sm = boto3.client('secretsmanager')
sm.create_secret(Name='cached', SecretString=json.dumps({'user': 'a', 'password': 'one'}))
cache = SecretCache(config=SecretCacheConfig(secret_refresh_interval=1), client=sm)
assert json.loads(cache.get_secret_string('cached'))['password'] == 'one'
sm.put_secret_value(SecretId='cached', SecretString=json.dumps({'user': 'a', 'password': 'two'}))
deadline = time.monotonic() + 10
while json.loads(cache.get_secret_string('cached'))['password'] != 'two':
    assert time.monotonic() < deadline, 'the cache still has the first version'
    time.sleep(0.05)
assert json.loads(cache.get_secret_string('cached', version_stage='AWSPREVIOUS'))['password'] == 'one'
@InjectKeywordedSecretString('cached', cache, word='password')
def use(word):
    assert word == 'two', word
use()
sm.create_secret(Name='bytes', SecretBinary=b'\\x00\\xff')
assert cache.get_secret_binary('bytes') == b'\\x00\\xff'
`
  const { status, stderr } = await run('python3', ['-'], clientEnvironment(server, server.credentials), program)
  assert.equal(status, 0, stderr)
})
