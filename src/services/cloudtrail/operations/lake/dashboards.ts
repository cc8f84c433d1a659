import { randomUUID } from 'node:crypto'
import type {
  CreateDashboardRequest,
  CreateDashboardResponse,
  DeleteDashboardRequest,
  GetDashboardRequest,
  GetDashboardResponse,
  ListDashboardsRequest,
  ListDashboardsResponse,
  RequestWidget,
  StartDashboardRefreshRequest,
  StartDashboardRefreshResponse,
  UpdateDashboardRequest,
  UpdateDashboardResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { createdTagKeys, resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { eventDataStoreNotFound, resourceNotFound } from '../../domain/errors.ts'
import type { Dashboard, RefreshSchedule, Widget } from '../../domain/lake/dashboard.ts'
import {
  conflict,
  invalidQueryStatement,
  managedDashboardsNotBuilt,
  quotaExceeded,
  storeInactive,
} from '../../domain/lake/errors.ts'
import { lakePolicies } from '../../domain/lake/policies.ts'
import { readLakeStatement } from '../../domain/lake/statement.ts'
import { dashboardArn, eventDataStoreArn } from '../../domain/resource-names.ts'
import { resourceTags } from '../../domain/tags.ts'
import { beginRefresh, isRefreshing, scheduleRefresh, statementOf, usualValues } from '../../lake/refresh-dashboard.ts'
import { dashboardAt, dashboards, dashboardsOf } from '../../storage/lake-dashboards.ts'
import { storeById } from '../../storage/lake-stores.ts'
import { everywhere } from '../../storage/trails.ts'
import { storePermission } from './find-store.ts'
import { pageOf } from './pages.ts'
import { checkStatement } from './queries.ts'

const mostDashboards = 100
const mostWidgets = 10

export const onNewDashboard = (
  { call }: CloudTrailContext,
  { Name, TagsList = [] }: Validated<CreateDashboardRequest>,
): Permission[] => [
  {
    ...{ action: 'cloudtrail:CreateDashboard', resource: dashboardArn(call, Name) },
    context: () => createdTagKeys(TagsList),
  },
]

/** Returns the permissions for operations on a dashboard. */
export async function onDashboard(
  context: CloudTrailContext,
  { DashboardId }: { DashboardId: string },
): Promise<Permission[]> {
  const arn = dashboardArn(context.call, DashboardId)
  const found = await dashboardAt(context.call.store, arn)
  const policy = found?.policy && (await lakePolicies.dashboard.inForce(context.lake.identity, found.policy))
  return [
    {
      ...{ action: `cloudtrail:${context.call.operation}`, resource: arn },
      ...(found && { context: () => resourceTagKeys(found.tags) }),
      ...(policy && { policy }),
    },
  ]
}

/** @throws ServiceError ResourceNotFoundException */
async function findDashboard({ call }: CloudTrailContext, id: string): Promise<Dashboard> {
  const arn = dashboardArn(call, id)
  const found = await dashboardAt(call.store, arn)
  if (found?.accountId !== call.accountId || found.region !== call.region) throw resourceNotFound(arn)
  return found
}

const scheduleView = ({ unit, value, isEnabled, timeOfDay }: RefreshSchedule) => ({
  ...{ Frequency: { Unit: unit, Value: value }, Status: isEnabled ? ('ENABLED' as const) : ('DISABLED' as const) },
  ...(timeOfDay !== undefined && { TimeOfDay: timeOfDay }),
})

const dashboardView = ({ arn, name, widgets, schedule, isProtected }: Dashboard) => ({
  ...{ DashboardArn: arn, Name: name, Type: 'CUSTOM' as const, TerminationProtectionEnabled: isProtected },
  Widgets: widgets.map(({ alias, statement, parameters, view }) => ({
    ...{ QueryAlias: alias, QueryStatement: statement, ViewProperties: { ...view } },
    ...(parameters.length > 0 && { QueryParameters: [...parameters] }),
  })),
  ...(schedule && { RefreshSchedule: scheduleView(schedule) }),
})

/**
 * Checks the queries of a dashboard as they would be run.
 * @throws ServiceError InvalidQueryStatementException, EventDataStoreNotFoundException, InactiveEventDataStoreException
 */
async function checkWidgets(context: CloudTrailContext, given: readonly RequestWidget[]): Promise<Widget[]> {
  const { call } = context
  if (given.length > mostWidgets) throw quotaExceeded(`A dashboard can have at most ${mostWidgets} widgets.`)
  const widgets: Widget[] = []
  for (const { QueryStatement = '', QueryParameters = [], ViewProperties = {} } of given) {
    const alias = `widget-${randomUUID()}`
    const widget = { alias, statement: QueryStatement, parameters: QueryParameters, view: ViewProperties }
    const statement = readLakeStatement(statementOf(widget, usualValues(call.clock.nowMs())))
    const stores = []
    for (const id of statement.stores) {
      const store = await storeById(call.store, id)
      if (store?.accountId !== call.accountId || store.region !== call.region)
        throw eventDataStoreNotFound(eventDataStoreArn(call, id))
      if (store.status === 'PENDING_DELETION') throw storeInactive(store.arn)
      stores.push(store)
    }
    await checkStatement(context, statement, stores)
    widgets.push(widget)
  }
  return widgets
}

function readSchedule(given: CreateDashboardRequest['RefreshSchedule']): RefreshSchedule | undefined {
  if (!given) return undefined
  const { Unit: unit = 'HOURS', Value: value = 6 } = given.Frequency ?? {}
  const isValid = unit === 'DAYS' ? value === 1 : [1, 6, 12, 24].includes(value)
  if (!isValid) throw invalidQueryStatement('A dashboard is refreshed every 1, 6, 12 or 24 hours, or every day.')
  return {
    ...{ unit, value, isEnabled: given.Status !== 'DISABLED' },
    ...(given.TimeOfDay !== undefined && { timeOfDay: given.TimeOfDay }),
  }
}

/**
 * Creates a dashboard.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateDashboard.html
 */
export async function createDashboard(
  context: CloudTrailContext,
  request: Validated<CreateDashboardRequest>,
): Promise<CreateDashboardResponse> {
  const { call } = context
  const { Name: name, TagsList = [], TerminationProtectionEnabled: isProtected = false } = request
  if (name.startsWith('AWSCloudTrail-')) throw managedDashboardsNotBuilt()
  const schedule = readSchedule(request.RefreshSchedule)
  const nowMs = call.clock.nowMs()
  const dashboard: Dashboard = {
    ...{ arn: dashboardArn(call, name), name, accountId: call.accountId, region: call.region, isProtected },
    ...{ widgets: await checkWidgets(context, request.Widgets ?? []), tags: resourceTags.merge([], TagsList) },
    ...{ status: 'CREATED', createdAtMs: nowMs, updatedAtMs: nowMs },
    ...(schedule && { schedule }),
  }
  return call.transaction(async (tx) => {
    if (await dashboardAt(tx, dashboard.arn)) throw conflict(`A dashboard named ${name} already exists.`)
    if ((await dashboardsOf(tx, call)).length >= mostDashboards)
      throw quotaExceeded(`There are already ${mostDashboards} custom dashboards.`)
    await tx.in(dashboards).put(everywhere, dashboard.arn, dashboard)
    await scheduleRefresh(tx, dashboard, nowMs)
    return { ...dashboardView(dashboard), TagsList: [...dashboard.tags] }
  })
}

/** @throws ServiceError ResourceNotFoundException */
export async function getDashboard(
  context: CloudTrailContext,
  { DashboardId }: Validated<GetDashboardRequest>,
): Promise<GetDashboardResponse> {
  const found = await findDashboard(context, DashboardId)
  const { Name: _, ...shown } = dashboardView(found)
  return {
    ...{ ...shown, Status: found.status },
    ...{ CreatedTimestamp: new Date(found.createdAtMs), UpdatedTimestamp: new Date(found.updatedAtMs) },
    ...(found.lastRefreshId !== undefined && { LastRefreshId: found.lastRefreshId }),
  }
}

/** @throws ServiceError InvalidNextTokenException */
export async function listDashboards(
  context: CloudTrailContext,
  { NamePrefix = '', Type, MaxResults = 1000, NextToken }: Validated<ListDashboardsRequest>,
): Promise<ListDashboardsResponse> {
  const all = Type === 'MANAGED' ? [] : await dashboardsOf(context.call.store, context.call)
  const found = all.filter(({ name }) => name.startsWith(NamePrefix))
  const options = { limit: MaxResults, token: NextToken, list: [NamePrefix, Type] }
  const { rows, ...next } = pageOf(context, found, ({ arn }) => arn, options)
  return { Dashboards: rows.map(({ arn }) => ({ DashboardArn: arn, Type: 'CUSTOM' as const })), ...next }
}

/** Replaces what a request names of a dashboard. @throws ServiceError as the documentation lists. */
export async function updateDashboard(
  context: CloudTrailContext,
  request: Validated<UpdateDashboardRequest>,
): Promise<UpdateDashboardResponse> {
  const { call } = context
  const found = await findDashboard(context, request.DashboardId)
  const widgets = request.Widgets && (await checkWidgets(context, request.Widgets))
  const schedule = readSchedule(request.RefreshSchedule)
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const present = await dashboardAt(tx, found.arn)
    if (!present) throw resourceNotFound(found.arn)
    const changed: Dashboard = {
      ...{ ...present, status: 'UPDATED', updatedAtMs: nowMs },
      isProtected: request.TerminationProtectionEnabled ?? present.isProtected,
      ...(widgets && { widgets }),
      ...(schedule && { schedule }),
    }
    await tx.in(dashboards).put(everywhere, found.arn, changed)
    await scheduleRefresh(tx, changed, nowMs)
    return {
      ...dashboardView(changed),
      ...{ CreatedTimestamp: new Date(changed.createdAtMs), UpdatedTimestamp: new Date(nowMs) },
    }
  })
}

/** Deletes a dashboard that is not protected. @throws ServiceError ConflictException, ResourceNotFoundException */
export async function deleteDashboard(
  context: CloudTrailContext,
  { DashboardId }: Validated<DeleteDashboardRequest>,
): Promise<Record<string, never>> {
  const { arn } = await findDashboard(context, DashboardId)
  return context.call.transaction(async (tx) => {
    const present = await dashboardAt(tx, arn)
    if (!present) throw resourceNotFound(arn)
    if (present.isProtected) throw conflict(`Termination protection is enabled for ${arn}.`)
    await tx.in(dashboards).delete(everywhere, arn)
    await scheduleRefresh(tx, { ...present, schedule: { unit: 'DAYS', value: 1, isEnabled: false } }, 0)
    return {}
  })
}

/**
 * Runs the queries of a dashboard, which the caller must be allowed to start.
 * @throws ServiceError EventDataStoreNotFoundException, InactiveEventDataStoreException, ResourceNotFoundException, ServiceQuotaExceededException
 */
export async function startDashboardRefresh(
  context: CloudTrailContext,
  { DashboardId, QueryParameterValues = {} }: Validated<StartDashboardRefreshRequest>,
): Promise<StartDashboardRefreshResponse> {
  const { call } = context
  const found = await findDashboard(context, DashboardId)
  const ids = new Set(found.widgets.flatMap(({ statement }) => readLakeStatement(statement).stores))
  for (const id of ids) {
    const store = await storeById(call.store, id)
    if (!store) throw eventDataStoreNotFound(eventDataStoreArn(call, id))
    if (store.status === 'PENDING_DELETION') throw storeInactive(store.arn)
    await call.authorize({ ...(await storePermission(context, store.arn, store)), action: 'cloudtrail:StartQuery' })
  }
  const nowMs = call.clock.nowMs()
  const values = { ...usualValues(nowMs), ...QueryParameterValues }
  return call.transaction(async (tx) => {
    const present = await dashboardAt(tx, found.arn)
    if (!present) throw resourceNotFound(found.arn)
    if (await isRefreshing(tx, present)) throw quotaExceeded('A refresh of the dashboard is running.')
    return { RefreshId: await beginRefresh(tx, present, values, nowMs) }
  })
}
