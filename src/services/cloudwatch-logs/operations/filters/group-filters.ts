import { BoundedMap } from '../../../../core/bounded-map.ts'
import type { Store } from '../../../../core/store.ts'
import type { MetricFilter, SubscriptionFilter } from '../../domain/filters/filter.ts'
import { type LogGroup, scopeOf } from '../../domain/log-group.ts'
import { metricFilters, subscriptionFilters } from '../../storage/collections.ts'

export interface FiltersOfGroup {
  metric: readonly MetricFilter[]
  subscription: readonly SubscriptionFilter[]
}

const none: FiltersOfGroup = { metric: [], subscription: [] }
const mostKept = 500

/** The filters of groups, as ingestion needs them: read once for each change of them. */
export class GroupFilters {
  readonly #store: Pick<Store, 'in'>
  readonly #kept = new BoundedMap<string, { version: string; filters: FiltersOfGroup }>(mostKept)

  constructor(store: Pick<Store, 'in'>) {
    this.#store = store
  }

  async of(group: LogGroup): Promise<FiltersOfGroup> {
    const { filtersVersion: version } = group
    if (version === undefined || !(group.metricFilterCount || group.subscriptionFilterCount)) return none
    const kept = this.#kept.get(group.id)
    if (kept?.version === version) return kept.filters
    const filters = await filtersOf(this.#store, group)
    this.#kept.set(group.id, { version, filters })
    return filters
  }
}

/** Reads all filters of a group. There are at most 102 of them. */
export async function filtersOf(reader: Pick<Store, 'in'>, group: LogGroup): Promise<FiltersOfGroup> {
  const options = { idPrefix: `${group.id}:` }
  const metric = await reader.in(metricFilters).list(scopeOf(group), options)
  const subscription = await reader.in(subscriptionFilters).list(scopeOf(group), options)
  return {
    metric: metric.map(({ document }) => document),
    subscription: subscription.map(({ document }) => document),
  }
}
