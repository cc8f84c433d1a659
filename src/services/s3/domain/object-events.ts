import { hostIdOf } from '../../../core/host-id.ts'
import type { Bucket } from './bucket.ts'
import { canonicalId } from './bucket.ts'
import { bucketArn } from './bucket-name.ts'
import { urlEncoded } from './url-encoded.ts'

/** Something that happened to an object, as notifications report it. */
export interface ObjectEvent {
  /** `ObjectCreated:Put` */
  name: string
  bucket: Bucket
  key: string
  /** Absent where versions are not kept. */
  versionId?: string | undefined
  bytes?: number
  etag?: string
  timeMs: number
  /** Orders the events of one key. */
  sequencer: string
  requestId: string
  sourceIp: string
  /** Of the caller, and its account or service. */
  principalId: string
  requester: string
}

/** Makes the text by which events of one key are ordered: hexadecimal digits. @param place - of the version. */
export const sequencerOf = (timeMs: number, place: number): string =>
  (Math.floor(timeMs).toString(16).padStart(12, '0') + Math.abs(place).toString(16).padStart(6, '0')).toUpperCase()

/**
 * Makes the message of a notification. Keys are encoded as in URLs.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function notificationMessage(event: ObjectEvent, configurationId: string): string {
  const { bucket, key, versionId, bytes, etag } = event
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: bucket.region,
        eventTime: new Date(event.timeMs).toISOString(),
        eventName: event.name,
        userIdentity: { principalId: `AWS:${event.principalId}` },
        requestParameters: { sourceIPAddress: event.sourceIp },
        responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': hostIdOf(event.requestId) },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: {
            name: bucket.name,
            ownerIdentity: { principalId: canonicalId(bucket.accountId) },
            arn: bucketArn(bucket.name),
          },
          object: {
            key: urlEncoded(key),
            ...(bytes !== undefined && { size: bytes }),
            ...(etag !== undefined && { eTag: etag }),
            ...(versionId !== undefined && { versionId }),
            sequencer: event.sequencer,
          },
        },
      },
    ],
  })
}

/** Makes the message with which S3 tries a destination. */
export const testMessage = (bucket: string, timeMs: number, requestId: string): string =>
  JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(timeMs).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostIdOf(requestId),
  })

const detailTypes: Readonly<Record<string, string>> = {
  ObjectCreated: 'Object Created',
  ObjectRemoved: 'Object Deleted',
  'ObjectTagging:Put': 'Object Tags Added',
  'ObjectTagging:Delete': 'Object Tags Deleted',
  ObjectAcl: 'Object ACL Updated',
  LifecycleExpiration: 'Object Deleted',
  LifecycleTransition: 'Object Storage Class Changed',
}

const reasons: Readonly<Record<string, string>> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Post': 'POST Object',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
  'LifecycleExpiration:Delete': 'Lifecycle Expiration',
  'LifecycleExpiration:DeleteMarkerCreated': 'Lifecycle Expiration',
}

const deletions: Readonly<Record<string, string>> = {
  'ObjectRemoved:Delete': 'Permanently Deleted',
  'ObjectRemoved:DeleteMarkerCreated': 'Delete Marker Created',
  'LifecycleExpiration:Delete': 'Permanently Deleted',
  'LifecycleExpiration:DeleteMarkerCreated': 'Delete Marker Created',
}

/**
 * Makes the event for EventBridge. Keys stand as they are.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function bridgeEvent(event: ObjectEvent): { detailType: string; detail: Record<string, unknown> } {
  const { name, bucket, key, versionId, bytes, etag } = event
  const [kind = ''] = name.split(':')
  return {
    detailType: detailTypes[name] ?? detailTypes[kind] ?? kind,
    detail: {
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key,
        ...(bytes !== undefined && { size: bytes }),
        ...(etag !== undefined && { etag }),
        ...(versionId !== undefined && { 'version-id': versionId }),
        sequencer: event.sequencer,
      },
      'request-id': event.requestId,
      requester: event.requester,
      'source-ip-address': event.sourceIp,
      ...(reasons[name] !== undefined && { reason: reasons[name] }),
      ...(deletions[name] !== undefined && { 'deletion-type': deletions[name] }),
    },
  }
}
