import { parseArn } from '../../core/arn.ts'
import type { ServiceMetrics } from '../../core/services/service-metrics.ts'
import type { Scope } from '../../core/store.ts'
import type { Delivery } from '../../kit/deliveries/delivery.ts'
import type { DeliveryEnd } from '../../kit/deliveries/delivery-source.ts'
import { scopeOf, type Topic } from './domain/topic.ts'

const namespace = 'AWS/SNS'

/**
 * Publishes what goes through topics.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
 */
export class TopicMetrics {
  readonly #metrics: ServiceMetrics

  constructor(metrics: ServiceMetrics) {
    this.#metrics = metrics
  }

  published(topic: Topic, bytes: number): void {
    this.#count(scopeOf(topic), topic.name, 'NumberOfMessagesPublished', 1)
    const metric = { namespace, name: 'PublishSize', dimensions: { TopicName: topic.name }, unit: 'Bytes' } as const
    this.#metrics.add({ scope: scopeOf(topic), ...metric }, bytes)
  }

  filteredOut(topic: Topic, count: number): void {
    if (count > 0) this.#count(scopeOf(topic), topic.name, 'NumberOfNotificationsFilteredOut', count)
  }

  /** Notes the end of a notification. Messages about subscriptions are not counted. */
  ended({ scope, sourceArn, about }: Delivery, end: DeliveryEnd): void {
    if (!isNotification(about)) return
    const topicName = parseArn(sourceArn)?.resource ?? ''
    if (end.outcome === 'delivered') this.#count(scope, topicName, 'NumberOfNotificationsDelivered', 1)
    else {
      this.#count(scope, topicName, 'NumberOfNotificationsFailed', 1)
      if (end.hasDeadLetter) this.#count(scope, topicName, 'NumberOfNotificationsRedrivenToDlq', 1)
    }
  }

  #count({ accountId, region }: Scope, TopicName: string, name: string, value: number): void {
    const metric = { namespace, name, dimensions: { TopicName }, unit: 'Count' } as const
    this.#metrics.add({ scope: { accountId, region }, ...metric }, value)
  }
}

const isNotification = (about: unknown): boolean =>
  (about as { isNotification?: true } | undefined)?.isNotification === true
