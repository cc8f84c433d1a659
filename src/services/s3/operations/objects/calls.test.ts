import assert from 'node:assert/strict'
import { test } from 'node:test'
import { servicePrincipal } from '../../../../core/services/service-calls.ts'
import { accountId, policyOf, region } from '../../../../testing/callers.ts'
import { s3Fixture } from '../../testing.ts'

test('a service puts objects as its principal, where the policy of the bucket allows it for its source', async () => {
  const { s3, pipeline, read, lastRecord } = await s3Fixture()
  const arn = `arn:aws:cloudtrail:${region}:${accountId}:trail/main`
  const caller = servicePrincipal('cloudtrail.amazonaws.com', { arn, accountId })
  const deliver = () =>
    pipeline.calls.invoke({
      ...{ caller, region, service: 's3', operation: 'PutObject' },
      input: { Bucket: 'photos', Key: 'AWSLogs/log.json', Body: '{}', ACL: 'bucket-owner-full-control' },
    })
  await assert.rejects(deliver(), { code: 'AccessDenied' })
  const Policy = policyOf({
    ...{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 's3:PutObject' },
    Resource: 'arn:aws:s3:::photos/AWSLogs/*',
    Condition: { StringEquals: { 'aws:SourceArn': arn, 's3:x-amz-acl': 'bucket-owner-full-control' } },
  })
  await s3('PutBucketPolicy', { Bucket: 'photos', Policy })
  const { ETag } = await deliver()
  assert.equal(ETag, '"99914b932bd37a50b983c5e7c90ae93b"')
  assert.deepEqual(lastRecord().userIdentity, { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' })
  assert.equal((await read('AWSLogs/log.json')).toString(), '{}')
})
