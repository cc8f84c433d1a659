import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { noSuchToken } from '../../domain/errors.ts'

/**
 * Cuts a page out of a list that is bounded by a quota.
 * @param placeOf - returns a text that is unique in the list and in its order.
 * @throws ServiceError InvalidNextTokenException
 */
export function pageOf<T>(
  context: CloudTrailContext,
  all: readonly T[],
  placeOf: (row: T) => string,
  { limit, token, list = [] }: { limit: number; token: string | undefined; list?: readonly unknown[] },
): { rows: readonly T[]; NextToken?: string } {
  const after = token === undefined ? undefined : openPlace(context, list, token)
  const rest = after === undefined ? all : all.filter((row) => placeOf(row) > after)
  const rows = rest.slice(0, limit)
  const last = rows.at(-1)
  return {
    rows,
    ...(last !== undefined && rest.length > limit && { NextToken: sealPageToken(context, list, placeOf(last)) }),
  }
}

/** @throws ServiceError InvalidNextTokenException */
export function openPlace(context: CloudTrailContext, list: readonly unknown[], token: string): string {
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw noSuchToken()
  return place
}
