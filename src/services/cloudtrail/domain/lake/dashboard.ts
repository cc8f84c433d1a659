import type { BoundPolicy } from '../../../../kit/resource-policies/bound-principals.ts'

/** A query of a dashboard, and how its rows are shown. */
export interface Widget {
  /** Unique in the dashboard. */
  alias: string
  statement: string
  parameters: readonly string[]
  view: Readonly<Record<string, string>>
}

export interface RefreshSchedule {
  unit: 'HOURS' | 'DAYS'
  value: number
  isEnabled: boolean
  timeOfDay?: string
}

/** Queries over event data stores that are run together. */
export interface Dashboard {
  arn: string
  name: string
  accountId: string
  region: string
  widgets: readonly Widget[]
  isProtected: boolean
  schedule?: RefreshSchedule
  status: 'CREATED' | 'UPDATED'
  tags: readonly { Key: string; Value: string }[]
  createdAtMs: number
  updatedAtMs: number
  lastRefreshId?: string
  policy?: BoundPolicy
}
