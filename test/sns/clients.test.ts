import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  InvalidParameterException,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, clientEnvironment, missing, run } from '../fixtures/foreign.ts'

let server: Strongroom
let sns: SNSClient
let sqs: SQSClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  sns = new SNSClient({ endpoint, region, credentials, maxAttempts: 1 })
  sqs = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 })
})
after(async () => {
  sns.destroy()
  sqs.destroy()
  await server.stop()
})

const queuePolicy = (arn: string, topic: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
        Condition: { ArnEquals: { 'aws:SourceArn': topic } },
      },
    ],
  })

async function subscribedQueue(name: string, TopicArn: string, Attributes: Record<string, string> = {}) {
  const arn = `arn:aws:sqs:${server.region}:${server.accountId}:${name}`
  const Policy = queuePolicy(arn, TopicArn)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }))
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn, Attributes }))
  const receive = async (count: number) => {
    const bodies: string[] = []
    while (bodies.length < count) {
      const ask = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(ask))
      if (Messages.length === 0) break
      bodies.push(...Messages.map(({ Body = '' }) => Body))
    }
    return bodies
  }
  return { receive }
}

test('the JavaScript SDK publishes to a queue that waits', async () => {
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'js', Tags: [{ Key: 'a', Value: 'b' }] }))
  const { receive } = await subscribedQueue('js', TopicArn, { RawMessageDelivery: 'true' })
  const waiting = receive(3)
  await sns.send(new PublishCommand({ TopicArn, Message: 'hällo <&>' }))
  const PublishBatchRequestEntries = ['x', 'y'].map((Id) => ({ Id, Message: Id }))
  const { Successful } = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))
  assert.deepEqual(
    Successful?.map(({ Id }) => Id),
    ['x', 'y'],
  )
  assert.deepEqual((await waiting).sort(), ['hällo <&>', 'x', 'y'])
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
  assert.equal(Attributes?.SubscriptionsConfirmed, '1')
})

test('errors are those of the SDK', async () => {
  const TopicArn = `arn:aws:sns:${server.region}:${server.accountId}:none`
  await assert.rejects(sns.send(new GetTopicAttributesCommand({ TopicArn })), (error: Error) => {
    assert.ok(error instanceof NotFoundException)
    assert.equal(error.message, 'Topic does not exist')
    return true
  })
  await assert.rejects(sns.send(new PublishCommand({ TopicArn: 'none', Message: 'x' })), InvalidParameterException)
})

const program = `
import boto3, json
sns, sqs = boto3.client('sns'), boto3.client('sqs')
topic = sns.create_topic(Name='py.fifo', Attributes={'FifoTopic': 'true', 'ContentBasedDeduplication': 'true'})['TopicArn']
arn = topic.replace(':sns:', ':sqs:')
policy = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'sns.amazonaws.com'},
  'Action': 'sqs:SendMessage', 'Resource': arn}]})
url = sqs.create_queue(QueueName='py.fifo', Attributes={'FifoQueue': 'true', 'Policy': policy})['QueueUrl']
boto3.resource('sns').Topic(topic).subscribe(Protocol='sqs', Endpoint=arn, Attributes={'RawMessageDelivery': 'true'})
sent = [sns.publish(TopicArn=topic, Message=text, MessageGroupId='g') for text in ['one', 'one', 'two']]
got = []
while len(got) < 2:
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get('Messages', []):
        got.append(message['Body'])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message['ReceiptHandle'])
try:
    sns.publish(TopicArn=topic, Message='x')
except sns.exceptions.InvalidParameterException as error:
    code = error.response['Error']
boto3.client('iam').create_user(UserName='unprivileged')
key = boto3.client('iam').create_access_key(UserName='unprivileged')['AccessKey']
other = boto3.client('sns', aws_access_key_id=key['AccessKeyId'], aws_secret_access_key=key['SecretAccessKey'])
try:
    other.publish(TopicArn=topic, Message='x', MessageGroupId='g')
except sns.exceptions.AuthorizationErrorException as error:
    denied = error.response['Error']
print(json.dumps({'same': sent[0]['MessageId'] == sent[1]['MessageId'], 'got': got, 'code': code, 'denied': denied['Code'],
  'message': denied['Message'], 'more': sent[2]['SequenceNumber'] > sent[0]['SequenceNumber']}))
`

test('boto3 uses a FIFO topic, and sees the errors that it knows', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const environment = clientEnvironment(server, server.credentials)
  const { status, stdout, stderr } = await run('python3', ['-c', program], environment)
  assert.equal(status, 0, stderr)
  const { message, ...rest } = JSON.parse(stdout)
  assert.deepEqual(rest, {
    ...{ same: true, more: true, got: ['one', 'two'], denied: 'AuthorizationError' },
    code: {
      Code: 'InvalidParameter',
      Message: 'Invalid parameter: The MessageGroupId parameter is required for FIFO topics',
      Type: 'Sender',
    },
  })
  assert.match(
    message,
    /^User: arn:aws:iam::\d{12}:user\/unprivileged is not authorized to perform: SNS:Publish on resource: /,
  )
})

test('the AWS CLI creates a topic, subscribes an address and publishes', {
  skip: missing('aws', '--version'),
}, async () => {
  const { TopicArn } = await aws(server, ['sns', 'create-topic', '--name', 'cli'])
  const subscribe = ['--topic-arn', TopicArn, '--protocol', 'email', '--notification-endpoint', 'a@example.com']
  assert.equal((await aws(server, ['sns', 'subscribe', ...subscribe])).SubscriptionArn, 'pending confirmation')
  const { MessageId } = await aws(server, ['sns', 'publish', '--topic-arn', TopicArn, '--message', 'hello'])
  assert.match(MessageId, /^[0-9a-f-]{36}$/)
  const { Subscriptions } = await aws(server, ['sns', 'list-subscriptions-by-topic', '--topic-arn', TopicArn])
  assert.equal(Subscriptions[0].SubscriptionArn, 'PendingConfirmation')
})
