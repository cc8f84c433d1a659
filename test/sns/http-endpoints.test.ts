import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, globalAgent, request as requestHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import MessageValidator from 'sns-validator'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { missing } from '../fixtures/foreign.ts'
import { openHttpEndpoint, type ReceivedRequest } from '../fixtures/http-endpoint.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-sns-'))
const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile]
const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' })
const ca = readFileSync(certFile, 'utf8')
const httpsAgent = new Agent({ ca })
let server: Strongroom
let sns: SNSClient
before(async () => {
  server = await startTestServer({ logLevel: 'error', tls: { certFile, keyFile } })
  const { region, credentials, endpoint } = server
  sns = new SNSClient({ endpoint, region, credentials, maxAttempts: 1, requestHandler: { httpsAgent } })
})
after(async () => {
  sns.destroy()
  httpsAgent.destroy()
  globalAgent.destroy()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Reads a URL of a message, as its receiver does: without a signature. */
const visit = (url: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const request = requestHttps(url, { agent: httpsAgent }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode, body })
    })
    request.on('error', reject).end()
  })

const validator = new MessageValidator(/^127\.0\.0\.1:\d+$/)
// The validator reads the certificate with the agent of all requests.
globalAgent.options.ca = ca

/** Validates a message as AWS's own library does. */
const validate = (body: string) =>
  new Promise<Record<string, string>>((resolve, reject) => {
    validator.validate(body, (error, message) => (error ? reject(error) : resolve(message as Record<string, string>)))
  })

/** Verifies with openssl. */
async function verifyWithOpenssl(message: Record<string, string>, names: readonly string[]): Promise<void> {
  const { body: certificate } = await visit(message.SigningCertURL ?? '')
  const file = (name: string, content: string | Buffer) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const key = execFileSync('openssl', ['x509', '-in', file('signer.pem', certificate), '-noout', '-pubkey'])
  const text = names.map((name) => `${name}\n${message[name]}\n`).join('')
  const signature = file('signature', Buffer.from(message.Signature ?? '', 'base64'))
  const digest = message.SignatureVersion === '1' ? '-sha1' : '-sha256'
  const how = ['dgst', digest, '-verify', file('key.pem', key), '-signature', signature, file('text', text)]
  assert.match(execFileSync('openssl', how, { encoding: 'utf8' }), /Verified OK/)
  const facts = execFileSync('openssl', [
    'x509',
    '-in',
    join(folder, 'signer.pem'),
    '-noout',
    '-subject',
    '-ext',
    'keyUsage',
  ])
  assert.match(String(facts), /CN ?= ?sns\.amazonaws\.com[\s\S]*Digital Signature/)
  execFileSync('openssl', ['verify', '-CAfile', join(folder, 'signer.pem'), join(folder, 'signer.pem')])
}

const newTopic = async (Name: string) => {
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name }))
  return TopicArn
}

const subscribe = async (TopicArn: string, Endpoint: string, Attributes: Record<string, string> = {}) => {
  const input = { TopicArn, Protocol: 'http', Endpoint, Attributes, ReturnSubscriptionArn: true }
  const { SubscriptionArn = '' } = await sns.send(new SubscribeCommand(input))
  return SubscriptionArn
}

const last = (received: readonly ReceivedRequest[], count: number) =>
  eventually(
    () => received.at(-1),
    () => received.length >= count,
  )

test('an HTTP endpoint confirms by the link, gets messages that validate, and unsubscribes by the link', {
  skip: missing('openssl', 'version'),
}, async (t) => {
  const endpoint = await openHttpEndpoint()
  t.after(endpoint.close)
  const TopicArn = await newTopic('http')
  const subscription = await subscribe(TopicArn, endpoint.url)
  const asked = await last(endpoint.received, 1)
  assert.equal(asked?.headers['content-type'], 'text/plain; charset=UTF-8')
  assert.equal(asked?.headers['x-amz-sns-message-type'], 'SubscriptionConfirmation')
  const confirmation = await validate(asked?.body ?? '')
  const ofConfirmation = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
  await verifyWithOpenssl(confirmation, ofConfirmation)
  const confirmed = await visit(confirmation.SubscribeURL ?? '')
  assert.equal(confirmed.status, 200)
  assert.match(confirmed.body, new RegExp(`<SubscriptionArn>${subscription}</SubscriptionArn>`))

  await sns.send(new PublishCommand({ TopicArn, Message: 'first' }))
  const first = await last(endpoint.received, 2)
  assert.equal(first?.headers['x-amz-sns-message-type'], 'Notification')
  assert.equal(first?.headers['x-amz-sns-topic-arn'], TopicArn)
  assert.equal(first?.headers['x-amz-sns-subscription-arn'], subscription)
  await verifyWithOpenssl(await validate(first?.body ?? ''), ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'])

  const toSha256 = { TopicArn, AttributeName: 'SignatureVersion', AttributeValue: '2' }
  await sns.send(new SetTopicAttributesCommand(toSha256))
  await sns.send(new PublishCommand({ TopicArn, Message: 'second', Subject: 'news' }))
  const second = await validate((await last(endpoint.received, 3))?.body ?? '')
  assert.equal(second.SignatureVersion, '2')
  await verifyWithOpenssl(second, ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'])

  assert.equal((await visit(second.UnsubscribeURL ?? '')).status, 200)
  const ended = JSON.parse((await last(endpoint.received, 4))?.body ?? '')
  assert.equal(ended.Type, 'UnsubscribeConfirmation')
  await verifyWithOpenssl(ended, ofConfirmation)
  await assert.rejects(sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription })), {
    name: 'NotFoundException',
  })
  // The link of that message takes the end back.
  assert.equal((await visit(ended.SubscribeURL)).status, 200)
  await sns.send(new PublishCommand({ TopicArn, Message: 'third' }))
  assert.equal(JSON.parse((await last(endpoint.received, 5))?.body ?? '').Message, 'third')
})

test('a subscription that was confirmed with AuthenticateOnUnsubscribe is ended by signed requests only', async (t) => {
  const endpoint = await openHttpEndpoint()
  t.after(endpoint.close)
  const TopicArn = await newTopic('authenticated')
  const SubscriptionArn = await subscribe(TopicArn, endpoint.url, { RawMessageDelivery: 'true' })
  const { Token } = JSON.parse((await last(endpoint.received, 1))?.body ?? '')
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' }))
  await sns.send(new PublishCommand({ TopicArn, Message: 'raw' }))
  const raw = await last(endpoint.received, 2)
  assert.equal(raw?.body, 'raw')
  assert.equal(raw?.headers['x-amz-sns-rawdelivery'], 'true')
  const url = `${server.endpoint}/?Action=Unsubscribe&Version=2010-03-31&SubscriptionArn=${SubscriptionArn}`
  const refused = await visit(url)
  assert.equal(refused.status, 403)
  assert.match(refused.body, /<Code>AuthorizationError<\/Code>/)
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }))
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  assert.deepEqual(Subscriptions ?? [], [])
})

test('an endpoint that fails gets the message again as its delivery policy says, and one that refuses it does not', async (t) => {
  const statuses = [503, 429, 200]
  const failing = await openHttpEndpoint(({ headers }) =>
    headers['x-amz-sns-message-type'] === 'Notification' ? (statuses.shift() ?? 200) : 200,
  )
  const refusing = await openHttpEndpoint(({ headers }) =>
    headers['x-amz-sns-message-type'] === 'Notification' ? 404 : 200,
  )
  t.after(failing.close)
  t.after(refusing.close)
  const TopicArn = await newTopic('failing')
  const retryPolicy = { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 5, numNoDelayRetries: 5 }
  const DeliveryPolicy = JSON.stringify({ healthyRetryPolicy: retryPolicy })
  for (const endpoint of [failing, refusing]) {
    await subscribe(TopicArn, endpoint.url, { DeliveryPolicy })
    const { SubscribeURL } = JSON.parse((await last(endpoint.received, 1))?.body ?? '')
    await visit(SubscribeURL)
  }
  await sns.send(new PublishCommand({ TopicArn, Message: 'again' }))
  await last(failing.received, 4)
  const again = failing.received.slice(1).map(({ body }) => JSON.parse(body).MessageId)
  assert.equal(new Set(again).size, 1)
  assert.equal(statuses.length, 0)
  await sns.send(new PublishCommand({ TopicArn, Message: 'next' }))
  await last(refusing.received, 3)
  assert.deepEqual(
    refusing.received.slice(1).map(({ body }) => JSON.parse(body).Message),
    ['again', 'next'],
  )
})

test('the certificate is shown to any client, and no other path is', async () => {
  const missingFile = await visit(`${server.endpoint}/SimpleNotificationService-${'0'.repeat(32)}.pem`)
  assert.notEqual(missingFile.status, 200)
  assert.doesNotMatch(missingFile.body, /CERTIFICATE/)
})
