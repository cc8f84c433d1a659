import { publishEvent } from '../../../../core/aws-event.ts'
import type { Call } from '../../../../core/call.ts'
import { hourMs, secondMs } from '../../../../core/durations.ts'
import { accountOf, userIdOf } from '../../../../core/principal.ts'
import type { Transaction } from '../../../../core/store.ts'
import { type Deliveries, deliveriesOf } from '../../../../kit/deliveries/deliveries.ts'
import { callTarget, type DeliveryTarget } from '../../../../kit/deliveries/delivery.ts'
import { toFunction, toQueue } from '../../../../kit/deliveries/targets.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { matchingRules, type NotificationRule } from '../../domain/notification-rules.ts'
import type { Version } from '../../domain/object.ts'
import { bridgeEvent, notificationMessage, type ObjectEvent, sequencerOf } from '../../domain/object-events.ts'
import type { S3Context } from '../../s3-context.ts'

export const s3Principal = 's3.amazonaws.com'

const pausesMs = [secondMs, 5 * secondMs, 30 * secondMs, 60 * secondMs]
const retry = { retries: 100, maxAgeMs: 6 * hourMs }

/** Takes notifications to queues, topics and functions, as S3's principal. */
export const notificationDeliveries = (): Deliveries =>
  deliveriesOf({
    ...{ name: 's3', principal: s3Principal },
    pauseMs: (failures) => pausesMs[failures - 1] ?? 5 * 60 * secondMs,
  })

/** What of an object an event reports. */
export interface Happened {
  /** `ObjectCreated:Put` */
  name: string
  version: Pick<Version, 'key' | 'place' | 'versionId'>
  bytes?: number
  etag?: string
}

/** Who did what is reported, and when. */
export interface NotifyFrom {
  deliveries: Deliveries
  requestId: string
  nowMs: number
  /** A service that acts of its own accord, or the call of a client. */
  by: string | Pick<Call, 'caller' | 'source'>
}

/** Reports what a call does to an object. */
export const notifyOf = ({ call, deliveries }: S3Context, tx: Transaction, bucket: Bucket, happened: Happened) =>
  notify({ deliveries, requestId: call.requestId, nowMs: call.clock.nowMs(), by: call }, tx, bucket, happened)

/** Reports what a transaction does to an object, to whom the bucket's configuration names. */
export async function notify(
  { deliveries, requestId, nowMs: timeMs, by }: NotifyFrom,
  tx: Transaction,
  bucket: Bucket,
  { name, version, bytes, etag }: Happened,
): Promise<void> {
  const { notifications } = bucket
  if (!notifications) return
  const { key, place, versionId } = version
  const rules = matchingRules(notifications, name, key)
  if (rules.length === 0 && !notifications.eventBridge) return
  const event: ObjectEvent = {
    ...{ name, bucket, key, timeMs, sequencer: sequencerOf(timeMs, place) },
    ...(bucket.versioning && { versionId }),
    ...(bytes !== undefined && { bytes }),
    ...(etag !== undefined && { etag }),
    ...{ requestId, ...authorOf(by) },
  }
  const scope = { accountId: bucket.accountId, region: bucket.region }
  const sourceArn = bucketArn(bucket.name)
  for (const rule of rules) {
    const target = targetOf(rule, notificationMessage(event, rule.id))
    await deliveries.enqueue(tx, { scope, sourceArn, target, retry }, timeMs)
  }
  if (notifications.eventBridge) {
    const published = { source: 'aws.s3', scope, timeMs, resources: [sourceArn], ...bridgeEvent(event) }
    await publishEvent(tx, published)
  }
}

function authorOf(by: NotifyFrom['by']): Pick<ObjectEvent, 'sourceIp' | 'principalId' | 'requester'> {
  if (typeof by === 'string') return { sourceIp: by, principalId: by, requester: by }
  const { principal } = by.caller
  const requester = accountOf(principal) ?? (principal.kind === 'service' ? principal.service : 'anonymous')
  return { sourceIp: by.source.ip, principalId: userIdOf(principal), requester }
}

/** Returns where a rule's messages go. */
export function targetOf({ kind, arn }: Pick<NotificationRule, 'kind' | 'arn'>, message: string): DeliveryTarget {
  if (kind === 'queue') return toQueue(arn, { MessageBody: message })
  if (kind === 'function') return toFunction(arn, message)
  const region = arn.split(':')[3] ?? ''
  const input = { TopicArn: arn, Message: message, Subject: 'Amazon S3 Notification' }
  return callTarget({ arn, region, service: 'sns', operation: 'Publish', input })
}
