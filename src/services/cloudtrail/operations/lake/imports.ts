import { randomUUID } from 'node:crypto'
import type {
  GetImportRequest,
  GetImportResponse,
  ListImportFailuresRequest,
  ListImportFailuresResponse,
  ListImportsRequest,
  ListImportsResponse,
  StartImportRequest,
  StartImportResponse,
  StopImportRequest,
  StopImportResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { cloudtrailPrincipal } from '../../delivery/bucket-writer.ts'
import { importNotFound, invalidParameter } from '../../domain/errors.ts'
import {
  importRunning,
  invalidImportSource,
  invalidStoreCategory,
  invalidStoreStatus,
  storeInactive,
} from '../../domain/lake/errors.ts'
import { takesRecords } from '../../domain/lake/event-data-store.ts'
import { eventDataStoreArn } from '../../domain/resource-names.ts'
import { importCaller, readSourceUri, scheduleImport } from '../../lake/run-import.ts'
import { importFailures, isRunning, type LakeImport, lakeImports, runningImport } from '../../storage/lake-imports.ts'
import { findActiveStore, presentStore, storeIfAt, storePermission } from './find-store.ts'
import { openPlace } from './pages.ts'

/** Returns the permissions to import into a store, as the role that is given. */
export async function onImport(
  context: CloudTrailContext,
  { Destinations: [destination] = [], ImportSource, ImportId }: Validated<StartImportRequest>,
): Promise<Permission[]> {
  const { call } = context
  const before = ImportId === undefined ? undefined : await call.store.in(lakeImports).get(call, ImportId)
  const named = destination ?? before?.storeArn
  if (named === undefined) return [{ action: 'cloudtrail:StartImport', resource: '*' }]
  const arn = eventDataStoreArn(call, named)
  const permission = await storePermission(context, arn, await storeIfAt(context, arn))
  const roleArn = ImportSource?.S3?.S3BucketAccessRoleArn
  if (roleArn === undefined) return [permission]
  return [
    permission,
    {
      ...{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': cloudtrailPrincipal } },
      resourceAccountId: /^arn:[^:]+:iam::(\d{12}):/.exec(roleArn)?.[1] ?? call.accountId,
    },
  ]
}

/**
 * Starts to copy events of a trail's bucket into a store, or goes on with an import that was stopped or has failed.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartImport.html
 */
export async function startImport(
  context: CloudTrailContext,
  request: Validated<StartImportRequest>,
): Promise<StartImportResponse> {
  const { call } = context
  const nowMs = call.clock.nowMs()
  const started =
    request.ImportId === undefined ? await newImport(context, request) : await retriedImport(context, request)
  const store = await findActiveStore(context, started.storeArn)
  if (!takesRecords(store)) throw invalidStoreCategory('Imports need an event data store of CloudTrail events.')
  if (store.status !== 'ENABLED' && store.status !== 'STOPPED_INGESTION')
    throw invalidStoreStatus(store.arn, store.status)
  // Says now that the role cannot be assumed.
  await importCaller(context.roles, started).catch((error) => {
    throw invalidImportSource(`The role ${started.source.roleArn} cannot be used: ${(error as Error).message}`)
  })
  return call.transaction(async (tx) => {
    const running = await runningImport(tx, call)
    if (running) throw importRunning(running.id)
    if ((await presentStore(tx, store)).status === 'PENDING_DELETION') throw storeInactive(store.arn)
    const put: LakeImport = { ...started, status: 'INITIALIZING', updatedAtMs: nowMs }
    await tx.in(lakeImports).put(call, put.id, put)
    await scheduleImport(tx, put, nowMs)
    return importView(put)
  })
}

async function newImport(
  { call }: CloudTrailContext,
  { Destinations, ImportSource, StartEventTime, EndEventTime }: Validated<StartImportRequest>,
): Promise<LakeImport> {
  const [destination, another] = Destinations ?? []
  const source = ImportSource?.S3
  if (destination === undefined || another !== undefined || !source)
    throw invalidParameter('Specify one destination and an import source, or the ID of an import.')
  if (StartEventTime && EndEventTime && StartEventTime > EndEventTime)
    throw invalidParameter('The start time must not be after the end time.')
  const { S3LocationUri: uri = '', S3BucketRegion: region = '', S3BucketAccessRoleArn: roleArn = '' } = source
  readSourceUri(uri)
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(roleArn))
    throw invalidImportSource(`${roleArn} is not the ARN of a role.`)
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw invalidImportSource(`${region} is not a Region.`)
  const storeArn = eventDataStoreArn(call, destination)
  const nowMs = call.clock.nowMs()
  return {
    ...{ id: randomUUID(), accountId: call.accountId, region: call.region, storeArn },
    storeId: storeArn.slice(storeArn.lastIndexOf('/') + 1),
    ...{ source: { uri, region, roleArn }, status: 'INITIALIZING', createdAtMs: nowMs, updatedAtMs: nowMs, round: 0 },
    ...(StartEventTime && { startMs: StartEventTime.getTime() }),
    ...(EndEventTime && { endMs: EndEventTime.getTime() }),
    statistics: { prefixes: 0, prefixesCompleted: 0, files: 0, events: 0, failed: 0 },
  }
}

/** An import that was stopped goes on where it was; one that has failed tries what failed again. */
async function retriedImport(
  context: CloudTrailContext,
  { ImportId = '', Destinations, ImportSource, StartEventTime, EndEventTime }: Validated<StartImportRequest>,
): Promise<LakeImport> {
  if (Destinations || ImportSource || StartEventTime || EndEventTime)
    throw invalidParameter('With the ID of an import, nothing else can be specified.')
  const before = await findImport(context, ImportId)
  if (isRunning(before)) throw importRunning(before.id)
  if (before.status === 'COMPLETED') throw invalidParameter(`The import ${before.id} is complete.`)
  return before.status === 'FAILED' ? { ...before, round: before.round + 1 } : before
}

async function findImport({ call }: CloudTrailContext, id: string): Promise<LakeImport> {
  const found = await call.store.in(lakeImports).get(call, id)
  if (!found) throw importNotFound(id)
  return found
}

const importView = (one: LakeImport) => ({
  ...{ ImportId: one.id, Destinations: [one.storeArn], ImportStatus: one.status },
  ImportSource: {
    S3: {
      ...{ S3LocationUri: one.source.uri, S3BucketRegion: one.source.region },
      S3BucketAccessRoleArn: one.source.roleArn,
    },
  },
  ...(one.startMs !== undefined && { StartEventTime: new Date(one.startMs) }),
  ...(one.endMs !== undefined && { EndEventTime: new Date(one.endMs) }),
  ...{ CreatedTimestamp: new Date(one.createdAtMs), UpdatedTimestamp: new Date(one.updatedAtMs) },
})

const withStatistics = (one: LakeImport) => ({
  ...importView(one),
  ImportStatistics: {
    ...{ PrefixesFound: one.statistics.prefixes, PrefixesCompleted: one.statistics.prefixesCompleted },
    ...{ FilesCompleted: one.statistics.files, EventsCompleted: one.statistics.events },
    FailedEntries: one.statistics.failed,
  },
})

/** @throws ServiceError ImportNotFoundException */
export const getImport = async (
  context: CloudTrailContext,
  { ImportId }: Validated<GetImportRequest>,
): Promise<GetImportResponse> => withStatistics(await findImport(context, ImportId))

/** Stops an import; what was copied stays. @throws ServiceError ImportNotFoundException, InvalidParameterException */
export async function stopImport(
  context: CloudTrailContext,
  { ImportId }: Validated<StopImportRequest>,
): Promise<StopImportResponse> {
  const { call } = context
  await findImport(context, ImportId)
  return call.transaction(async (tx) => {
    const present = await tx.in(lakeImports).get(call, ImportId)
    if (!present) throw importNotFound(ImportId)
    if (!isRunning(present)) throw invalidParameter(`The import ${ImportId} is not running.`)
    const stopped: LakeImport = { ...present, status: 'STOPPED', updatedAtMs: call.clock.nowMs() }
    await tx.in(lakeImports).put(call, ImportId, stopped)
    return withStatistics(stopped)
  })
}

/** Lists imports, by their ids. @throws ServiceError EventDataStoreARNInvalidException, InvalidNextTokenException */
export async function listImports(
  context: CloudTrailContext,
  { Destination, ImportStatus, MaxResults = 1000, NextToken }: Validated<ListImportsRequest>,
): Promise<ListImportsResponse> {
  const { call } = context
  const arn = Destination === undefined ? undefined : eventDataStoreArn(call, Destination)
  const list = [arn, ImportStatus]
  const source = {
    read: async (after: string | undefined, limit: number) => {
      const found = await call.store
        .in(lakeImports)
        .list(call, { limit, ...(after !== undefined && { afterId: after }) })
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
    fits: ({ storeArn, status }: LakeImport) =>
      (arn === undefined || storeArn === arn) && (ImportStatus === undefined || status === ImportStatus),
  }
  const after = NextToken === undefined ? undefined : openPlace(context, list, NextToken)
  const { rows, place, more } = await readList(source, after, MaxResults)
  return {
    Imports: rows.map(({ row }) => {
      const { ImportSource: _, ...shown } = importView(row)
      return shown
    }),
    ...(more && { NextToken: sealPageToken(context, list, place) }),
  }
}

/** Lists the objects that could not be imported. @throws ServiceError ImportNotFoundException, InvalidNextTokenException */
export async function listImportFailures(
  context: CloudTrailContext,
  { ImportId, MaxResults = 1000, NextToken }: Validated<ListImportFailuresRequest>,
): Promise<ListImportFailuresResponse> {
  const { call } = context
  await findImport(context, ImportId)
  const after = NextToken === undefined ? undefined : openPlace(context, [ImportId], NextToken)
  const source = {
    read: async (afterId: string | undefined, limit: number) => {
      const options = { idPrefix: `${ImportId}:`, limit, ...(afterId !== undefined && { afterId }) }
      const found = await call.store.in(importFailures).list(call, options)
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
  }
  const { rows, place, more } = await readList(source, after, MaxResults)
  return {
    Failures: rows.map(({ row }) => ({
      ...{ Location: row.location, Status: row.status, ErrorType: row.errorType, ErrorMessage: row.message },
      LastUpdatedTime: new Date(row.updatedAtMs),
    })),
    ...(more && { NextToken: sealPageToken(context, [ImportId], place) }),
  }
}
