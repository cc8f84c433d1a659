import type { ServiceMetrics } from '../../../core/services/service-metrics.ts'
import type { Delivery } from '../../../kit/deliveries/delivery.ts'
import type { DeliveryEnd } from '../../../kit/deliveries/delivery-source.ts'
import { defaultBusName, resourceOfArn } from '../domain/names.ts'

const namespace = 'AWS/Events'

/**
 * Counts how the deliveries of rules end.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export class RuleMetrics {
  readonly #metrics: ServiceMetrics

  constructor(metrics: ServiceMetrics) {
    this.#metrics = metrics
  }

  ended(delivery: Delivery, end: DeliveryEnd): void {
    if (end.outcome === 'delivered') this.#count(delivery, 'Invocations')
    else {
      this.#count(delivery, 'FailedInvocations')
      if (end.hasDeadLetter) this.#count(delivery, 'InvocationsSentToDlq')
    }
  }

  #count({ scope: { accountId, region }, sourceArn }: Delivery, name: string): void {
    const { name: RuleName = '', busName = defaultBusName } = resourceOfArn(sourceArn) ?? {}
    const dimensions = { ...(busName !== defaultBusName && { EventBusName: busName }), RuleName }
    this.#metrics.add({ scope: { accountId, region }, namespace, name, dimensions, unit: 'Count' }, 1)
  }
}
