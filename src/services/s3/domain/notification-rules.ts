import { randomUUID } from 'node:crypto'
import type { NotificationConfiguration, NotificationConfigurationFilter } from '@aws-sdk/client-s3'
import { parseArn } from '../../../core/arn.ts'
import { invalidArgument } from './errors.ts'

/** Where a bucket's events of some kinds go. */
export interface NotificationRule {
  id: string
  kind: 'queue' | 'topic' | 'function'
  arn: string
  /** `s3:ObjectCreated:*` */
  events: readonly string[]
  prefix: string
  suffix: string
}

export interface Notifications {
  rules: readonly NotificationRule[]
  eventBridge: boolean
}

/** The kinds of events that happen here, and those that do not: a rule may name them. */
const knownEvents = new Set(
  [
    ...['ObjectCreated:*', 'ObjectCreated:Put', 'ObjectCreated:Post', 'ObjectCreated:Copy'],
    ...['ObjectCreated:CompleteMultipartUpload', 'ObjectRemoved:*', 'ObjectRemoved:Delete'],
    ...['ObjectRemoved:DeleteMarkerCreated', 'ObjectTagging:*', 'ObjectTagging:Put', 'ObjectTagging:Delete'],
    ...['ObjectAcl:Put', 'LifecycleExpiration:*', 'LifecycleExpiration:Delete'],
    ...['LifecycleExpiration:DeleteMarkerCreated', 'LifecycleTransition', 'IntelligentTiering'],
    ...['ReducedRedundancyLostObject', 'ObjectRestore:*', 'ObjectRestore:Post', 'ObjectRestore:Completed'],
    ...['ObjectRestore:Delete', 'Replication:*', 'Replication:OperationFailedReplication'],
    ...['Replication:OperationNotTracked', 'Replication:OperationMissedThreshold'],
    'Replication:OperationReplicatedAfterThreshold',
  ].map((name) => `s3:${name}`),
)

const services = { queue: 'sqs', topic: 'sns', function: 'lambda' } as const

/**
 * Reads a notification configuration.
 * @param region - of the bucket.
 * @throws ServiceError InvalidArgument.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html
 */
export function readNotifications(given: NotificationConfiguration, region: string): Notifications {
  const { QueueConfigurations = [], TopicConfigurations = [], LambdaFunctionConfigurations = [] } = given
  const rules = [
    ...QueueConfigurations.map((one) => ruleOf('queue', one.QueueArn, one, region)),
    ...TopicConfigurations.map((one) => ruleOf('topic', one.TopicArn, one, region)),
    ...LambdaFunctionConfigurations.map((one) => ruleOf('function', one.LambdaFunctionArn, one, region)),
  ]
  for (const [place, rule] of rules.entries()) {
    if (rules.slice(0, place).some((other) => overlaps(rule, other))) {
      throw invalidArgument(
        'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
      )
    }
  }
  return { rules, eventBridge: given.EventBridgeConfiguration !== undefined }
}

interface GivenRule {
  Id?: string | undefined
  Events?: readonly string[] | undefined
  Filter?: NotificationConfigurationFilter | undefined
}

function ruleOf(
  kind: NotificationRule['kind'],
  arn: string | undefined,
  { Id, Events = [], Filter }: GivenRule,
  region: string,
): NotificationRule {
  const parts = parseArn(arn ?? '')
  if (!arn || parts?.service !== services[kind]) {
    throw invalidArgument('The ARN could not be parsed', kind === 'function' ? 'CloudFunction' : kind, arn)
  }
  if (parts.region !== region) {
    throw invalidArgument(
      'The notification destination service region is not valid for the bucket location constraint',
      'Region',
      parts.region,
    )
  }
  if (kind !== 'function' && parts.resource.endsWith('.fifo')) {
    throw invalidArgument('Unable to validate the following destination configurations', arn, 'FIFO is not supported.')
  }
  const unknown = Events.find((event) => !knownEvents.has(event))
  if (Events.length === 0 || unknown !== undefined) {
    throw invalidArgument('The event is not supported for notifications', 'Event', unknown)
  }
  return { id: Id || randomUUID(), kind, arn, events: [...Events], ...filterOf(Filter) }
}

function filterOf(filter: NotificationConfigurationFilter | undefined): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const found: { prefix?: string; suffix?: string } = {}
  for (const { Name, Value = '' } of filter?.Key?.FilterRules ?? []) {
    const name = Name?.toLowerCase()
    if (name !== 'prefix' && name !== 'suffix') {
      throw invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', Name)
    }
    if (found[name] !== undefined) {
      throw invalidArgument(`Cannot specify more than one ${name} rule in a filter.`, 'FilterRule', name)
    }
    found[name] = Value
  }
  return { prefix: found.prefix ?? '', suffix: found.suffix ?? '' }
}

/** Returns whether one event could meet both. */
const overlaps = (one: NotificationRule, other: NotificationRule): boolean =>
  (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
  (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix)) &&
  one.events.some((event) => other.events.some((theirs) => isKindOf(event, theirs) || isKindOf(theirs, event)))

const isKindOf = (event: string, pattern: string): boolean =>
  pattern.endsWith('*') ? event.startsWith(pattern.slice(0, -1)) : event === pattern

/** The rules that an event meets. @param event - `ObjectCreated:Put` */
export const matchingRules = ({ rules }: Notifications, event: string, key: string): NotificationRule[] =>
  rules.filter(
    ({ events, prefix, suffix }) =>
      key.startsWith(prefix) && key.endsWith(suffix) && events.some((pattern) => isKindOf(`s3:${event}`, pattern)),
  )

/** The configuration as an answer shows it. */
export function shownNotifications({ rules, eventBridge }: Notifications): NotificationConfiguration {
  const of = (kind: NotificationRule['kind']) => rules.filter((rule) => rule.kind === kind)
  const common = ({ id, events, prefix, suffix }: NotificationRule) => {
    const FilterRules = [
      ...(prefix === '' ? [] : [{ Name: 'Prefix' as const, Value: prefix }]),
      ...(suffix === '' ? [] : [{ Name: 'Suffix' as const, Value: suffix }]),
    ]
    return {
      Id: id,
      // Only events of the model are taken.
      Events: [...events] as never[],
      ...(FilterRules.length > 0 && { Filter: { Key: { FilterRules: FilterRules as never[] } } }),
    }
  }
  const shown: NotificationConfiguration = {}
  const [queues, topics, functions] = [of('queue'), of('topic'), of('function')]
  if (queues.length > 0) shown.QueueConfigurations = queues.map((rule) => ({ QueueArn: rule.arn, ...common(rule) }))
  if (topics.length > 0) shown.TopicConfigurations = topics.map((rule) => ({ TopicArn: rule.arn, ...common(rule) }))
  if (functions.length > 0) {
    shown.LambdaFunctionConfigurations = functions.map((rule) => ({ LambdaFunctionArn: rule.arn, ...common(rule) }))
  }
  if (eventBridge) shown.EventBridgeConfiguration = {}
  return shown
}
