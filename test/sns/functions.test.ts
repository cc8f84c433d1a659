import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'
import { openHttpEndpoint } from '../fixtures/http-endpoint.ts'

test('a function gets the event of AWS once its policy allows the topic; before, the message goes to the dead-letter queue', async (t) => {
  const server = await startTestServer()
  const { endpoint, region, credentials, accountId } = server
  const sns = new SNSClient({ endpoint, region, credentials, maxAttempts: 1 })
  const sqs = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 })
  const observer = await openHttpEndpoint()
  t.after(async () => {
    sns.destroy()
    sqs.destroy()
    observer.close()
    await server.stop()
  })
  const functions = functionsOn(server, await functionRole(server, 'subscriber'))
  const code = `export const handler = (event) => fetch('${observer.url}', { method: 'POST', body: JSON.stringify(event) })`
  const { FunctionArn = '' } = await functions.create('subscriber', { 'index.mjs': code })
  const deadLetterTargetArn = `arn:aws:sqs:${region}:${accountId}:dead`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } },
      ...{ Action: 'sqs:SendMessage', Resource: deadLetterTargetArn },
    },
  })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead', Attributes: { Policy } }))
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'functions' }))
  const Attributes = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn }) }
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: FunctionArn, Attributes }),
  )
  await sns.send(new PublishCommand({ TopicArn, Message: 'refused' }))
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  assert.equal(JSON.parse(Messages?.[0]?.Body ?? '').Message, 'refused')
  const allowed = { Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com', SourceArn: TopicArn }
  await functions.lambda.send(
    new AddPermissionCommand({ FunctionName: 'subscriber', StatementId: 'topic', ...allowed }),
  )
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'greeting' } }
  const { MessageId } = await sns.send(new PublishCommand({ TopicArn, Message: 'hello', MessageAttributes }))
  const request = await eventually(() => observer.received[0])
  const { Records } = JSON.parse(request?.body ?? '')
  assert.equal(observer.received.length, 1)
  const { Sns, ...record } = Records[0]
  assert.deepEqual(record, { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: SubscriptionArn })
  assert.deepEqual([Sns.Type, Sns.MessageId, Sns.TopicArn, Sns.Subject], ['Notification', MessageId, TopicArn, null])
  assert.deepEqual([Sns.Message, Sns.SignatureVersion], ['hello', '1'])
  assert.deepEqual(Sns.MessageAttributes, { kind: { Type: 'String', Value: 'greeting' } })
  assert.match(Sns.SigningCertUrl, /\/SimpleNotificationService-[0-9a-f]{32}\.pem$/)
})
