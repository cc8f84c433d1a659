import type {
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  LogGroup as LogGroupView,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { bothPrefixAndPattern, invalidToken, prefixWithOrder } from '../domain/errors.ts'
import type { LogGroup } from '../domain/log-group.ts'
import { nameOfIdentifier, streamArn } from '../domain/log-names.ts'
import type { LogsContext } from '../logs-context.ts'
import { usageOf } from '../storage/blocks.ts'
import { groups } from '../storage/collections.ts'
import { listByLast, listByName, type StreamRow } from '../storage/streams.ts'
import { chosenGroup } from './find-group.ts'

const mostShown = 50

/** @throws ServiceError InvalidParameterException - a token of another list. */
export function placeOfToken(context: LogsContext, list: readonly unknown[], token: string | undefined): unknown {
  if (token === undefined) return undefined
  const place = openPageToken(context, list, token)
  if (place === undefined) throw invalidToken()
  return place
}

/**
 * Lists the groups of the caller's account. There are no linked accounts, so none of theirs are there.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
 */
export async function describeLogGroups(
  context: LogsContext,
  {
    logGroupNamePrefix: prefix,
    logGroupNamePattern: pattern,
    logGroupClass,
    logGroupIdentifiers,
    accountIdentifiers,
    includeLinkedAccounts,
    nextToken,
    limit = mostShown,
  }: Validated<DescribeLogGroupsRequest>,
): Promise<DescribeLogGroupsResponse> {
  const { call } = context
  if (prefix !== undefined && pattern !== undefined) throw bothPrefixAndPattern()
  const names = logGroupIdentifiers && new Set(logGroupIdentifiers.map((one) => nameOfIdentifier(call, one)))
  const isOwn = !includeLinkedAccounts || !accountIdentifiers?.length || accountIdentifiers.includes(call.accountId)
  const list = [prefix, pattern, logGroupClass, logGroupIdentifiers]
  const after = placeOfToken(context, list, nextToken) as string | undefined
  if (!isOwn) return { logGroups: [] }
  const fits = (group: LogGroup) =>
    (pattern === undefined || group.name.includes(pattern)) &&
    (logGroupClass === undefined || group.logGroupClass === logGroupClass) &&
    (names === undefined || names.has(group.name))
  const source = {
    fits,
    read: async (afterId: string | undefined, count: number) => {
      const options = { limit: count, ...(prefix && { idPrefix: prefix }), ...(afterId !== undefined && { afterId }) }
      const found = await call.store.in(groups).list({ accountId: call.accountId, region: call.region }, options)
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
  }
  const { rows, place, more } = await readList(source, after, limit)
  const shown = rows.map(({ row }) => row)
  const usage = await usageOf(
    context.store.sql('logs'),
    shown.map(({ id }) => id),
  )
  return {
    logGroups: shown.map((group) => groupView(group, usage.get(group.id) ?? 0)),
    ...(more && { nextToken: sealPageToken(context, list, place) }),
  }
}

const groupView = (group: LogGroup, storedBytes: number): LogGroupView => ({
  logGroupName: group.name,
  creationTime: group.createdAtMs,
  ...(group.retentionDays !== undefined && { retentionInDays: group.retentionDays }),
  metricFilterCount: group.metricFilterCount ?? 0,
  arn: `${group.arn}:*`,
  storedBytes,
  ...(group.kmsKeyArn !== undefined && { kmsKeyId: group.kmsKeyArn }),
  logGroupClass: group.logGroupClass,
  logGroupArn: group.arn,
  deletionProtectionEnabled: group.deletionProtected,
})

/**
 * Lists the streams of a group by their names or by the times of their last events.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
 */
export async function describeLogStreams(
  context: LogsContext,
  {
    logStreamNamePrefix,
    orderBy = 'LogStreamName',
    descending = false,
    nextToken,
    limit = mostShown,
    ...choice
  }: Validated<DescribeLogStreamsRequest>,
): Promise<DescribeLogStreamsResponse> {
  const byLast = orderBy === 'LastEventTime'
  if (byLast && logStreamNamePrefix !== undefined) throw prefixWithOrder()
  const group = await chosenGroup(context, choice)
  const sql = context.store.sql('logs')
  const list = [group.id, logStreamNamePrefix, orderBy, descending]
  const after = placeOfToken(context, list, nextToken) as [number, string] | undefined
  const page = { groupId: group.id, prefix: logStreamNamePrefix ?? '', descending, limit: limit + 1 }
  const rows = byLast ? await listByLast(sql, page, after) : await listByName(sql, page, after?.[1])
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    logStreams: shown.map((row) => streamView(group, row)),
    ...(rows.length > limit && last && { nextToken: sealPageToken(context, list, [last.last_ms, last.name]) }),
  }
}

const streamView = ({ arn }: LogGroup, row: StreamRow): LogStream => ({
  logStreamName: row.name,
  creationTime: row.created_ms,
  ...(row.first_ms !== null && { firstEventTimestamp: row.first_ms, lastEventTimestamp: row.last_ms }),
  ...(row.ingested_ms !== null && { lastIngestionTime: row.ingested_ms }),
  uploadSequenceToken: sequenceToken(row.id),
  arn: streamArn(arn, row.name),
  // AWS has not counted the bytes of streams since 2019.
  storedBytes: 0,
})

/** Tokens are ignored, and returned for clients that hand them on. */
export const sequenceToken = (id: string): string => BigInt(`0x${id}`).toString().padStart(56, '4')
