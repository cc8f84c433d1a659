import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../../core/audit.ts'
import { neededBy } from './needed-actions.ts'
import { readCall } from './recorded-call.ts'

const accountId = '111122223333'
const user = `arn:aws:iam::${accountId}:user/ada`

const recordOf = (service: string, eventName: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
  eventVersion: '1.11',
  userIdentity: { type: 'IAMUser', principalId: 'AIDA', arn: user, accountId, userName: 'ada' },
  eventTime: '2026-03-01T12:00:00Z',
  eventSource: `${service}.amazonaws.com`,
  eventName,
  awsRegion: 'eu-west-1',
  sourceIPAddress: '10.0.0.1',
  requestParameters: null,
  responseElements: null,
  eventID: 'e',
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: accountId,
  eventCategory: 'Management',
  ...more,
})

const needed = (...given: Parameters<typeof recordOf>) =>
  neededBy(recordOf(...given)).map(({ action, resource }) => `${action} ${resource}`)

const functionArn = `arn:aws:lambda:eu-west-1:${accountId}:function:f`
const bucket = { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::b' }
const object = { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/k' }

test("events of Lambda have the action's name without date and version", () => {
  const resources = [{ ARN: functionArn }]
  assert.deepEqual(needed('lambda', 'GetFunction20150331v2', { resources }), [`lambda:GetFunction ${functionArn}`])
  assert.deepEqual(needed('lambda', 'Invoke', { resources }), [`lambda:InvokeFunction ${functionArn}`])
  const role = `arn:aws:iam::${accountId}:role/r`
  assert.deepEqual(needed('lambda', 'CreateFunction20150331', { resources, requestParameters: { role } }), [
    `lambda:CreateFunction ${functionArn}`,
    `iam:PassRole ${role}`,
  ])
})

test("events of S3 have the action's name, on the bucket or the object", () => {
  for (const [eventName, resources, expected] of [
    ['PutBucketEncryption', [bucket], ['s3:PutEncryptionConfiguration arn:aws:s3:::b']],
    ['GetBucketLifecycle', [bucket], ['s3:GetLifecycleConfiguration arn:aws:s3:::b']],
    ['DeletePublicAccessBlock', [bucket], ['s3:PutBucketPublicAccessBlock arn:aws:s3:::b']],
    ['ListBuckets', [], ['s3:ListAllMyBuckets *']],
    [
      'ListObjects',
      [{ type: 'AWS::S3::Object', ARNPrefix: 'arn:aws:s3:::b/' }, bucket],
      ['s3:ListBucket arn:aws:s3:::b'],
    ],
    ['HeadObject', [object, bucket], ['s3:GetObject arn:aws:s3:::b/k']],
    ['UploadPart', [object, bucket], ['s3:PutObject arn:aws:s3:::b/k']],
    ['DeleteObjects', [bucket], ['s3:DeleteObject arn:aws:s3:::b/*']],
  ] as const) {
    assert.deepEqual(needed('s3', eventName, { resources }), expected, eventName)
  }
  const version = { resources: [object, bucket], requestParameters: { versionId: 'v' } }
  assert.deepEqual(needed('s3', 'GetObject', version), ['s3:GetObjectVersion arn:aws:s3:::b/k'])
  const copy = { resources: [object, bucket], requestParameters: { 'x-amz-copy-source': '/other/a%20b' } }
  assert.deepEqual(needed('s3', 'CopyObject', copy), [
    's3:PutObject arn:aws:s3:::b/k',
    's3:GetObject arn:aws:s3:::other/a b',
  ])
})

test('letters of a name that patterns use stand for themselves', () => {
  const resources = [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::b/a*?$' }]
  const wanted = ['s3:GetObject arn:aws:s3:::b/a$', '{*}$', '{?}$', '{$}'].join('')
  assert.deepEqual(needed('s3', 'GetObject', { resources }), [wanted])
})

test('what is made anew, and what takes no resource, is not the resource that the record names', () => {
  const made = [{ ARN: `arn:aws:kms:eu-west-1:${accountId}:key/1` }]
  assert.deepEqual(needed('kms', 'CreateKey', { resources: made }), ['kms:CreateKey *'])
  const requestParameters = { name: 'db', tags: [{ key: 'a', value: 'b' }] }
  assert.deepEqual(needed('secretsmanager', 'CreateSecret', { requestParameters }), [
    `secretsmanager:CreateSecret arn:aws:secretsmanager:eu-west-1:${accountId}:secret:db-??????`,
    `secretsmanager:TagResource arn:aws:secretsmanager:eu-west-1:${accountId}:secret:db-??????`,
  ])
  assert.deepEqual(needed('monitoring', 'ListMetrics'), ['cloudwatch:ListMetrics *'])
  assert.deepEqual(needed('sts', 'GetCallerIdentity'), [])
})

test('batches and calls with two sides need the actions of their parts', () => {
  const queue = `arn:aws:sqs:eu-west-1:${accountId}:q`
  assert.deepEqual(needed('sqs', 'SendMessageBatch', { resources: [{ ARN: queue }] }), [`sqs:SendMessage ${queue}`])
  const resources = [{ ARN: 'arn:1' }, { ARN: 'arn:2' }]
  assert.equal(needed('kms', 'ReEncrypt', { resources }).length, 4)
})

test('a user of IAM is named by what the request names, or is the caller', () => {
  const own = { requestParameters: { userName: 'bob', policyArn: 'arn:aws:iam::aws:policy/P' } }
  assert.deepEqual(needed('iam', 'AttachUserPolicy', own), [`iam:AttachUserPolicy arn:aws:iam::${accountId}:user/bob`])
  assert.deepEqual(needed('iam', 'ListAccessKeys'), [`iam:ListAccessKeys ${user}`])
  assert.deepEqual(needed('iam', 'ListUsers'), ['iam:ListUsers *'])
})

test('a call that a service made for the principal says through which', () => {
  const resources = [{ ARN: 'arn:key' }]
  const userIdentity = { ...recordOf('kms', 'Decrypt').userIdentity, invokedBy: 'ssm.amazonaws.com' }
  assert.deepEqual(neededBy(recordOf('kms', 'Decrypt', { resources, userIdentity })), [
    { action: 'kms:Decrypt', resource: 'arn:key', viaService: 'ssm.eu-west-1.amazonaws.com' },
  ])
})

test('calls of a principal are those of its own name and of the sessions of its role', () => {
  const role = `arn:aws:iam::${accountId}:role/app`
  const session = `arn:aws:sts::${accountId}:assumed-role/app/s`
  const issuer = { type: 'Role', principalId: 'AROA', arn: role, accountId, userName: 'app' }
  const attributes = { creationDate: '2026-03-01T11:00:00Z', mfaAuthenticated: 'false' as const }
  const userIdentity = {
    type: 'AssumedRole',
    arn: session,
    accountId,
    sessionContext: { sessionIssuer: issuer, attributes },
  }
  const text = JSON.stringify(recordOf('kms', 'ListKeys', { userIdentity }))
  assert.equal(readCall(text, role)?.outcome, 'succeeded')
  assert.equal(readCall(text, session)?.outcome, 'succeeded')
  assert.equal(readCall(text, `${role}2`), undefined)
  assert.equal(readCall(text, user), undefined)
  const target = JSON.stringify(recordOf('sts', 'AssumeRole', { requestParameters: { roleArn: role } }))
  assert.equal(readCall(target, role), undefined)
})

test('a call that was denied needs what the message says; one that failed otherwise was not denied', () => {
  const denied = recordOf('kms', 'ReEncrypt', {
    errorCode: 'AccessDenied',
    errorMessage: `User: ${user} is not authorized to perform: kms:ReEncryptTo on resource: arn:2 because`,
    resources: [{ ARN: 'arn:2' }],
  })
  assert.deepEqual(readCall(JSON.stringify(denied), user)?.needs, [{ action: 'kms:ReEncryptTo', resource: 'arn:2' }])
  const failed = recordOf('ssm', 'GetParameter', { errorCode: 'ParameterNotFound' })
  assert.equal(readCall(JSON.stringify(failed), user)?.outcome, 'failed')
})
