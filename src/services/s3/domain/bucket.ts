import { createHash } from 'node:crypto'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { Notifications } from './notification-rules.ts'

/** How objects are encrypted that say nothing about it. */
export interface DefaultEncryption {
  algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  /** As given: id, ARN or alias of a KMS key. Absent: the AWS managed key. */
  keyId?: string
  bucketKey: boolean
  /** Writes with keys of the customer are refused. */
  blocksCustomerKeys: boolean
}

export interface PublicAccessBlock {
  BlockPublicAcls: boolean
  IgnorePublicAcls: boolean
  BlockPublicPolicy: boolean
  RestrictPublicBuckets: boolean
}

/** How long new versions are locked where their request does not say. */
export interface DefaultRetention {
  mode: 'GOVERNANCE' | 'COMPLIANCE'
  days?: number
  years?: number
}

export interface Bucket {
  /** Unique: objects are stored under it, so that a bucket that is made again under a name is empty. */
  id: string
  name: string
  accountId: string
  region: string
  createdAtMs: number
  /** Absent: never enabled. */
  versioning?: 'Enabled' | 'Suspended'
  encryption: DefaultEncryption
  publicAccess?: PublicAccessBlock
  ownership?: 'BucketOwnerEnforced' | 'BucketOwnerPreferred'
  policy?: BoundPolicy
  tags: readonly Tag[]
  /** Present once Object Lock is enabled, for good. */
  objectLock?: { retention?: DefaultRetention }
  /** Where its events go. */
  notifications?: Notifications
  /** Documents that are shown as they were put, by what they configure. */
  configurations: Readonly<Record<string, unknown>>
}

/**
 * The state of a new bucket.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
 */
export const newBucket = (given: Pick<Bucket, 'id' | 'name' | 'accountId' | 'region' | 'createdAtMs'>): Bucket => ({
  ...given,
  encryption: defaultEncryption,
  publicAccess: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ownership: 'BucketOwnerEnforced',
  tags: [],
  configurations: {},
})

export const defaultEncryption: DefaultEncryption = { algorithm: 'AES256', bucketKey: false, blocksCustomerKeys: true }

/** The canonical user id of an account: the same at each time, as owners are shown. */
export const canonicalId = (accountId: string): string =>
  createHash('sha256').update(`strongroom canonical user ${accountId}`).digest('hex')
