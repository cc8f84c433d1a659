import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import type { Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { put } from '../fixtures/parameters.ts'

let server: Strongroom
let keyId = ''
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { KeyMetadata } = await clientsOf(server).kms.send(new CreateKeyCommand({}))
  keyId = KeyMetadata?.KeyId ?? ''
})
after(() => server.stop())

async function aws(...args: string[]) {
  const env = clientEnvironment(server, server.credentials)
  const { status, stdout, stderr } = await run('aws', ['ssm', ...args, '--output', 'json'], env)
  if (status !== 0) throw new Error(stderr.trim())
  return stdout.trim() ? JSON.parse(stdout) : undefined
}

test('PS1 PS2 PS4 PS5 PS7: the AWS CLI writes, labels, reads and lists parameters', {
  skip: missing('aws', '--version'),
}, async () => {
  const secure = ['--type', 'SecureString', '--key-id', keyId]
  const made = await aws('put-parameter', '--name', '/cli/db', '--value', 'first', ...secure)
  assert.deepEqual(made, { Version: 1, Tier: 'Standard' })
  await aws('put-parameter', '--name', '/cli/db', '--value', 'second', '--overwrite')
  await aws('label-parameter-version', '--name', '/cli/db', '--parameter-version', '1', '--labels', 'prod')
  const { Parameter } = await aws('get-parameter', '--name', '/cli/db:prod', '--with-decryption')
  assert.deepEqual([Parameter.Value, Parameter.Selector, Parameter.Version], ['first', ':prod', 1])
  const names = Array.from({ length: 12 }, (_, index) => `/cli/many/${String.fromCharCode(97 + index)}`)
  await Promise.all(names.map((name) => put(clientsOf(server).ssm, name)))
  const { Parameters } = await aws('get-parameters-by-path', '--path', '/cli', '--recursive')
  assert.deepEqual(
    Parameters.map(({ Name }: { Name: string }) => Name),
    ['/cli/db', ...names],
  )
  const zone = '/aws/service/global-infrastructure/regions/us-east-1/longName'
  assert.equal((await aws('get-parameter', '--name', zone)).Parameter.Value, 'US East (N. Virginia)')
  await assert.rejects(
    aws('put-parameter', '--name', '/cli/db', '--value', 'x', '--type', 'String'),
    /\(ParameterAlreadyExists\) when calling the PutParameter operation(?: \(reached max retries: 0\))?: The parameter already exists\./,
  )
  await assert.rejects(
    aws('get-parameter', '--name', '/cli/none'),
    /\(ParameterNotFound\) when calling the GetParameter operation/,
  )
})

test('PS1 PS2 PS4 PS8: boto3 reads errors, pages and policies as it does against AWS', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const program = `
import boto3, json
ssm = boto3.client('ssm')
ssm.put_parameter(Name='/boto/secret', Value='s' * 5000, Type='SecureString', KeyId='${keyId}', Tier='Intelligent-Tiering')
read = ssm.get_parameter(Name='/boto/secret', WithDecryption=True)['Parameter']
assert read['Value'] == 's' * 5000 and read['Version'] == 1, read
policies = [{'Type': 'Expiration', 'Version': '1.0', 'Attributes': {'Timestamp': '2099-12-02T21:34:33.000Z'}}]
ssm.put_parameter(Name='/boto/secret', Value='t', Overwrite=True, Policies=json.dumps(policies))
first, second = ssm.get_parameter_history(Name='/boto/secret')['Parameters']
assert first['Policies'] == [] and second['Tier'] == 'Advanced', (first, second)
assert json.loads(second['Policies'][0]['PolicyText']) == policies[0]
for number in range(23):
    ssm.put_parameter(Name='/boto/p%02d' % number, Value='v', Type='String', Tags=[{'Key': 'n', 'Value': str(number)}])
pages = ssm.get_paginator('get_parameters_by_path').paginate(Path='/boto', PaginationConfig={'PageSize': 7})
assert len({p['Name'] for page in pages for p in page['Parameters']}) == 24
pages = ssm.get_paginator('describe_parameters').paginate(ParameterFilters=[{'Key': 'tag:n'}], PaginationConfig={'PageSize': 5})
assert [p['Name'] for page in pages for p in page['Parameters']] == ['/boto/p%02d' % number for number in range(23)]
try:
    ssm.get_parameter(Name='/boto/secret:7')
    raise SystemExit('a version that is not there was found')
except ssm.exceptions.ParameterVersionNotFound as error:
    assert error.response['Error']['Message'].startswith('Systems Manager could not find version 7 of /boto/secret.'), error
try:
    ssm.put_parameter(Name='/boto/a b', Value='v', Type='String')
    raise SystemExit('a space was accepted')
except ssm.exceptions.ClientError as error:
    assert error.response['Error']['Code'] == 'ValidationException', error
    assert error.response['ResponseMetadata']['HTTPStatusCode'] == 400
assert ssm.delete_parameters(Names=['/boto/p00', '/boto/none'])['InvalidParameters'] == ['/boto/none']
print('ok')
`
  const { status, stdout, stderr } = await run('python3', ['-'], clientEnvironment(server, server.credentials), program)
  assert.equal(status, 0, stderr)
  assert.equal(stdout.trim(), 'ok')
})

test('PS4 PS5: Powertools for Lambda reads parameters, secure ones and whole paths', async () => {
  const { ssm } = clientsOf(server)
  await put(ssm, '/tools/plain', { Value: '{"a":1}' })
  await put(ssm, '/tools/secure', { Type: 'SecureString', KeyId: keyId, Value: 'hidden' })
  await put(ssm, '/tools/deep/list', { Type: 'StringList', Value: 'x,y' })
  const provider = new SSMProvider({ awsSdkV3Client: ssm })
  assert.deepEqual(await provider.get('/tools/plain', { transform: 'json' }), { a: 1 })
  assert.equal(await provider.get('/tools/secure', { decrypt: true }), 'hidden')
  assert.deepEqual(await provider.getMultiple('/tools', { decrypt: true, recursive: true }), {
    plain: '{"a":1}',
    secure: 'hidden',
    'deep/list': 'x,y',
  })
  const { _errors, ...byName } = await provider.getParametersByName(
    { '/tools/secure': { decrypt: true }, '/tools/plain': {}, '/tools/none': {} },
    { throwOnError: false },
  )
  assert.deepEqual([byName, _errors], [{ '/tools/secure': 'hidden', '/tools/plain': '{"a":1}' }, ['/tools/none']])
  await assert.rejects(provider.get('/tools/absent'))
  await provider.set('/tools/set', { value: 'by the tools' })
  assert.equal(await provider.get('/tools/set', { forceFetch: true }), 'by the tools')
})
