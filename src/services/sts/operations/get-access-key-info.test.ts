import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stsFixture } from '../testing.ts'

test('GetAccessKeyInfo reads the account out of a key id, whether or not there is such a key', async () => {
  const sts = await stsFixture()
  assert.deepEqual(await sts.call('GetAccessKeyInfo', { AccessKeyId: 'ASIAQNZGKIQY56JQ7WML' }), {
    Account: '029608264753',
  })
  assert.deepEqual(await sts.call('GetAccessKeyInfo', { AccessKeyId: 'AKIARTX3GSDSQAAAAAAA' }), {
    Account: '111122223333',
  })
})

test('GetAccessKeyInfo refuses ids that name no account', async () => {
  const sts = await stsFixture()
  await assert.rejects(sts.call('GetAccessKeyInfo', { AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }), {
    code: 'InvalidClientTokenId',
    status: 403,
    message: 'The security token included in the request is invalid.',
  })
})

test('GetAccessKeyInfo needs its action, on no resource', async () => {
  const sts = await stsFixture()
  assert.deepEqual(await sts.permissions('GetAccessKeyInfo', { AccessKeyId: 'AKIARTX3GSDSQAAAAAAA' }), [
    { action: 'sts:GetAccessKeyInfo', resource: '*', printedResource: null },
  ])
})
