import { minuteMs } from '../../../core/durations.ts'
import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'
import { clientTokenCollection, clientTokens, type UsedToken } from '../../../kit/client-tokens.ts'
import { type Counters, counters } from '../../../kit/counters.ts'
import { quotaExceeded, tokenUsed } from '../domain/errors.ts'
import { defaultGroupName } from '../domain/names.ts'
import type { Schedule, ScheduleGroup } from '../domain/schedule.ts'

/** By group and name. What targets get may hold secrets. */
export const schedules: CollectionSpec<Schedule> = { name: 'eventbridgescheduler.schedules', sealed: ['target'] }

/** By name. The default group is there without a document. */
export const groups: CollectionSpec<ScheduleGroup> = { name: 'eventbridgescheduler.groups' }

const counts: CollectionSpec<Readonly<Record<'groups', number>>> = { name: 'eventbridgescheduler.counts' }

const mostGroups = 500

export const countOfGroups: Counters<'groups'> = counters({
  collection: counts,
  none: { groups: 0 },
  quotas: { groups: { most: mostGroups, exceeded: () => quotaExceeded('schedule groups', mostGroups) } },
})

const usedTokens: CollectionSpec<UsedToken> = { name: 'eventbridgescheduler.client-tokens', ...clientTokenCollection }

export const requestTokens = clientTokens({ collection: usedTokens, windowMs: 5 * minuteMs, mismatch: tokenUsed })

export const scheduleId = (group: string, name: string): string => `${group}/${name}`

/** The group of a name; undefined for one that does not exist. */
export async function readGroup(
  reader: Pick<Store, 'in'>,
  { accountId, region }: Scope,
  name: string,
): Promise<ScheduleGroup | undefined> {
  if (name === defaultGroupName) return { name, id: '', createdAtMs: 0, modifiedAtMs: 0, tags: [] }
  return reader.in(groups).get({ accountId, region }, name)
}
