import type { CollectionSpec } from '../../../core/store.ts'
import type { Archive } from '../domain/archive.ts'
import type { Bus } from '../domain/bus.ts'
import type { Rule } from '../domain/rule.ts'

/** By name. */
export const buses: CollectionSpec<Bus> = { name: 'eventbridge.buses' }

/** By bus and name. What targets get may hold secrets. */
export const rules: CollectionSpec<Rule> = {
  name: 'eventbridge.rules',
  indexes: { target: ({ busName, targets }) => [...new Set(targets.map(({ Arn }) => targetKey(busName, Arn)))] },
  sealed: ['targets'],
}

/** Another text after each change of what a bus's events are compared with, by the bus's name; none for a bus without rules. */
export const ruleVersions: CollectionSpec<{ version: string }> = { name: 'eventbridge.rule-versions' }

/** How many buses and connections an account has in a Region, and how many rules a bus has. */
export const busCounts: CollectionSpec<Readonly<Record<'buses', number>>> = { name: 'eventbridge.bus-counts' }
export const ruleCounts: CollectionSpec<Readonly<Record<'rules', number>>> = { name: 'eventbridge.rule-counts' }

export const ruleId = (busName: string, name: string): string => `${busName}/${name}`

export const targetKey = (busName: string, arn: string): string => `${busName}/${arn}`

/** By name. */
export const archives: CollectionSpec<Archive> = {
  name: 'eventbridge.archives',
  indexes: { bus: ({ busName }) => [busName] },
}
