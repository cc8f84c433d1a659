import { openPageToken, sealPageToken } from '../../../core/page-token.ts'
import { nextTokenInvalid } from '../domain/errors.ts'
import type { SsmContext } from '../ssm-context.ts'

// A NextToken is the last name or number shown, so that what comes and goes between two pages makes no gap and no double.

/** @param list - what the list is of: its operation, and what of the request decides over it. */
export const sealPlace = (context: SsmContext, list: readonly unknown[], place: string): string =>
  sealPageToken(context.sealer, tokenContext(context, list), place)

/** @returns empty for the first page. @throws ServiceError InvalidNextToken. */
export function openPlace(context: SsmContext, list: readonly unknown[], token: string | undefined): string {
  if (token === undefined) return ''
  const place = openPageToken(context.sealer, tokenContext(context, list), token)
  if (typeof place !== 'string') throw nextTokenInvalid()
  return place
}

const tokenContext = ({ call: { accountId, region } }: SsmContext, list: readonly unknown[]) =>
  `ssm.page-token:${JSON.stringify([accountId, region, ...list])}`
