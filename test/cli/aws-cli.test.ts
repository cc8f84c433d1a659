import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Strongroom } from '../../src/server/server.ts'
import { type ClientCredentials, policy, startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run, aws as runAws } from '../fixtures/foreign.ts'

let server: Strongroom
let folder: string
before(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'strongroom-cli-'))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const aws = (args: string[], credentials?: ClientCredentials) => runAws(server, args, credentials)

test('K1 K2 CT1: the AWS CLI does the main job and finds all of it in the event history', {
  skip: missing('aws', '--version'),
}, async () => {
  const account = server.accountId
  const user = await aws(['iam', 'create-user', '--user-name', 'bob'])
  const userPolicy = policy({ Action: ['kms:Encrypt', 'sts:AssumeRole'] })
  await aws(['iam', 'put-user-policy', '--user-name', 'bob', '--policy-name', 'work', '--policy-document', userPolicy])
  const { AccessKey } = await aws(['iam', 'create-access-key', '--user-name', 'bob'])
  const bob = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey }
  const trust = policy({ Principal: { AWS: user.User.Arn }, Action: 'sts:AssumeRole', Resource: undefined })
  const role = await aws(['iam', 'create-role', '--role-name', 'opener', '--assume-role-policy-document', trust])
  const keyPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, NotAction: 'kms:Decrypt', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: role.Role.Arn }, Action: 'kms:Decrypt', Resource: '*' },
    ],
  })
  const { KeyMetadata } = await aws(['kms', 'create-key', '--policy', keyPolicy])
  const plain = join(folder, 'plain')
  const sealed = join(folder, 'sealed')
  writeFileSync(plain, 'attack at dawn')
  const context = ['--encryption-context', 'purpose=test']
  const encrypted = await aws(
    ['kms', 'encrypt', '--key-id', KeyMetadata.KeyId, '--plaintext', `fileb://${plain}`, ...context],
    bob,
  )
  writeFileSync(sealed, Buffer.from(encrypted.CiphertextBlob, 'base64'))

  const decrypt = ['kms', 'decrypt', '--ciphertext-blob', `fileb://${sealed}`, ...context]
  await assert.rejects(
    aws(decrypt, bob),
    /\(AccessDeniedException\) when calling the Decrypt operation(?: \(reached max retries: 0\))?: User: arn:aws:iam::\d{12}:user\/bob is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no \S+ policy allows the kms:Decrypt action/,
  )

  const { Credentials } = await aws(
    ['sts', 'assume-role', '--role-arn', role.Role.Arn, '--role-session-name', 'night'],
    bob,
  )
  const session = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  }
  const { Plaintext } = await aws(decrypt, session)
  assert.equal(Buffer.from(Plaintext, 'base64').toString(), 'attack at dawn')

  const byBob = await aws([
    'cloudtrail',
    'lookup-events',
    '--lookup-attributes',
    'AttributeKey=Username,AttributeValue=bob',
  ])
  const seen = byBob.Events.map((event: { CloudTrailEvent: string }) => {
    const { eventName, errorCode, userIdentity } = JSON.parse(event.CloudTrailEvent)
    return [eventName, errorCode, userIdentity.arn]
  })
  assert.deepEqual(seen, [
    ['AssumeRole', undefined, `arn:aws:iam::${account}:user/bob`],
    ['Decrypt', 'AccessDeniedException', `arn:aws:iam::${account}:user/bob`],
    ['Encrypt', undefined, `arn:aws:iam::${account}:user/bob`],
  ])
  const byRole = await aws([
    'cloudtrail',
    'lookup-events',
    '--lookup-attributes',
    'AttributeKey=Username,AttributeValue=night',
  ])
  assert.equal(
    JSON.parse(byRole.Events[0].CloudTrailEvent).userIdentity.sessionContext.sessionIssuer.userName,
    'opener',
  )
})

test('boto3 signs, pages and reads errors as it does against AWS', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const program = `
import boto3, botocore.exceptions, json
kms = boto3.client('kms')
keys = {kms.create_key()['KeyMetadata']['KeyId'] for _ in range(7)}
listed = {k['KeyId'] for page in kms.get_paginator('list_keys').paginate(PaginationConfig={'PageSize': 3}) for k in page['Keys']}
assert keys <= listed, (keys, listed)
key = keys.pop()
data = kms.generate_data_key(KeyId=key, KeySpec='AES_256', EncryptionContext={'a': 'b'})
assert kms.decrypt(CiphertextBlob=data['CiphertextBlob'], EncryptionContext={'a': 'b'})['Plaintext'] == data['Plaintext']
try:
    kms.decrypt(CiphertextBlob=data['CiphertextBlob'], EncryptionContext={'a': 'c'})
    raise SystemExit('a wrong context was accepted')
except kms.exceptions.InvalidCiphertextException as error:
    assert error.response['ResponseMetadata']['HTTPStatusCode'] == 400
iam = boto3.client('iam')
iam.create_user(UserName='carol', Tags=[{'Key': 'team', 'Value': 'red / blue'}])
assert iam.list_user_tags(UserName='carol')['Tags'] == [{'Key': 'team', 'Value': 'red / blue'}]
try:
    iam.create_user(UserName='CAROL')
    raise SystemExit('a second carol was accepted')
except iam.exceptions.EntityAlreadyExistsException as error:
    assert error.response['Error']['Message'] == 'User with name CAROL already exists.', error
document = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'kms:*', 'Resource': '*'}]}
arn = iam.create_policy(PolicyName='p', PolicyDocument=json.dumps(document), Description='red & <blue>')['Policy']['Arn']
assert iam.get_policy(PolicyArn=arn)['Policy']['Description'] == 'red & <blue>'
assert iam.get_policy_version(PolicyArn=arn, VersionId='v1')['PolicyVersion']['Document'] == document
print(boto3.client('sts').get_caller_identity()['Arn'])
`
  const { status, stdout, stderr } = await run('python3', ['-'], clientEnvironment(server, server.credentials), program)
  assert.equal(status, 0, stderr)
  assert.equal(stdout.trim(), `arn:aws:iam::${server.accountId}:root`)
})
