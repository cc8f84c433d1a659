import { openPageToken } from '../../../kit/page-token.ts'
import { nextTokenInvalid } from '../domain/errors.ts'
import type { SsmContext } from '../ssm-context.ts'

/**
 * The place where a page begins: the last name or number shown, so that what comes and goes between two pages makes no gap
 * and no double.
 * @param list - what of the request decides over the list.
 * @returns empty for the first page.
 * @throws ServiceError InvalidNextToken.
 */
export function openPlace(context: SsmContext, list: readonly unknown[], token: string | undefined): string {
  if (token === undefined) return ''
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw nextTokenInvalid()
  return place
}
