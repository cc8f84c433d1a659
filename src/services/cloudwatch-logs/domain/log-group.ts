import type { Scope } from '../../../core/store.ts'
import { classNotBuilt, notInClass } from './errors.ts'

export type LogGroupClass = 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY'

export interface LogGroup {
  name: string
  arn: string
  accountId: string
  region: string
  /** Unique among all groups that ever had the name. */
  id: string
  createdAtMs: number
  logGroupClass: LogGroupClass
  deletionProtected: boolean
  retentionDays?: number
  /** ARN of the key that encrypts what is ingested from now on. */
  kmsKeyArn?: string
  tags: Readonly<Record<string, string>>
  /** How many there are; none when absent. */
  metricFilterCount?: number
  subscriptionFilterCount?: number
  /** Another one with every change of its filters. */
  filtersVersion?: string
  /** Base64: the key that events are sealed with where no key of KMS is associated. */
  ownKey: string
}

export const scopeOf = ({ accountId, region }: LogGroup): Scope => ({ accountId, region })

export const retentionChoices: ReadonlySet<number> = new Set([
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
])

/** Events of groups of the class DELIVERY are kept for two days, whatever is asked for. */
export const deliveryRetentionDays = 2

/** @throws ServiceError InvalidParameterException - AWS's newest class, which has no documented behaviour. */
export function classOf(asked: string = 'STANDARD'): LogGroupClass {
  if (asked !== 'STANDARD' && asked !== 'INFREQUENT_ACCESS' && asked !== 'DELIVERY') throw classNotBuilt(asked)
  return asked
}

/** @throws ServiceError InvalidParameterException - the operation is for groups of the class STANDARD alone. */
export function checkStandard({ logGroupClass }: LogGroup, operation: string): void {
  if (logGroupClass !== 'STANDARD') throw notInClass(operation, logGroupClass)
}
