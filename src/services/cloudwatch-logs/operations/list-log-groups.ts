import type { ListLogGroupsRequest, ListLogGroupsResponse, TagFilter } from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { sealPageToken } from '../../../kit/page-token.ts'
import { notSupportedMember } from '../domain/errors.ts'
import type { LogGroup } from '../domain/log-group.ts'
import { fitsWildcards } from '../domain/patterns/comparison.ts'
import type { LogsContext } from '../logs-context.ts'
import { groups } from '../storage/collections.ts'
import { placeOfToken } from './describe.ts'

const mostShown = 50

/**
 * Lists groups by their names, of a class, with tags.
 * @throws ServiceError InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html
 */
export async function listLogGroups(
  context: LogsContext,
  {
    logGroupNamePattern: pattern,
    logGroupClass,
    logGroupTags,
    dataSources,
    fieldIndexNames,
    accountIdentifiers,
    includeLinkedAccounts,
    nextToken,
    limit = mostShown,
  }: Validated<ListLogGroupsRequest>,
): Promise<ListLogGroupsResponse> {
  const { call } = context
  if (dataSources) throw notSupportedMember('dataSources')
  if (fieldIndexNames) throw notSupportedMember('fieldIndexNames')
  const list = [pattern, logGroupClass, logGroupTags]
  const after = placeOfToken(context, list, nextToken) as string | undefined
  if (includeLinkedAccounts && accountIdentifiers?.length && !accountIdentifiers.includes(call.accountId)) {
    return { logGroups: [] }
  }
  const source = {
    fits: (group: LogGroup) =>
      (pattern === undefined || fitsPattern(pattern, group.name)) &&
      (logGroupClass === undefined || group.logGroupClass === logGroupClass) &&
      (logGroupTags ?? []).every((filter) => fitsTag(filter, group.tags)),
    read: async (afterId: string | undefined, count: number) => {
      const options = { limit: count, ...(afterId !== undefined && { afterId }) }
      const found = await call.store.in(groups).list({ accountId: call.accountId, region: call.region }, options)
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
  }
  const { rows, place, more } = await readList(source, after, limit)
  return {
    logGroups: rows.map(({ row }) => ({
      logGroupName: row.name,
      logGroupArn: row.arn,
      logGroupClass: row.logGroupClass,
    })),
    ...(more && { nextToken: sealPageToken(context, list, place) }),
  }
}

/** `a|^b`: names with an `a`, and those that begin with `b`. */
const fitsPattern = (pattern: string, name: string): boolean =>
  pattern.split('|').some((part) => (part.startsWith('^') ? name.startsWith(part.slice(1)) : name.includes(part)))

/** Whether one of the values fits, in which a star stands for anything, and `!` before it for all others. */
function fitsTag({ key = '', values = [] }: TagFilter, tags: Readonly<Record<string, string>>): boolean {
  const value = tags[key]
  if (value === undefined) return false
  if (values.length === 0) return true
  return values.some((wanted) =>
    wanted.startsWith('!') ? !fitsWildcards(wanted.slice(1), value) : fitsWildcards(wanted, value),
  )
}
