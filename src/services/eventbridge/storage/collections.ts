import type { CollectionSpec } from '../../../core/store.ts'
import { type Counters, counters } from '../../../kit/counters.ts'
import { type Archive, isActive, type Replay } from '../domain/archive.ts'
import type { Bus } from '../domain/bus.ts'
import type { BusEvent } from '../domain/bus-event.ts'
import type { ApiDestination, Connection } from '../domain/connection.ts'
import { limitExceeded } from '../domain/errors.ts'
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

/** By what an archive's events are stored under, and their time: events may hold secrets. */
export const archivedEvents: CollectionSpec<{ event: BusEvent }> = {
  name: 'eventbridge.archived-events',
  sealed: ['event'],
}

/** How many events an archive has, and how many bytes they are, by the archive's id. */
export const archiveSizes: CollectionSpec<{ events: number; bytes: number }> = { name: 'eventbridge.archive-sizes' }

/** By name. */
export const replays: CollectionSpec<Replay> = {
  name: 'eventbridge.replays',
  indexes: { active: ({ state }) => (isActive(state) ? ['yes'] : []) },
}

/** Times as texts in their order. */
export const timeKey = (timeMs: number): string => String(Math.max(0, Math.floor(timeMs))).padStart(15, '0')

/** By name. */
export const connections: CollectionSpec<Connection> = { name: 'eventbridge.connections' }

/** By name. */
export const apiDestinations: CollectionSpec<ApiDestination> = {
  name: 'eventbridge.api-destinations',
  indexes: { connection: ({ connectionArn }) => [connectionArn] },
}

const connectionCounts: CollectionSpec<Readonly<Record<'connections' | 'destinations', number>>> = {
  name: 'eventbridge.connection-counts',
}

/** How many connections and API destinations an account has in a Region. */
export const countOfConnections: Counters<'connections' | 'destinations'> = counters({
  collection: connectionCounts,
  none: { connections: 0, destinations: 0 },
  quotas: {
    connections: { most: 3000, exceeded: limitExceeded },
    destinations: { most: 3000, exceeded: limitExceeded },
  },
})
