import type { Delivery } from '../../../../kit/deliveries/delivery.ts'
import type { StoredEvent } from '../../domain/event-block.ts'
import { eventId } from '../../domain/event-place.ts'
import type { LogGroup } from '../../domain/log-group.ts'
import type { LogsContext } from '../../logs-context.ts'
import { inThread } from '../../threads/log-threads.ts'
import { functionDeliveries, metricDeliveries } from './deliveries.ts'

/**
 * Compares a batch with the filters of its group.
 * @returns what is sent, if the batch is stored.
 */
export async function filterBatch(
  { filters }: Pick<LogsContext, 'filters'>,
  group: LogGroup,
  logStream: string,
  stored: readonly StoredEvent[],
): Promise<Delivery[]> {
  const { metric, subscription } = await filters.of(group)
  if (metric.length === 0 && subscription.length === 0) return []
  const events = stored.map(({ place, message }) => ({
    id: eventId(place),
    timeMs: place[0],
    message: message.toString(),
  }))
  const { metrics, payloads } = await inThread(group.accountId, {
    kind: 'filter',
    events,
    metrics: metric.map(({ pattern, transformation }) => ({ pattern, transformation })),
    subscriptions: subscription.map(({ name, pattern }) => ({
      pattern,
      source: { owner: group.accountId, logGroup: group.name, logStream, filterName: name },
    })),
  })
  const sent = subscription.flatMap(({ destinationArn, name }, n) =>
    functionDeliveries(group, {
      ...{ destinationArn, payloads: payloads[n] ?? [] },
      order: JSON.stringify([group.id, name, logStream]),
    }),
  )
  return [...metricDeliveries(group, metrics), ...sent]
}
