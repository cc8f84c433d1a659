import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireRequest } from '../../../gateway/protocols/testing.ts'
import { accountId, region } from '../../../testing/callers.ts'
import { sqsFixture } from '../testing.ts'

const queueArn = `arn:aws:sqs:${region}:${accountId}:q`

const open = (...actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: actions, Resource: queueArn }],
  })

/** Sends requests without a signature to a queue of the Region. */
async function unsignedFixture() {
  const fixture = await sqsFixture()
  const QueueUrl = await fixture.create('q')
  const ask = async (operation: string, input: object = {}, host = 'localhost') => {
    const answer = await fixture.gateway.answer(
      wireRequest({
        headers: { 'x-amz-target': `AmazonSQS.${operation}`, 'content-type': 'application/x-amz-json-1.0', host },
        body: Buffer.from(JSON.stringify({ QueueUrl, ...input })),
      }),
      { ip: '192.0.2.1', userAgent: 'test', host },
      { signal: new AbortController().signal },
    )
    return { status: answer.status, body: JSON.parse(String(answer.body || '{}')) }
  }
  return { ...fixture, QueueUrl, ask }
}

test('a caller who does not sign may do what the policy of the queue lets everyone do, and no more', async () => {
  const { sqs, QueueUrl, ask, receive, lastRecord } = await unsignedFixture()
  const denied = await ask('SendMessage', { MessageBody: 'hello' })
  assert.deepEqual([denied.status, denied.body.Message], [400, 'Access Denied'])
  await sqs('SetQueueAttributes', { QueueUrl, Attributes: { Policy: open('sqs:SendMessage') } })
  const sent = await ask('SendMessage', { MessageBody: 'hello' })
  assert.equal(sent.status, 200)
  const { userIdentity, recipientAccountId } = lastRecord()
  assert.deepEqual([userIdentity, recipientAccountId], [{ type: 'Unknown', principalId: 'Anonymous' }, accountId])
  assert.match((await ask('ReceiveMessage')).body.__type, /AccessDeniedException$/)
  assert.deepEqual(
    (await receive(QueueUrl)).map(({ Body }) => Body),
    ['hello'],
  )
})

test('a request without a signature is in the Region that its host names, or else in that of the server', async () => {
  const { sqs, QueueUrl, ask } = await unsignedFixture()
  await sqs('SetQueueAttributes', { QueueUrl, Attributes: { Policy: open('sqs:GetQueueAttributes') } })
  const ofAttributes = (host: string) => ask('GetQueueAttributes', { AttributeNames: ['QueueArn'] }, host)
  assert.equal((await ofAttributes('127.0.0.1:4566')).body.Attributes?.QueueArn, queueArn)
  assert.equal((await ofAttributes(`sqs.${region}.amazonaws.com`)).body.Attributes?.QueueArn, queueArn)
  const elsewhere = await ofAttributes('sqs.eu-west-1.amazonaws.com')
  assert.match(elsewhere.body.__type, /QueueDoesNotExist$/)
})

test('what no policy can open to everyone asks for a signature', async () => {
  const { ask } = await unsignedFixture()
  const { status, body } = await ask('DeleteQueue')
  assert.equal(status, 400)
  assert.match(body.__type, /MissingAuthenticationTokenException$/)
})
