import { randomInt, randomUUID } from 'node:crypto'
import { dayMs, hourMs, minuteMs } from '../../../core/durations.ts'
import type { IdentityDirectory } from '../../../core/identity.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import type { DocumentReader, Transaction } from '../../../core/store.ts'
import { cloudtrailPrincipal } from '../delivery/bucket-writer.ts'
import type { Dashboard, RefreshSchedule, Widget } from '../domain/lake/dashboard.ts'
import { lakePolicies } from '../domain/lake/policies.ts'
import { readLakeStatement } from '../domain/lake/statement.ts'
import { dashboardAt, dashboards } from '../storage/lake-dashboards.ts'
import { hasEnded, lakeQueries } from '../storage/lake-queries.ts'
import { storeById } from '../storage/lake-stores.ts'
import { everywhere } from '../storage/trails.ts'
import { refreshWork } from './kinds.ts'
import { scheduleQuery } from './run-query.ts'
import type { LakeHost } from './write-events.ts'

/** What stands for `$StartTime$` and the like in a refresh. */
export type ParameterValues = Readonly<Record<string, string>>

/** Returns the values of a refresh that names none: the last day. */
export const usualValues = (nowMs: number): ParameterValues => ({
  $StartTime$: timeOf(nowMs - dayMs),
  $EndTime$: timeOf(nowMs),
  $Period$: 'hour',
})

const timeOf = (atMs: number) => new Date(atMs).toISOString().replace('T', ' ').slice(0, 19)

/** Returns the statement of a widget with its parameters, in their order, in place of its question marks. */
export function statementOf({ statement, parameters }: Widget, values: ParameterValues): string {
  const texts = parameters.map((parameter) => values[parameter] ?? parameter)
  let next = 0
  return statement.replace(/'(?:[^']|'')*'|\?/g, (part) => {
    if (part !== '?') return part
    const text = texts[next++]
    return text === undefined ? part : `'${text.replaceAll("'", "''")}'`
  })
}

/** Returns whether a refresh of a dashboard has not ended. */
export async function isRefreshing(reader: DocumentReader, dashboard: Dashboard): Promise<boolean> {
  if (dashboard.lastRefreshId === undefined) return false
  const index = { name: 'refresh', value: dashboard.lastRefreshId }
  const found = await reader.in(lakeQueries).list(dashboard, { index })
  return found.some(({ document }) => !hasEnded(document))
}

/** Has all queries of a dashboard run. @returns the id of the refresh. */
export async function beginRefresh(
  tx: Transaction,
  dashboard: Dashboard,
  values: ParameterValues,
  nowMs: number,
): Promise<string> {
  const refreshId = `${nowMs}${randomInt(1000, 10_000)}`
  const { accountId, region } = dashboard
  for (const widget of dashboard.widgets) {
    const statement = statementOf(widget, values)
    const { stores: storeIds } = readLakeStatement(statement)
    const query = {
      ...{ id: randomUUID(), accountId, region, statement, storeIds, createdAtMs: nowMs },
      ...{ status: 'QUEUED' as const, alias: widget.alias, refreshId },
    }
    await tx.in(lakeQueries).put({ accountId, region }, query.id, query)
    await scheduleQuery(tx, query)
  }
  await tx.in(dashboards).put(everywhere, dashboard.arn, { ...dashboard, lastRefreshId: refreshId })
  return refreshId
}

/** Schedules the next refresh of a dashboard, or none. */
export async function scheduleRefresh(tx: Transaction, { arn, schedule }: Dashboard, nowMs: number): Promise<void> {
  if (!schedule?.isEnabled) return tx.unschedule(refreshWork, arn)
  const dueAtMs = nextRefresh(schedule, nowMs)
  return tx.schedule({ kind: refreshWork, key: arn, dueAtMs, scope: everywhere, payload: {} })
}

function nextRefresh({ unit, value, timeOfDay }: RefreshSchedule, nowMs: number): number {
  const stepMs = value * (unit === 'DAYS' ? dayMs : hourMs)
  const [hours = 0, minutes = 0] = (timeOfDay ?? '').split(':').map(Number)
  const offsetMs = hours * hourMs + minutes * minuteMs
  return (Math.floor((nowMs - offsetMs) / stepMs) + 1) * stepMs + offsetMs
}

interface RefreshHost extends LakeHost {
  calls: ServiceCalls
  identity: IdentityDirectory
}

/** Refreshes a dashboard by its schedule, as CloudTrail: where the policies of the stores and of the dashboard let it. */
export const refreshRunner =
  (host: RefreshHost): WorkRunner =>
  async ({ key }) => {
    const dashboard = await dashboardAt(host.store, key)
    if (!dashboard?.schedule?.isEnabled) return async () => undefined
    const isAllowed = await mayRefresh(host, dashboard)
    const nowMs = host.clock.nowMs()
    return async (tx) => {
      const present = await dashboardAt(tx, key)
      if (!present) return
      if (isAllowed && !(await isRefreshing(tx, present))) await beginRefresh(tx, present, usualValues(nowMs), nowMs)
      await scheduleRefresh(tx, present, nowMs)
    }
  }

async function mayRefresh({ calls, identity, store }: RefreshHost, dashboard: Dashboard): Promise<boolean> {
  const { accountId, region, arn, policy } = dashboard
  const caller = servicePrincipal(cloudtrailPrincipal, dashboard)
  const own = policy && (await lakePolicies.dashboard.inForce(identity, policy))
  const onDashboard = { action: 'cloudtrail:StartDashboardRefresh', resource: arn, resourceAccountId: accountId }
  if (!(await calls.allows({ caller, region }, { ...onDashboard, ...(own && { policy: own }) }))) return false
  const ids = new Set(dashboard.widgets.flatMap(({ statement }) => readLakeStatement(statement).stores))
  for (const id of ids) {
    const found = await storeById(store, id)
    if (!found || found.status === 'PENDING_DELETION') return false
    const ofStore = found.policy && (await lakePolicies.store.inForce(identity, found.policy))
    const permission = { action: 'cloudtrail:StartQuery', resource: found.arn, resourceAccountId: found.accountId }
    if (!(await calls.allows({ caller, region }, { ...permission, ...(ofStore && { policy: ofStore }) }))) return false
  }
  return true
}
