import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import type { AwsEvent } from '../../src/core/aws-event.ts'
import type { Strongroom } from '../../src/server/server.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { aws, clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { functionRole, functionsOn } from '../fixtures/functions.ts'

let server: Strongroom
let cloudwatch: CloudWatchClient
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  const protocol = new SmithyRpcV2CborProtocol({ defaultNamespace: 'com.amazonaws.cloudwatch' })
  const options = { endpoint, region, credentials, maxAttempts: 1, protocol, disableRequestCompression: true }
  cloudwatch = new CloudWatchClient(options)
})
after(async () => {
  cloudwatch.destroy()
  await server.stop()
})

const alarmRequest = (AlarmName: string, MetricName: string) => ({
  ...{ AlarmName, Namespace: 'App', MetricName, Statistic: 'Sum' as const, Period: 60, EvaluationPeriods: 1 },
  ...{ Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' as const },
})

const alarmNamed = async (name: string) => {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  )
  return [...MetricAlarms, ...CompositeAlarms][0]
}

test('an alarm calls a function that lets it, and what the function does is in its metrics', async () => {
  const functions = functionsOn(server, await functionRole(server, 'alarm-role'))
  const { FunctionArn = '' } = await functions.create('on-alarm', {
    'index.mjs': `export const handler = async (event) => {
      const { source, alarmArn, alarmData } = event
      if (source !== 'aws.cloudwatch' || !alarmArn.endsWith(':alarm:calls') || alarmData.state.value !== 'ALARM') throw new Error(JSON.stringify(event))
    }`,
  })
  const set = async (StateValue: 'ALARM' | 'OK') => {
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'calls', StateValue, StateReason: 'a drill' }))
  }
  const actions = async () => {
    const { AlarmHistoryItems = [] } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName: 'calls', HistoryItemType: 'Action' }),
    )
    return AlarmHistoryItems
  }
  await cloudwatch.send(new PutMetricAlarmCommand({ ...alarmRequest('calls', 'x'), AlarmActions: [FunctionArn] }))
  await set('ALARM')
  const [failed] = await eventually(actions, (items) => items.length === 1)
  assert.equal(failed?.HistorySummary, `Failed to execute action ${FunctionArn}`)
  assert.equal(
    JSON.parse(failed?.HistoryData ?? '').error,
    `CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on resource: ${FunctionArn}`,
  )
  await functions.lambda.send(
    new AddPermissionCommand({
      ...{ FunctionName: 'on-alarm', StatementId: 'alarm', Action: 'lambda:InvokeFunction' },
      Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      SourceArn: `arn:aws:cloudwatch:${server.region}:${server.accountId}:alarm:calls`,
    }),
  )
  await set('OK')
  await set('ALARM')
  const [succeeded] = await eventually(actions, (items) => items.length === 2)
  assert.equal(succeeded?.HistorySummary, `Successfully executed action ${FunctionArn}`)
  const sumOf = async (MetricName: string) => {
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'AWS/Lambda', MetricName, Dimensions: [{ Name: 'FunctionName', Value: 'on-alarm' }] },
        ...{ StartTime: new Date(server.now().getTime() - 600_000), EndTime: server.now(), Period: 600 },
        Statistics: ['Sum'],
      }),
    )
    return Datapoints[0]?.Sum
  }
  assert.equal(
    await eventually(
      () => sumOf('Invocations'),
      (sum) => sum === 1,
    ),
    1,
  )
  assert.equal(await sumOf('Errors'), 0)
})

test('an alarm and a composite alarm follow data while the clock is moved, and publish events', async () => {
  const events: AwsEvent[] = []
  const unsubscribe = server.onEvent((event) => void events.push(event as AwsEvent))
  await cloudwatch.send(new PutMetricAlarmCommand(alarmRequest('slow', 'Latency')))
  const AlarmRule = 'ALARM("slow")'
  await cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: 'all', AlarmRule }))
  await cloudwatch.send(
    new PutMetricDataCommand({
      ...{ Namespace: 'App', MetricData: [{ MetricName: 'Latency', Value: 5, Timestamp: server.now() }] },
    }),
  )
  await server.advance(60)
  const [slow, all] = [await alarmNamed('slow'), await alarmNamed('all')]
  assert.deepEqual([slow?.StateValue, all?.StateValue], ['ALARM', 'ALARM'])
  await server.advance(7 * 24 * 3600)
  assert.deepEqual(
    [(await alarmNamed('slow'))?.StateValue, (await alarmNamed('all'))?.StateValue],
    ['INSUFFICIENT_DATA', 'OK'],
  )
  await eventually(
    () => events,
    (found) => found.some(({ detail }) => detail.alarmName === 'all' && 'state' in detail),
  )
  unsubscribe()
})

const program = `
import botocore.model, json, sys
botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = [sys.argv[1]]
import boto3
cloudwatch = boto3.client('cloudwatch')
name = 'from ' + sys.argv[1]
cloudwatch.put_metric_alarm(AlarmName=name, Metrics=[
  {'Id': 'a', 'ReturnData': False, 'MetricStat': {'Metric': {'Namespace': 'App', 'MetricName': 'a',
    'Dimensions': [{'Name': 'host', 'Value': 'x'}]}, 'Period': 60, 'Stat': 'p99'}},
  {'Id': 'e', 'Expression': 'a * 2'}], EvaluationPeriods=2, DatapointsToAlarm=1, Threshold=0.5,
  ComparisonOperator='LessThanThreshold', Tags=[{'Key': 'team', 'Value': 'blue'}])
cloudwatch.set_alarm_state(AlarmName=name, StateValue='ALARM', StateReason='a drill', StateReasonData='{"a": 1}')
alarm = cloudwatch.describe_alarms(AlarmNames=[name])['MetricAlarms'][0]
tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm['AlarmArn'])['Tags']
history = cloudwatch.describe_alarm_history(AlarmName=name)['AlarmHistoryItems']
try:
    cloudwatch.set_alarm_state(AlarmName='none', StateValue='OK', StateReason='x')
except cloudwatch.exceptions.ResourceNotFound as error:
    code = error.response['Error']['Code']
try:
    cloudwatch.put_dashboard(DashboardName='d', DashboardBody='{}')
except cloudwatch.exceptions.DashboardInvalidInputError as error:
    invalid = error.response['Error']['Code']
cloudwatch.delete_alarms(AlarmNames=[name])
print(json.dumps({'state': alarm['StateValue'], 'data': alarm['StateReasonData'], 'threshold': alarm['Threshold'],
  'stat': alarm['Metrics'][0]['MetricStat']['Stat'], 'tags': tags, 'code': code, 'invalid': invalid,
  'history': [item['HistoryItemType'] for item in history]}))
`

for (const protocol of ['query', 'json', 'smithy-rpc-v2-cbor']) {
  test(`boto3 makes an alarm by the protocol ${protocol}`, {
    skip: missing('python3', '-c', 'import boto3'),
  }, async () => {
    const environment = clientEnvironment(server, server.credentials)
    const { status, stdout, stderr } = await run('python3', ['-c', program, protocol], environment)
    assert.equal(status, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      ...{ state: 'ALARM', data: '{"a": 1}', threshold: 0.5, stat: 'p99', tags: [{ Key: 'team', Value: 'blue' }] },
      ...{
        code: 'ResourceNotFound',
        invalid: 'InvalidParameterInput',
        history: ['StateUpdate', 'ConfigurationUpdate'],
      },
    })
  })
}

test('the AWS CLI makes alarms and dashboards', { skip: missing('aws', '--version') }, async () => {
  const cli = (...args: string[]) => aws(server, ['cloudwatch', ...args])
  const alarm = [
    'put-metric-alarm',
    '--alarm-name',
    'cli',
    '--namespace',
    'App',
    '--metric-name',
    'x',
    '--period',
    '60',
  ]
  const rule = ['--statistic', 'Average', '--threshold', '5', '--comparison-operator', 'GreaterThanThreshold']
  await cli(...alarm, ...rule, '--evaluation-periods', '3', '--datapoints-to-alarm', '2')
  const { MetricAlarms } = await cli('describe-alarms', '--alarm-name-prefix', 'cli')
  assert.deepEqual(
    [MetricAlarms[0].StateValue, MetricAlarms[0].DatapointsToAlarm, MetricAlarms[0].Threshold],
    ['INSUFFICIENT_DATA', 2, 5],
  )
  const body = JSON.stringify({ widgets: [{ type: 'text', properties: { markdown: 'hello' } }] })
  await cli('put-dashboard', '--dashboard-name', 'main', '--dashboard-body', body)
  const { DashboardBody } = await cli('get-dashboard', '--dashboard-name', 'main')
  assert.equal(DashboardBody, body)
})

test('an alarm publishes to a topic by its default policy, and an encrypted topic refuses it by the key of AWS', async () => {
  const { endpoint, region, credentials } = server
  const options = { endpoint, region, credentials, maxAttempts: 1 }
  const sns = new SNSClient(options)
  const sqs = new SQSClient(options)
  const topic = async (Name: string, Attributes: Record<string, string> = {}) =>
    (await sns.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn ?? ''
  const [plain, encrypted] = [await topic('oncall'), await topic('secret', { KmsMasterKeyId: 'alias/aws/sns' })]
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'oncall' }))
  const queueArn = `arn:aws:sqs:${region}:${server.accountId}:oncall`
  const statement = {
    ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: queueArn },
    Condition: { ArnEquals: { 'aws:SourceArn': plain } },
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  await sns.send(new SubscribeCommand({ TopicArn: plain, Protocol: 'sqs', Endpoint: queueArn }))
  await cloudwatch.send(new PutMetricAlarmCommand({ ...alarmRequest('both', 'x'), AlarmActions: [plain, encrypted] }))
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'both', StateValue: 'ALARM', StateReason: 'a drill' }))
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  const { Subject, Message, TopicArn } = JSON.parse(Messages?.[0]?.Body ?? '{}')
  assert.deepEqual([TopicArn, Subject], [plain, 'ALARM: "both" in US East (N. Virginia)'])
  assert.equal(JSON.parse(Message).NewStateReason, 'a drill')
  const items = await eventually(
    async () => {
      const request = { AlarmName: 'both', HistoryItemType: 'Action' as const }
      return (await cloudwatch.send(new DescribeAlarmHistoryCommand(request))).AlarmHistoryItems ?? []
    },
    (found) => found.length === 2,
  )
  const failed = items.find(({ HistorySummary }) => HistorySummary === `Failed to execute action ${encrypted}`)
  assert.equal(
    JSON.parse(failed?.HistoryData ?? '{}').error,
    'CloudWatch Alarms does not have authorization to access the SNS topic encryption key.',
  )
  sns.destroy()
  sqs.destroy()
})
