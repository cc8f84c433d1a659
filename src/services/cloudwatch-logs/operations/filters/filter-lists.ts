import type { CollectionSpec, ListOptions } from '../../../../core/store.ts'
import { type ListSource, readList } from '../../../../kit/bounded-list.ts'
import { sealPageToken } from '../../../../kit/page-token.ts'
import { limitExceeded } from '../../domain/errors.ts'
import type { LogGroup } from '../../domain/log-group.ts'
import { compileFilterPattern } from '../../domain/patterns/filter-pattern.ts'
import type { LogsContext } from '../../logs-context.ts'
import { placeOfToken } from '../describe.ts'
import type { FiltersOfGroup } from './group-filters.ts'

const mostExpressions = 5

/**
 * Checks how many filters of a group have regular expressions.
 * @param others - the group's filters without the one that is put.
 * @throws ServiceError LimitExceededException, InvalidParameterException.
 */
export function checkPattern(pattern: string, others: FiltersOfGroup): void {
  const hasExpression = (text: string) => compileFilterPattern(text).expressions > 0
  if (!hasExpression(pattern)) return
  const patterns = [...others.metric, ...others.subscription].map((filter) => filter.pattern)
  // Those without a percent sign need not be compiled to know.
  if (patterns.filter((text) => text.includes('%') && hasExpression(text)).length >= mostExpressions)
    throw limitExceeded()
}

/** What a list of filters is read by. */
interface FilterList<T> {
  collection: CollectionSpec<T>
  /** Undefined: the filters of all groups. */
  group: LogGroup | undefined
  index?: ListOptions['index']
  prefix: string
  limit: number
  nextToken: string | undefined
}

/** Reads a page of filters, in order of their groups and names. @throws ServiceError InvalidParameterException. */
export async function pageOfFilters<T extends { name: string }>(
  context: LogsContext,
  { collection, group, index, prefix, limit, nextToken }: FilterList<T>,
): Promise<{ rows: T[]; nextToken?: string }> {
  const { call } = context
  const list = [group?.id, index, prefix]
  const after = placeOfToken(context, list, nextToken) as string | undefined
  const idPrefix = group && `${group.id}:${prefix}`
  const source: ListSource<T> = {
    ...((!group || index) && { fits: ({ name }: T) => name.startsWith(prefix) }),
    read: async (afterId, count) => {
      const options = { limit: count, ...(afterId !== undefined && { afterId }) }
      const only = index ? { index } : idPrefix === undefined ? {} : { idPrefix }
      const scope = { accountId: call.accountId, region: call.region }
      const found = await call.store.in(collection).list(scope, { ...options, ...only })
      return found.map(({ id, document }) => ({ place: id, row: document }))
    },
  }
  const { rows, place, more } = await readList(source, after, limit)
  return { rows: rows.map(({ row }) => row), ...(more && { nextToken: sealPageToken(context, list, place) }) }
}
