import { dayMs, minuteMs, secondMs } from '../../../../core/durations.ts'
import { servicePrincipal } from '../../../../core/services/service-calls.ts'
import type { ServiceHost } from '../../../../core/services/service-module.ts'
import { type Deliveries, deliveriesOf } from '../../../../kit/deliveries/deliveries.ts'
import type { Delivery } from '../../../../kit/deliveries/delivery.ts'
import { failureOf } from '../../../../kit/deliveries/failure.ts'
import { toFunction } from '../../../../kit/deliveries/targets.ts'
import type { MetricPoints } from '../../domain/filters/filter-events.ts'
import { type LogGroup, scopeOf } from '../../domain/log-group.ts'

/** What the metric filters of a group have made of a batch, in one namespace. */
interface MetricInput {
  namespace: string
  points: readonly MetricPoints[]
}

const principal = 'logs.amazonaws.com'

/** Retries for as long as AWS does. */
const retry = { retries: 1000, maxAgeMs: dayMs }

/** The service principal that functions see. Policies may name it with or without the Region. */
export const subscriptionPrincipal = (region: string): string => `logs.${region}.amazonaws.com`

/** Opens the outbox of what CloudWatch Logs sends to functions and to CloudWatch. */
export const logsDeliveries = ({ calls }: Pick<ServiceHost, 'calls'>): Deliveries =>
  deliveriesOf({
    ...{ name: 'logs', principal },
    principalOf: ({ scope }) => subscriptionPrincipal(scope.region),
    pauseMs: (failures) => Math.min(secondMs * 2 ** Math.min(failures, 10), 5 * minuteMs),
    senders: {
      async metrics(input, { scope, sourceArn }) {
        const { namespace, points } = input as MetricInput
        const caller = servicePrincipal(principal, { arn: sourceArn, accountId: scope.accountId })
        const call = { caller, region: scope.region, service: 'monitoring', operation: 'PutMetricData' } as const
        await publish(points, (some) =>
          calls.invoke({ ...call, input: { Namespace: namespace, MetricData: some.map(datumOf) } }),
        )
      },
    },
  })

/**
 * Publishes points, but for those that CloudWatch refuses: dimensions and values come from events, and what is wrong with one of them
 * must not keep the others back.
 */
async function publish(
  points: readonly MetricPoints[],
  put: (points: readonly MetricPoints[]) => Promise<unknown>,
): Promise<void> {
  try {
    await put(points)
  } catch (refusal) {
    if (!failureOf(refusal)?.isPermanent || points.length === 1) throw refusal
    const middle = points.length >> 1
    for (const half of [points.slice(0, middle), points.slice(middle)]) {
      await publish(half, put).catch((refused) => {
        if (!failureOf(refused)?.isPermanent) throw refused
      })
    }
  }
}

const datumOf = ({ name, dimensions, unit, atMs, values, counts }: MetricPoints) => ({
  MetricName: name,
  Dimensions: dimensions.map((dimension) => ({ Name: dimension.name, Value: dimension.value })),
  Timestamp: new Date(atMs),
  Values: [...values],
  Counts: [...counts],
  ...(unit !== undefined && { Unit: unit as 'None' }),
})

/** As many as one PutMetricData may have. */
const mostData = 1000

/** Makes the deliveries of points: one for each namespace, and for each thousand of them. */
export function metricDeliveries(group: LogGroup, points: readonly MetricPoints[]): Delivery[] {
  const byNamespace = Map.groupBy(points, ({ namespace }) => namespace)
  return [...byNamespace].flatMap(([namespace, all]) =>
    Array.from({ length: Math.ceil(all.length / mostData) }, (_, n) => {
      const input: MetricInput = { namespace, points: all.slice(n * mostData, (n + 1) * mostData) }
      const arn = `arn:aws:cloudwatch:${group.region}:${group.accountId}:metric/${namespace}`
      return { scope: scopeOf(group), sourceArn: group.arn, retry, target: { arn, sender: 'metrics', input } }
    }),
  )
}

/** The ARN that functions' policies name, with what follows the name of the group. */
export const subscriptionSourceArn = ({ arn }: Pick<LogGroup, 'arn'>): string => `${arn}:*`

/** Makes the deliveries of what a subscription sends to a function. Those of one stream stay in order. */
export const functionDeliveries = (
  group: LogGroup,
  { destinationArn, payloads, order }: { destinationArn: string; payloads: readonly string[]; order: string },
): Delivery[] =>
  payloads.map((payload) => ({
    ...{ scope: scopeOf(group), sourceArn: subscriptionSourceArn(group), retry, order },
    target: toFunction(destinationArn, payload),
  }))
