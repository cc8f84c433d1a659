import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import aws4 from 'aws4'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'

let server: Strongroom
let sqs: SQSClient
before(async () => {
  server = await startTestServer({ logLevel: 'error', settings: { 'sqs.hold-names': false } })
  const { endpoint, region, credentials } = server
  sqs = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 })
})
after(async () => {
  sqs.destroy()
  await server.stop()
})

const create = async (QueueName: string, Attributes: Record<string, string> = {}) => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  assert.ok(QueueUrl)
  return QueueUrl
}

test('the JavaScript SDK sends, receives and deletes, and verifies both digests', async () => {
  const QueueUrl = await create('js')
  assert.match(QueueUrl, new RegExp(`^${server.endpoint}/\\d{12}/js$`))
  const MessageAttributes = {
    kind: { DataType: 'String', StringValue: 'greeting' },
    raw: { DataType: 'Binary', BinaryValue: Buffer.from('bytes') },
  }
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hällo', MessageAttributes }))
  const Entries = [1, 2].map((n) => ({ Id: `n${n}`, MessageBody: `batch ${n}` }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  )
  assert.deepEqual(
    Messages.map(({ Body }) => Body),
    ['hällo', 'batch 1', 'batch 2'],
  )
  assert.equal(Messages[0]?.MessageId, sent.MessageId)
  assert.equal(Buffer.from(Messages[0]?.MessageAttributes?.raw?.BinaryValue ?? []).toString(), 'bytes')
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  assert.equal(Attributes?.ApproximateNumberOfMessagesNotVisible, '0')
})

test('scenario 19 of the identity plane: a missing queue has the error of the JSON protocol, and that of the query protocol in a header', async () => {
  await assert.rejects(sqs.send(new GetQueueUrlCommand({ QueueName: 'none' })), (error: Error & { Code?: string }) => {
    assert.equal(error.constructor.name, 'QueueDoesNotExist')
    assert.equal(error.message, 'The specified queue does not exist.')
    return true
  })
  const body = JSON.stringify({ QueueName: 'none' })
  const headers = {
    'Content-Type': 'application/x-amz-json-1.0',
    'X-Amz-Target': 'AmazonSQS.GetQueueUrl',
    'x-amzn-query-mode': 'true',
  }
  const answer = await signed('/', body, headers)
  assert.equal(answer.status, 400)
  assert.equal(JSON.parse(answer.text).__type, 'com.amazonaws.sqs#QueueDoesNotExist')
  assert.equal(answer.headers.get('x-amzn-query-error'), 'AWS.SimpleQueueService.NonExistentQueue;Sender')
})

async function signed(path: string, body: string, headers: Record<string, string>) {
  const { host } = new URL(server.endpoint)
  const { credentials, region } = server
  const request = aws4.sign({ service: 'sqs', region, method: 'POST', path, host, body, headers }, credentials)
  const answer = await fetch(server.endpoint + path, { method: 'POST', body, headers: request.headers as never })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

const query = (path: string, form: Record<string, string>) =>
  signed(path, new URLSearchParams({ Version: '2012-11-05', ...form }).toString(), {
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
  })

test('the query protocol has its own names, takes the queue from the path, and says what its clients know', async () => {
  const made = await query('/', {
    Action: 'CreateQueue',
    QueueName: 'old',
    'Attribute.1.Name': 'VisibilityTimeout',
    'Attribute.1.Value': '5',
    'Tag.1.Key': 'team',
    'Tag.1.Value': 'blue',
  })
  const url = /<CreateQueueResult><QueueUrl>(.*)<\/QueueUrl><\/CreateQueueResult>/.exec(made.text)?.[1]
  assert.ok(url, made.text)
  assert.match(made.text, /^<CreateQueueResponse xmlns="http:\/\/queue\.amazonaws\.com\/doc\/2012-11-05\/">/)
  const { pathname } = new URL(url)
  const sent = await query(pathname, {
    Action: 'SendMessage',
    MessageBody: 'hello',
    'MessageAttribute.1.Name': 'kind',
    'MessageAttribute.1.Value.DataType': 'String',
    'MessageAttribute.1.Value.StringValue': 'greeting',
  })
  assert.match(sent.text, /<MD5OfMessageBody>5d41402abc4b2a76b9719d911017c592</)
  const batch = await query(pathname, {
    Action: 'SendMessageBatch',
    'SendMessageBatchRequestEntry.1.Id': 'a',
    'SendMessageBatchRequestEntry.1.MessageBody': 'second',
  })
  assert.match(batch.text, /<SendMessageBatchResultEntry><Id>a<\/Id>/)
  const received = await query(pathname, {
    Action: 'ReceiveMessage',
    'AttributeName.1': 'SenderId',
    'MessageAttributeName.1': 'All',
  })
  assert.match(received.text, /<Message><MessageId>[^<]+<\/MessageId><ReceiptHandle>/)
  assert.match(received.text, /<Attribute><Name>SenderId<\/Name><Value>\d{12}<\/Value><\/Attribute>/)
  assert.match(
    received.text,
    /<MessageAttribute><Name>kind<\/Name><Value><StringValue>greeting<\/StringValue><DataType>String<\/DataType><\/Value>/,
  )
  const attributes = await query(pathname, { Action: 'GetQueueAttributes', 'AttributeName.1': 'VisibilityTimeout' })
  assert.match(attributes.text, /<Attribute><Name>VisibilityTimeout<\/Name><Value>5<\/Value><\/Attribute>/)
  const tags = await query(pathname, { Action: 'ListQueueTags' })
  assert.match(tags.text, /<Tag><Key>team<\/Key><Value>blue<\/Value><\/Tag>/)
  const missingQueue = await query('/111122223333/none', { Action: 'ReceiveMessage' })
  assert.equal(missingQueue.status, 400)
  assert.match(
    missingQueue.text,
    /<Code>AWS\.SimpleQueueService\.NonExistentQueue<\/Code><Message>The specified queue does not exist for this wsdl version\.<\/Message><Detail\/>/,
  )
})

const program = `
import boto3, json
sqs = boto3.client('sqs')
url = sqs.create_queue(QueueName='py.fifo', Attributes={'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'})['QueueUrl']
sent = [sqs.send_message(QueueUrl=url, MessageBody='same', MessageGroupId='g') for _ in range(2)]
got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=['All'], WaitTimeSeconds=1)['Messages']
sqs.delete_message_batch(QueueUrl=url, Entries=[{'Id': 'a', 'ReceiptHandle': m['ReceiptHandle']} for m in got])
queue = boto3.resource('sqs').get_queue_by_name(QueueName='py.fifo')
try:
    sqs.get_queue_url(QueueName='none')
except sqs.exceptions.QueueDoesNotExist as error:
    code = error.response['Error']['Code']
try:
    sqs.send_message(QueueUrl=url, MessageBody='x')
except Exception as error:
    missing = error.response['Error']
sqs.purge_queue(QueueUrl=url)
sqs.delete_queue(QueueUrl=url)
print(json.dumps({'ids': [s['MessageId'] for s in sent], 'got': [m['Body'] for m in got],
  'group': got[0]['Attributes']['MessageGroupId'], 'url': queue.url == url, 'code': code, 'missing': missing,
  'sequence': got[0]['Attributes']['SequenceNumber'] == sent[0]['SequenceNumber']}))
`

test('boto3 uses a FIFO queue, and sees the error codes that it knows', {
  skip: missing('python3', '-c', 'import boto3'),
}, async () => {
  const { status, stdout, stderr } = await run(
    'python3',
    ['-c', program],
    clientEnvironment(server, server.credentials),
  )
  assert.equal(status, 0, stderr)
  const { ids, ...rest } = JSON.parse(stdout)
  assert.equal(ids[0], ids[1])
  assert.deepEqual(rest, {
    got: ['same'],
    group: 'g',
    url: true,
    code: 'AWS.SimpleQueueService.NonExistentQueue',
    missing: {
      Code: 'MissingParameter',
      Message: 'The request must contain the parameter MessageGroupId.',
      Type: 'Sender',
      QueryErrorCode: 'MissingRequiredParameterException',
    },
    sequence: true,
  })
})

test('the AWS CLI creates a queue, sends and receives', { skip: missing('aws', '--version') }, async () => {
  const aws = async (...args: string[]) => {
    // Version 1 of the CLI has an endpoint of its own for SQS, which AWS_ENDPOINT_URL does not replace.
    const endpoint = ['--endpoint-url', server.endpoint]
    const env = clientEnvironment(server, server.credentials)
    const { status, stdout, stderr } = await run('aws', ['sqs', ...args, ...endpoint, '--output', 'json'], env)
    assert.equal(status, 0, stderr)
    return JSON.parse(stdout)
  }
  const { QueueUrl } = await aws('create-queue', '--queue-name', 'cli', '--attributes', 'VisibilityTimeout=5')
  await aws('send-message', '--queue-url', QueueUrl, '--message-body', 'hello')
  const { Messages } = await aws('receive-message', '--queue-url', QueueUrl, '--wait-time-seconds', '1')
  assert.equal(Messages[0].Body, 'hello')
})
