import { dayMs } from '../../../core/durations.ts'
import type { Caller } from '../../../core/principal.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'

/** A secret without its values. Times are epoch milliseconds. Kept under its name. */
export interface Secret {
  accountId: string
  region: string
  name: string
  arn: string
  /** Names its versions in the store; a secret made anew under an old name has another. */
  uid: string
  createdAtMs: number
  changedAtMs: number
  /** Midnight, UTC, of the last day on which a value was read. */
  accessedDayMs?: number
  /** Empty when there is none. */
  description: string
  /** As given; absent for the key `aws/secretsmanager`. */
  kmsKeyId?: string
  /** In the order in which they were given; absent if there never were any. */
  tags?: readonly Tag[]
  policy?: BoundPolicy
  /** Staging label → version id: a label is on one version, and this is the one place that says on which. */
  stages: Readonly<Record<string, string>>
  versionCount: number
  /** When versions beyond the quota are removed next. */
  pruneAtMs?: number
  deletion?: ScheduledDeletion
  /** Present once rotation was configured. */
  rotation?: RotationSettings
  /** On a primary with replicas, and on replicas: where the primary is. */
  primaryRegion?: string
  /** Of a primary, in order of region. */
  replicas: readonly Replica[]
  /** The service that made the secret and alone changes it: `rds`. */
  owningService?: string
}

export interface ScheduledDeletion {
  deletedAtMs: number
  /** From when the secret no longer exists. */
  purgeAtMs: number
}

export interface RotationRules {
  /** Given, or for a schedule expression computed after each success. */
  automaticallyAfterDays?: number
  scheduleExpression?: string
  /** `3h` */
  duration?: string
}

export interface RotationSettings {
  enabled: boolean
  lambdaArn?: string
  rules?: RotationRules
  /** When the rules were given: the grid of a rate in hours begins at midnight of that day. */
  rulesSetAtMs: number
  /** The last success of a rotation. */
  rotatedAtMs?: number
  /** The last rotation or manual change of the current value: what intervals in days count from. */
  renewedAtMs: number
  next?: RotationWindow
}

/** From `startMs` until `endMs`, the window's latest moment. */
export interface RotationWindow {
  startMs: number
  endMs: number
}

export interface Replica {
  region: string
  /** As given; absent for the key `aws/secretsmanager` of that region. */
  kmsKeyId?: string
  status: 'InProgress' | 'InSync' | 'Failed'
  statusMessage?: string
  /** A secret of that name in the region gives way. */
  overwrite: boolean
  /** Who asked for the replica: each copy reads and encrypts values with this caller's permissions. */
  authority: Caller
}

/** One version of a secret's value. Kept under the secret's uid and the version's id. */
export interface SecretVersion {
  secretUid: string
  versionId: string
  createdAtMs: number
  /** Midnight, UTC. */
  accessedDayMs?: number
  /** The key that encrypts it, as the secret named it then; absent for `aws/secretsmanager`. */
  kmsKeyId?: string
  /** Absent while a rotation has not written it yet. */
  value?: EncryptedValue
  /** In a replica: the nonce of the primary's value that this one is a copy of. */
  copyOf?: string
}

/** A value under its own data key, and the data key under a KMS key; all base64. */
export interface EncryptedValue {
  kind: ValueKind
  wrappedKey: string
  nonce: string
  /** With the authentication tag behind it. */
  ciphertext: string
}

export type ValueKind = 'SecretString' | 'SecretBinary'

/** A value in clear: in memory alone. */
export interface PlainValue {
  kind: ValueKind
  bytes: Uint8Array
}

export const isReplica = ({ primaryRegion, region }: Secret): boolean =>
  primaryRegion !== undefined && primaryRegion !== region

/** Midnight, UTC, of the day of a time. */
export const dayOf = (timeMs: number): number => timeMs - (timeMs % dayMs)
