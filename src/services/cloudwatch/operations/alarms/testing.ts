import type { AlarmHistoryItem, CompositeAlarm, MetricAlarm, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import type { PublishInput } from '@aws-sdk/client-sns'
import type { AwsEvent } from '../../../../core/aws-event.ts'
import type { Call } from '../../../../core/call.ts'
import type { Operation } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import type { ServiceModel } from '../../../../core/services/service-model.ts'
import type { ServedService, ServiceModule } from '../../../../core/services/service-module.ts'
import { accountId, region } from '../../../../testing/callers.ts'
import type { FixtureOptions } from '../../../../testing/service-fixture.ts'
import { cloudWatchFixture } from '../../testing.ts'

const model: ServiceModel = {
  apiVersion: '2010-03-31',
  operations: { Publish: { method: 'POST', path: '/', input: 'PublishInput', output: 'PublishResponse' } },
  shapes: {
    PublishInput: {
      type: 'structure',
      members: { TopicArn: { shape: 'text' }, Message: { shape: 'text' }, Subject: { shape: 'text' } },
    },
    PublishResponse: { type: 'structure', members: { MessageId: { shape: 'text' } } },
    text: { type: 'string' },
  },
}

/** The policy that a topic has from the start, as far as publishing goes. */
const defaultPolicy = (arn: string) =>
  JSON.stringify({
    Version: '2008-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'SNS:Publish', Resource: arn },
      Condition: { StringEquals: { 'AWS:SourceOwner': arn.split(':')[4] } },
    },
  })

/** Topics as alarms use them: with SNS's default policy, and what was published to them. */
export function fakeTopics() {
  const published: PublishInput[] = []
  const refusals = new Map<string, ServiceError>()
  const policies = new Map<string, string>()
  const publish: Operation<Call, PublishInput, object> = {
    permissions: ({ caller: { principal } }, { TopicArn = '' }) => [
      {
        // SNS says so of the services whose calls have it.
        ...(principal.kind === 'service' && { context: { 'aws:SourceOwner': principal.sourceAccount ?? '' } }),
        ...{ action: 'sns:Publish', resource: TopicArn, resourceAccountId: TopicArn.split(':')[4] },
        policy: { kind: 'resource-policy', document: policies.get(TopicArn) ?? defaultPolicy(TopicArn) },
      },
    ],
    readOnly: false,
    category: 'Data',
    async handle(_call, input) {
      const refusal = refusals.get(input.TopicArn ?? '')
      if (refusal) throw refusal
      published.push(input)
      return { MessageId: 'a message id' }
    },
  }
  const service: ServedService = {
    definition: {
      ...{ name: 'sns', title: 'Amazon SNS', principal: 'sns.amazonaws.com', apiVersion: model.apiVersion },
      bindings: [{ protocol: 'awsQuery', version: model.apiVersion, xmlNamespace: 'http://sns.amazonaws.com/' }],
      ...{ messageMember: 'message', validationErrorCode: 'ValidationError', validationShowsValues: true },
      loadModel: async () => model,
      operations: { Publish: publish },
    },
    instance: { context: (call) => call },
  }
  return {
    ...{ service, published },
    /** Each message, parsed. */
    messages: () => published.map(({ Message = '' }) => JSON.parse(Message)),
    refuse: (arn: string, code: string, message: string) => refusals.set(arn, new ServiceError(code, 400, message)),
    setPolicy: (arn: string, policy: object) => policies.set(arn, JSON.stringify(policy)),
  }
}

export const topicArn = (name: string) => `arn:aws:sns:${region}:${accountId}:${name}`

/** Alarms that call topics, and what came of them. */
export async function alarmFixture(options: FixtureOptions & { modules?: readonly ServiceModule[] } = {}) {
  const topics = fakeTopics()
  const fixture = await cloudWatchFixture({ others: [topics.service], ...options })
  const { cloudwatch, bus } = fixture
  const events: AwsEvent[] = []
  bus.subscribe(async (event) => {
    events.push(event)
  })
  const history = async (HistoryItemType?: string, AlarmTypes?: string[]): Promise<AlarmHistoryItem[]> => {
    const { AlarmHistoryItems } = await cloudwatch<{ AlarmHistoryItems: AlarmHistoryItem[] }>('DescribeAlarmHistory', {
      ...{ HistoryItemType, AlarmTypes },
    })
    return AlarmHistoryItems
  }
  return {
    ...fixture,
    ...{ topics, events, history },
    /** An alarm named `slow` on the sum of the metric `Latency`, at 1 or more. */
    putAlarm: (more: Partial<PutMetricAlarmInput> = {}) =>
      cloudwatch<undefined>('PutMetricAlarm', {
        ...{ AlarmName: 'slow', Namespace: 'App', MetricName: 'Latency', Statistic: 'Sum', Period: 60, Threshold: 1 },
        ...{ EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
        ...{ AlarmActions: [topicArn('alarm')], OKActions: [topicArn('ok')] },
        ...more,
      }),
    alarm: async (name = 'slow'): Promise<MetricAlarm & CompositeAlarm> => {
      const { MetricAlarms, CompositeAlarms } = await cloudwatch<{
        MetricAlarms: MetricAlarm[]
        CompositeAlarms: CompositeAlarm[]
      }>('DescribeAlarms', { AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] })
      const [alarm] = [...MetricAlarms, ...CompositeAlarms]
      if (!alarm) throw new Error(`there is no alarm ${name}`)
      return alarm
    },
    /** The changes of state of alarms, the oldest first: `OK to ALARM`. */
    states: async (type = 'MetricAlarm') =>
      (await history('StateUpdate', [type]))
        .map(({ HistorySummary = '' }) => HistorySummary.replace('Alarm updated from ', ''))
        .reverse(),
  }
}
