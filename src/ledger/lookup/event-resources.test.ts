import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditRecord } from '../testing.ts'
import { eventResources } from './event-resources.ts'

test('a user that was created is a resource by its name, its id and its ARN', () => {
  const arn = 'arn:aws:iam::111122223333:user/bob'
  const record = auditRecord({
    eventSource: 'iam.amazonaws.com',
    eventName: 'CreateUser',
    requestParameters: { userName: 'bob' },
    responseElements: { user: { path: '/', userName: 'bob', userId: 'AIDAEXAMPLE', arn } },
  })
  const type = 'AWS::IAM::User'
  assert.deepEqual(eventResources(record), [
    { type, name: 'bob' },
    { type, name: 'AIDAEXAMPLE' },
    { type, name: arn },
  ])
})

test('an assumed role names the key, the session by all its names, and the role once', () => {
  const role = 'arn:aws:iam::111122223333:role/Deploy'
  const session = 'arn:aws:sts::111122223333:assumed-role/Deploy/ci'
  const record = auditRecord({
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    requestParameters: { roleArn: role, roleSessionName: 'ci' },
    responseElements: {
      credentials: { accessKeyId: 'ASIAEXAMPLE', sessionToken: 'token' },
      assumedRoleUser: { assumedRoleId: 'AROAEXAMPLE:ci', arn: session },
    },
    resources: [{ accountId: '111122223333', type: 'AWS::IAM::Role', ARN: role }],
  })
  assert.deepEqual(eventResources(record), [
    { type: 'AWS::IAM::Role', name: role },
    { type: 'AWS::IAM::AccessKey', name: 'ASIAEXAMPLE' },
    { type: 'AWS::STS::AssumedRole', name: 'ci' },
    { type: 'AWS::STS::AssumedRole', name: 'AROAEXAMPLE:ci' },
    { type: 'AWS::STS::AssumedRole', name: session },
  ])
})

test('a bucket goes by its name, from the record and from the parameters alike', () => {
  const record = auditRecord({
    eventSource: 's3.amazonaws.com',
    requestParameters: { bucketName: 'logs' },
    resources: [{ accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::logs' }],
  })
  assert.deepEqual(eventResources(record), [{ type: 'AWS::S3::Bucket', name: 'logs' }])
})

test('parameters are read as data: what is not text, or another service’s, names nothing', () => {
  const odd = { userName: 7, roleName: '', toString: 'x', policyArn: null }
  assert.deepEqual(eventResources(auditRecord({ eventSource: 'iam.amazonaws.com', requestParameters: odd })), [])
  assert.deepEqual(eventResources(auditRecord({ requestParameters: { userName: 'bob' } })), [])
  assert.deepEqual(eventResources(auditRecord({ resources: [{ type: 'AWS::KMS::Key' }, { ARN: 'arn' }] })), [])
})
