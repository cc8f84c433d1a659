import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import aws4 from 'aws4'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, clientEnvironment, missing, run } from '../fixtures/foreign.ts'

let server: Strongroom
let inJson: CloudWatchClient
let inCbor: CloudWatchClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  const options = { endpoint, region, credentials, maxAttempts: 1 }
  const protocol = new SmithyRpcV2CborProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch' })
  inJson = new CloudWatchClient(options)
  // With CBOR, the SDK sends the length of the body before compression, so that no server gets all of what it waits for.
  inCbor = new CloudWatchClient({ ...options, protocol, disableRequestCompression: true })
})
after(async () => {
  inJson.destroy()
  inCbor.destroy()
  await server.stop()
})

const range = () => ({ StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 60_000) })

for (const [name, clientOf] of [
  ['JSON', () => inJson],
  ['CBOR', () => inCbor],
] as const) {
  test(`the JavaScript SDK puts data and reads them in ${name}`, async () => {
    const client = clientOf()
    const Namespace = `App/${name}`
    const Dimensions = [{ Name: 'host', Value: 'a' }]
    // Over 10 KB, so that the client compresses the request where it can.
    const many = Array.from({ length: 200 }, (_, n) => ({
      MetricName: `metric-of-some-length-${n}`,
      Value: n,
      Dimensions,
    }))
    const Timestamp = new Date()
    await client.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          {
            MetricName: 'Latency',
            Values: [1.5, 2.5, 96],
            Counts: [5, 4, 1],
            Unit: 'Milliseconds',
            Timestamp,
            Dimensions,
          },
          ...many,
        ],
      }),
    )
    const metric = { Namespace, MetricName: 'Latency', Dimensions }
    const statistics = await client.send(
      new GetMetricStatisticsCommand({
        ...{ ...metric, ...range(), Period: 60 },
        Statistics: ['Sum', 'SampleCount'],
        ExtendedStatistics: ['p90', 'p95'],
      }),
    )
    assert.deepEqual(statistics.Datapoints, [
      {
        ...{ Timestamp: new Date(Math.floor(Timestamp.getTime() / 60_000) * 60_000), Unit: 'Milliseconds' },
        ...{ SampleCount: 10, Sum: 113.5, ExtendedStatistics: { p90: 2.5, p95: 96 } },
      },
    ])
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        ...range(),
        MetricDataQueries: [
          { Id: 'm1', MetricStat: { Metric: metric, Period: 60, Stat: 'Maximum' }, ReturnData: false },
          { Id: 'e1', Expression: 'm1 / 2', Label: 'half' },
        ],
      }),
    )
    assert.deepEqual(
      MetricDataResults?.map(({ Id, Label, Values, StatusCode }) => ({ Id, Label, Values, StatusCode })),
      [{ Id: 'e1', Label: 'half', Values: [48], StatusCode: 'Complete' }],
    )
    const listed = await client.send(new ListMetricsCommand({ Namespace, Dimensions }))
    assert.equal(listed.Metrics?.length, 201)
  })

  test(`refusals have AWS's names in ${name}`, async () => {
    const client = clientOf()
    const datum = { MetricName: 'Latency', Value: 1, Values: [1] }
    await assert.rejects(client.send(new PutMetricDataCommand({ Namespace: 'App', MetricData: [datum] })), {
      message:
        'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.',
    })
    await assert.rejects(
      client.send(new GetMetricStatisticsCommand({ Namespace: 'App', MetricName: 'x', Period: 90, ...range() })),
      { message: 'The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.' },
    )
  })
}

test('NaN and infinities are refused in every protocol', async () => {
  for (const Value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const put = new PutMetricDataCommand({ Namespace: 'App', MetricData: [{ MetricName: 'x', Value }] })
    const message = `The value ${Value} for parameter MetricData.member.1.Value is invalid.`
    await assert.rejects(inCbor.send(put), { message })
    await assert.rejects(inJson.send(put), { message })
    const parameters = { 'MetricData.member.1.MetricName': 'x', 'MetricData.member.1.Value': String(Value) }
    const refused = await signed(query({ Action: 'PutMetricData', Namespace: 'App', ...parameters }), form)
    assert.match(refused.text, new RegExp(`<Code>InvalidParameterValue</Code><Message>${message}`))
  }
})

async function signed(body: string | Buffer, headers: Record<string, string>) {
  const { host } = new URL(server.endpoint)
  const { credentials, region } = server
  const request = aws4.sign(
    { service: 'monitoring', region, method: 'POST', path: '/', host, body: body as string, headers },
    credentials,
  )
  const answer = await fetch(server.endpoint, { method: 'POST', body, headers: request.headers as never })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' }
const query = (parameters: Record<string, string>) =>
  new URLSearchParams({ Version: '2010-08-01', ...parameters }).toString()

test('the query protocol takes compressed bodies, and answers in XML with the codes of its own', async () => {
  const parameters = {
    ...{ Action: 'PutMetricData', Namespace: 'Old', 'MetricData.member.1.MetricName': 'Latency' },
    ...{ 'MetricData.member.1.Value': '4.5', 'MetricData.member.1.Unit': 'Seconds' },
    'MetricData.member.1.Dimensions.member.1.Name': 'host',
    'MetricData.member.1.Dimensions.member.1.Value': 'a',
  }
  const put = await signed(gzipSync(query(parameters)), { ...form, 'Content-Encoding': 'gzip' })
  assert.equal(put.status, 200, put.text)
  assert.match(put.text, /^<PutMetricDataResponse xmlns="http:\/\/monitoring\.amazonaws\.com\/doc\/2010-08-01\/">/)
  const listed = await signed(query({ Action: 'ListMetrics', Namespace: 'Old' }), form)
  assert.match(
    listed.text,
    /<ListMetricsResult><Metrics><member><Namespace>Old<\/Namespace><MetricName>Latency<\/MetricName><Dimensions><member><Name>host<\/Name><Value>a<\/Value><\/member><\/Dimensions><\/member><\/Metrics>/,
  )
  const refused = await signed(query({ Action: 'PutMetricData', Namespace: 'AWS/EC2' }), form)
  assert.equal(refused.status, 400)
  assert.match(
    refused.text,
    /<Code>InvalidParameterValue<\/Code><Message>The value AWS\/EC2 for parameter Namespace is invalid\.<\/Message>/,
  )
})

test('what is wrong with a dashboard is in the error, in XML as well', async () => {
  const refused = await signed(query({ Action: 'PutDashboard', DashboardName: 'a', DashboardBody: '{}' }), form)
  assert.match(
    refused.text,
    /<Code>InvalidParameterInput<\/Code>.*<dashboardValidationMessages><member><DataPath>\/widgets<\/DataPath><Message>Should be an array<\/Message><\/member><\/dashboardValidationMessages>/,
  )
})

test('JSON clients that know the query codes get them in a header', async () => {
  const { status, text, headers } = await signed(JSON.stringify({ Namespace: 'AWS/EC2' }), {
    'Content-Type': 'application/x-amz-json-1.0',
    'X-Amz-Target': 'GraniteServiceVersion20100801.PutMetricData',
    'x-amzn-query-mode': 'true',
  })
  assert.equal(status, 400)
  assert.match(JSON.parse(text).__type, /#InvalidParameterValueException$/)
  assert.equal(headers.get('x-amzn-query-error'), 'InvalidParameterValue;Sender')
})

const program = `
import botocore.model, datetime, json, sys
botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = [sys.argv[1]]
import boto3
cloudwatch = boto3.client('cloudwatch')
assert cloudwatch.meta.service_model.resolved_protocol == sys.argv[1]
namespace = 'Python/' + sys.argv[1]
now = datetime.datetime.now(datetime.timezone.utc)
cloudwatch.put_metric_data(Namespace=namespace, MetricData=[
  {'MetricName': 'Latency', 'Values': [1, 2, 3], 'Counts': [1, 1, 2], 'Unit': 'Seconds', 'Timestamp': now}])
# Over 10 KB, so that the client compresses the request.
sent = []
cloudwatch.meta.events.register('before-send', lambda request, **kwargs: sent.append(request.headers.get('Content-Encoding')))
cloudwatch.put_metric_data(Namespace=namespace + '/many', MetricData=[
  {'MetricName': 'a-metric-with-a-name-of-some-length-%d' % n, 'Value': n} for n in range(400)])
assert [str(encoding, 'ascii') if isinstance(encoding, bytes) else encoding for encoding in sent] == ['gzip'], sent
within = {'StartTime': now - datetime.timedelta(hours=1), 'EndTime': now + datetime.timedelta(minutes=1)}
points = cloudwatch.get_metric_statistics(Namespace=namespace, MetricName='Latency', Period=60,
  Statistics=['Average'], ExtendedStatistics=['p50'], **within)['Datapoints']
stat = {'Metric': {'Namespace': namespace, 'MetricName': 'Latency'}, 'Period': 60, 'Stat': 'Sum'}
results = cloudwatch.get_metric_data(MetricDataQueries=[{'Id': 'm', 'MetricStat': stat},
  {'Id': 'e', 'Expression': 'm * 10'}], **within)['MetricDataResults']
pages = cloudwatch.get_paginator('list_metrics').paginate(Namespace=namespace)
names = [metric['MetricName'] for page in pages for metric in page['Metrics']]
try:
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{'MetricName': 'x', 'Value': 1, 'StorageResolution': 7}])
except cloudwatch.exceptions.InvalidParameterValueException as error:
    code = error.response['Error']['Code']
print(json.dumps({'average': points[0]['Average'], 'p50': points[0]['ExtendedStatistics']['p50'],
  'minute': points[0]['Timestamp'] == now.replace(second=0, microsecond=0), 'code': code,
  'values': [result['Values'] for result in results], 'names': names}))
`

for (const protocol of ['query', 'json', 'smithy-rpc-v2-cbor']) {
  test(`boto3 puts and reads metrics by the protocol ${protocol}`, {
    skip: missing('python3', '-c', 'import boto3'),
  }, async () => {
    const environment = clientEnvironment(server, server.credentials)
    const { status, stdout, stderr } = await run('python3', ['-c', program, protocol], environment)
    assert.equal(status, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      ...{ average: 2.25, p50: 2, minute: true, code: 'InvalidParameterValue' },
      ...{ values: [[9], [90]], names: ['Latency'] },
    })
  })
}

test('the AWS CLI puts and reads a metric', { skip: missing('aws', '--version') }, async () => {
  const cloudwatch = (...args: string[]) => aws(server, ['cloudwatch', ...args])
  const put = ['put-metric-data', '--namespace', 'Cli', '--metric-name', 'Jobs', '--value', '3', '--unit', 'Count']
  await cloudwatch(...put, '--dimensions', 'queue=a,host=b')
  const { Metrics } = await cloudwatch('list-metrics', '--namespace', 'Cli')
  assert.deepEqual(Metrics, [
    {
      ...{ Namespace: 'Cli', MetricName: 'Jobs' },
      Dimensions: [
        { Name: 'host', Value: 'b' },
        { Name: 'queue', Value: 'a' },
      ],
    },
  ])
})
