import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuthorizationMessage, encodeAuthorizationMessage } from '../../../crypto/authorization-message.ts'
import { accountId, aliceArn, otherAccountId, stsFixture } from '../testing.ts'

const message: AuthorizationMessage = {
  allowed: false,
  explicitDeny: false,
  matchedStatements: { items: [] },
  failures: { items: [] },
  context: {
    principal: { id: 'AIDAQ3EGRIYFEXAMPLE12', arn: aliceArn },
    action: 'ec2:StopInstances',
    resource: `arn:aws:ec2:us-east-1:${accountId}:instance/i-1`,
    conditions: { items: [] },
  },
}

test('DecodeAuthorizationMessage opens a message of the account', async () => {
  const sts = await stsFixture()
  const EncodedMessage = encodeAuthorizationMessage(sts.sealer, accountId, message)
  const { DecodedMessage = '' } = await sts.call('DecodeAuthorizationMessage', { EncodedMessage })
  assert.deepEqual(JSON.parse(DecodedMessage), message)
})

test('DecodeAuthorizationMessage refuses what is none, and messages of other accounts', async () => {
  const sts = await stsFixture()
  for (const EncodedMessage of ['nonsense', encodeAuthorizationMessage(sts.sealer, otherAccountId, message)]) {
    await assert.rejects(sts.call('DecodeAuthorizationMessage', { EncodedMessage }), {
      code: 'InvalidAuthorizationMessageException',
      status: 400,
      message: 'Message is not valid',
    })
  }
})

test('DecodeAuthorizationMessage needs its action, on no resource', async () => {
  const sts = await stsFixture()
  assert.deepEqual(await sts.permissions('DecodeAuthorizationMessage', { EncodedMessage: 'x' }), [
    { action: 'sts:DecodeAuthorizationMessage', resource: '*', printedResource: null },
  ])
})
