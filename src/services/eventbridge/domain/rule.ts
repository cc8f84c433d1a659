import type { Target as SdkTarget } from '@aws-sdk/client-eventbridge'
import type { Tag } from '../../../kit/tags.ts'

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'

/** A target as it was put; its Id and Arn are there. */
export type Target = SdkTarget & { Id: string; Arn: string }

export interface Rule {
  name: string
  busName: string
  arn: string
  state: RuleState
  pattern?: string
  schedule?: string
  description?: string
  roleArn?: string
  tags: readonly Tag[]
  targets: readonly Target[]
  /** The account that made it. */
  createdBy: string
  /** From when a rate counts. */
  startMs: number
}

/** How many targets a rule has at most. */
export const mostTargets = 5
