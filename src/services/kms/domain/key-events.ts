import type { PublishedEvent } from '../../../core/aws-event.ts'
import type { KmsKey } from './key.ts'

/**
 * Returns what KMS tells EventBridge of a key.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
 */
export const keyEvent = (
  detailType: 'KMS CMK Deletion' | 'KMS CMK Rotation' | 'KMS Imported Key Material Expiration',
  { accountId, region, arn, keyId }: KmsKey,
  timeMs: number,
): PublishedEvent => ({
  source: 'aws.kms',
  detailType,
  scope: { accountId, region },
  timeMs,
  resources: [arn],
  detail: { 'key-id': keyId },
})
