import { dayMs, minuteMs } from '../../../core/durations.ts'
import type { Transaction } from '../../../core/store.ts'
import { deliveriesOf } from '../../../kit/deliveries/deliveries.ts'
import { callTarget } from '../../../kit/deliveries/delivery.ts'
import type { Trail } from '../domain/trail.ts'
import { noteDelivery } from '../storage/statuses.ts'
import { cloudtrailPrincipal } from './bucket-writer.ts'

interface About {
  trail: Pick<Trail, 'id' | 'accountId'>
  region: string
}

/** Announces files on the topics of trails. */
export const notices = deliveriesOf({
  name: 'cloudtrail',
  principal: cloudtrailPrincipal,
  pauseMs: (failures) => Math.min(minuteMs * 2 ** failures, 30 * minuteMs),
  ended: async (tx, { about }, end) => {
    const { trail, region, atMs } = about as About & { atMs: number }
    const error = end.outcome === 'given-up' ? end.failure.code : undefined
    await noteDelivery(tx, trail, region, 'notices', { atMs, error })
  },
})

/** Announces files that were delivered together: `{"s3Bucket":"…","s3ObjectKey":["…"]}`. */
export async function announceFiles(
  tx: Transaction,
  trail: Trail,
  region: string,
  { arn }: NonNullable<Trail['topic']>,
  { bucket, keys }: { bucket: string; keys: readonly string[] },
  nowMs: number,
): Promise<void> {
  const Message = JSON.stringify({ s3Bucket: bucket, s3ObjectKey: keys })
  const topicRegion = arn.split(':')[3] ?? trail.homeRegion
  const { id, accountId } = trail
  const delivery = {
    scope: { accountId, region: trail.homeRegion },
    sourceArn: trail.arn,
    target: callTarget({
      arn,
      region: topicRegion,
      service: 'sns',
      operation: 'Publish',
      input: { TopicArn: arn, Message },
    }),
    retry: { retries: 100, maxAgeMs: dayMs },
    about: { trail: { id, accountId }, region, atMs: nowMs },
  }
  await notices.enqueue(tx, delivery, nowMs)
}
