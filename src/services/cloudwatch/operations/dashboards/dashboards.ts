import type {
  DeleteDashboardsInput,
  DeleteDashboardsOutput,
  GetDashboardInput,
  GetDashboardOutput,
  ListDashboardsInput,
  ListDashboardsOutput,
  PutDashboardInput,
  PutDashboardOutput,
} from '@aws-sdk/client-cloudwatch'
import type { Permission, RequestContext, Validated } from '../../../../core/operation.ts'
import type { Scope } from '../../../../core/store.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import { createdTagKeys, requestTagKeys, resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { type Dashboard, dashboardArn, problemsOf } from '../../domain/dashboard.ts'
import { dashboardNotFound, invalidDashboard, invalidNextToken } from '../../domain/errors.ts'
import { alarmTags } from '../../domain/tags.ts'
import { dashboards } from '../../storage/collections.ts'

const pageSize = 1000

const scopeOf = ({ call }: CloudWatchContext): Scope => ({ accountId: call.accountId, region: '' })

/**
 * Creates a dashboard, or gives it another body. Its tags stay.
 * @throws ServiceError DashboardInvalidInputError - with everything that is wrong with the body.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
 */
export async function putDashboard(
  context: CloudWatchContext,
  { DashboardName: name, DashboardBody: body, Tags = [] }: Validated<PutDashboardInput>,
): Promise<PutDashboardOutput> {
  const { call } = context
  if (!/^[\w-]{1,255}$/.test(name)) {
    throw invalidDashboard(`The value ${name} for field DashboardName contains invalid characters or is too long.`)
  }
  const problems = problemsOf(body)
  if (problems.length > 0) {
    throw invalidDashboard(`The dashboard body is invalid, there are ${problems.length} validation errors.`, problems)
  }
  return call.transaction(async (tx) => {
    const before = await tx.in(dashboards).get(scopeOf(context), name)
    const tags = before?.tags ?? alarmTags.merge([], Tags)
    const dashboard: Dashboard = { name, body, modifiedAtMs: call.clock.nowMs(), tags }
    await tx.in(dashboards).put(scopeOf(context), name, dashboard)
    return { DashboardValidationMessages: [] }
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html */
export async function getDashboard(
  context: CloudWatchContext,
  { DashboardName: name }: Validated<GetDashboardInput>,
): Promise<GetDashboardOutput> {
  const dashboard = await dashboardNamed(context, name)
  if (!dashboard) throw dashboardNotFound(name)
  return {
    DashboardArn: dashboardArn(context.call.accountId, name),
    DashboardBody: dashboard.body,
    DashboardName: name,
  }
}

/**
 * Deletes dashboards, all or none.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteDashboards.html
 */
export async function deleteDashboards(
  context: CloudWatchContext,
  { DashboardNames }: Validated<DeleteDashboardsInput>,
): Promise<DeleteDashboardsOutput> {
  return context.call.transaction(async (tx) => {
    for (const name of new Set(DashboardNames)) {
      if (!(await tx.in(dashboards).delete(scopeOf(context), name))) throw dashboardNotFound(name)
    }
    return {}
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html */
export async function listDashboards(
  context: CloudWatchContext,
  { DashboardNamePrefix, NextToken }: Validated<ListDashboardsInput>,
): Promise<ListDashboardsOutput> {
  const { call } = context
  const list = [DashboardNamePrefix]
  const after = NextToken === undefined ? undefined : placeIn(context, list, NextToken)
  const source = {
    read: async (afterId: string | undefined, limit: number) => {
      const prefix = DashboardNamePrefix ? { idPrefix: DashboardNamePrefix } : {}
      const options = { limit, ...prefix, ...(afterId !== undefined && { afterId }) }
      const found = await call.store.in(dashboards).list(scopeOf(context), options)
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
  }
  const { rows, place, more } = await readList(source, after, pageSize)
  return {
    DashboardEntries: rows.map(({ row: { name, body, modifiedAtMs } }) => ({
      ...{ DashboardName: name, DashboardArn: dashboardArn(call.accountId, name) },
      ...{ LastModified: new Date(modifiedAtMs), Size: Buffer.byteLength(body) },
    })),
    ...(more && { NextToken: sealPageToken(context, list, place) }),
  }
}

function placeIn(context: CloudWatchContext, list: readonly unknown[], token: string): string {
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw invalidNextToken()
  return place
}

/** A dashboard of the caller's account, by name. */
export const dashboardNamed = async (context: CloudWatchContext, name: string): Promise<Dashboard | undefined> =>
  context.call.store.in(dashboards).get(scopeOf(context), name)

async function dashboardPermission(
  context: CloudWatchContext,
  name: string,
  keys: RequestContext = {},
): Promise<Permission> {
  const { call } = context
  const { tags = [] } = (await dashboardNamed(context, name)) ?? {}
  return {
    action: `cloudwatch:${call.operation}`,
    resource: dashboardArn(call.accountId, name),
    context: { ...resourceTagKeys(tags), ...keys },
  }
}

export const onDashboard = async (
  context: CloudWatchContext,
  { DashboardName = '' }: { DashboardName?: string | undefined },
): Promise<Permission[]> => [await dashboardPermission(context, DashboardName)]

export const onDashboards = (
  context: CloudWatchContext,
  { DashboardNames = [] }: { DashboardNames?: string[] | undefined },
): Promise<Permission[]> => Promise.all(DashboardNames.map((name) => dashboardPermission(context, name)))

export async function onPutDashboard(
  context: CloudWatchContext,
  { DashboardName = '', Tags = [] }: Partial<PutDashboardInput>,
): Promise<Permission[]> {
  const isNew = !(await dashboardNamed(context, DashboardName))
  const put = await dashboardPermission(context, DashboardName, isNew ? createdTagKeys(Tags) : requestTagKeys(Tags))
  return isNew && Tags.length > 0 ? [put, { ...put, action: 'cloudwatch:TagResource' }] : [put]
}
