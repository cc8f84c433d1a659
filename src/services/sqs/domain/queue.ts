import type { Scope } from '../../../core/store.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import { type AttributeName, attributeDefaults } from './queue-attributes.ts'

export interface Queue {
  name: string
  arn: string
  accountId: string
  region: string
  /** Unique among all queues that ever had the name. */
  id: string
  /** What its messages are stored under. PurgeQueue gives it a new one. */
  messagesId: string
  createdAtMs: number
  modifiedAtMs: number
  purgedAtMs?: number
  /** As they were set, but for the policy; those that are missing have their defaults. */
  attributes: Readonly<Partial<Record<AttributeName, string>>>
  policy?: BoundPolicy
  tags: Readonly<Record<string, string>>
}

export const isFifo = ({ name }: Pick<Queue, 'name'>): boolean => name.endsWith('.fifo')

export const scopeOf = ({ accountId, region }: Queue): Scope => ({ accountId, region })

/** The value of an attribute that is a number. */
export const numberOf = ({ attributes }: Pick<Queue, 'attributes'>, name: keyof typeof attributeDefaults): number =>
  Number(attributes[name] ?? attributeDefaults[name])

export interface RedrivePolicy {
  deadLetterTargetArn: string
  maxReceiveCount: number
}

export interface RedriveAllowPolicy {
  redrivePermission: 'allowAll' | 'denyAll' | 'byQueue'
  sourceQueueArns?: readonly string[]
}

export function redrivePolicyOf({ attributes }: Pick<Queue, 'attributes'>): RedrivePolicy | undefined {
  if (!attributes.RedrivePolicy) return undefined
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(attributes.RedrivePolicy)
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) }
}

/** Returns whether a dead-letter queue takes the messages of a queue. */
export function allowsRedriveFrom({ attributes }: Pick<Queue, 'attributes'>, sourceArn: string): boolean {
  if (!attributes.RedriveAllowPolicy) return true
  const { redrivePermission, sourceQueueArns = [] } = JSON.parse(attributes.RedriveAllowPolicy) as RedriveAllowPolicy
  return redrivePermission === 'allowAll' || (redrivePermission === 'byQueue' && sourceQueueArns.includes(sourceArn))
}

export type Encryption = { kind: 'kms'; keyId: string; reuseSeconds: number } | { kind: 'sqs' }

/** Returns how messages that come now are encrypted, beside the sealing of everything that is stored. */
export function encryptionOf(queue: Pick<Queue, 'attributes'>): Encryption {
  const keyId = queue.attributes.KmsMasterKeyId
  if (!keyId) return { kind: 'sqs' }
  return { kind: 'kms', keyId, reuseSeconds: numberOf(queue, 'KmsDataKeyReusePeriodSeconds') }
}
