import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, otherAccountId, stranger } from '../../../testing/callers.ts'
import { s3Fixture } from '../testing.ts'
import { s3Control } from './s3-control.ts'

const open = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false }

const forEveryone = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' }],
})

async function controlFixture() {
  const fixture = await s3Fixture({ modules: [s3Control] })
  await fixture.s3('PutPublicAccessBlock', { Bucket: 'photos', PublicAccessBlockConfiguration: open })
  return {
    ...fixture,
    control: (operation: string, input: object = {}) =>
      fixture.call('s3control', operation, { AccountId: accountId, ...input }),
  }
}

test('what an account blocks is kept, shown and removed, and recorded under the names of CloudTrail', async () => {
  const { control, lastRecord } = await controlFixture()
  await assert.rejects(control('GetPublicAccessBlock'), { code: 'NoSuchPublicAccessBlockConfiguration' })
  const block = { ...open, BlockPublicPolicy: true }
  await control('PutPublicAccessBlock', { PublicAccessBlockConfiguration: block })
  assert.deepEqual(
    [lastRecord().eventName, lastRecord().eventSource],
    ['PutAccountPublicAccessBlock', 's3.amazonaws.com'],
  )
  assert.deepEqual(await control('GetPublicAccessBlock'), { PublicAccessBlockConfiguration: block })
  await control('DeletePublicAccessBlock')
  await control('DeletePublicAccessBlock')
  await assert.rejects(control('GetPublicAccessBlock'), { code: 'NoSuchPublicAccessBlockConfiguration' })
  await assert.rejects(control('GetPublicAccessBlock', { AccountId: otherAccountId }), { code: 'AccessDenied' })
})

test('a bucket cannot be more open than its account lets all of them be', async () => {
  const { control, s3, put, read } = await controlFixture()
  await put('a', 'x')
  await s3('PutBucketPolicy', { Bucket: 'photos', Policy: forEveryone })
  assert.equal(String(await read('a', {}, { caller: stranger })), 'x')
  await control('PutPublicAccessBlock', { PublicAccessBlockConfiguration: { ...open, RestrictPublicBuckets: true } })
  await assert.rejects(read('a', {}, { caller: stranger }), { code: 'AccessDenied' })
  assert.equal(String(await read('a')), 'x')
  await control('PutPublicAccessBlock', { PublicAccessBlockConfiguration: { ...open, BlockPublicPolicy: true } })
  await assert.rejects(s3('PutBucketPolicy', { Bucket: 'photos', Policy: forEveryone }), { code: 'AccessDenied' })
})
