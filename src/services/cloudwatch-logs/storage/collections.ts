import type { CollectionSpec } from '../../../core/store.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import { type MetricFilter, metricKey, type SubscriptionFilter } from '../domain/filters/filter.ts'
import type { LogGroup } from '../domain/log-group.ts'

/** By name. */
export const groups: CollectionSpec<LogGroup> = { name: 'logs.groups', sealed: ['ownKey'] }

/** By the ids of their groups and their names. */
export const metricFilters: CollectionSpec<MetricFilter> = {
  name: 'logs.metric-filters',
  indexes: {
    metric: ({ transformation: { metricNamespace, metricName } }) => [metricKey(metricNamespace, metricName)],
  },
}

/** By the ids of their groups and their names. */
export const subscriptionFilters: CollectionSpec<SubscriptionFilter> = { name: 'logs.subscription-filters' }

/** A policy over all groups of an account and Region. */
export interface NamedPolicy {
  name: string
  policy: BoundPolicy
  updatedAtMs: number
  revisionId: string
}

/** One document for each account and Region, with the policies in order of their names: every call needs all of them. */
export const accountPolicies: CollectionSpec<{ policies: readonly NamedPolicy[] }> = { name: 'logs.account-policies' }
