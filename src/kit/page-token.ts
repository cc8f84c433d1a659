import type { Call } from '../core/call.ts'
import type { Sealer } from '../core/sealer.ts'

/** The call that reads a page; services' contexts are such. */
export interface PagedCall {
  call: Pick<Call, 'service' | 'operation' | 'accountId' | 'region'>
  sealer: Sealer
}

/**
 * A token with which a list is read on: content that only this server can read or make, sealed for the call's operation,
 * account and Region, so that it can be used for no other list.
 * @param list - what else of the request decides over the list.
 * @param content - JSON: the place where the page ended.
 */
export const sealPageToken = (paged: PagedCall, list: readonly unknown[], content: unknown): string =>
  paged.sealer.seal(Buffer.from(JSON.stringify(content)), sealContext(paged, list)).toString('base64url')

/** @returns the content of a token of this list; undefined for every other text. */
export function openPageToken(paged: PagedCall, list: readonly unknown[], token: string): unknown {
  const sealed = Buffer.from(token, 'base64url')
  // Base64 has spellings that decode alike; only the one that was given is good.
  if (sealed.toString('base64url') !== token) return undefined
  try {
    return JSON.parse(paged.sealer.open(sealed, sealContext(paged, list)).toString())
  } catch {
    // The sealer says no more than that it did not seal this for that.
    return undefined
  }
}

const sealContext = ({ call: { service, operation, accountId, region } }: PagedCall, list: readonly unknown[]) =>
  `page-token:${JSON.stringify([service, operation, accountId, region, ...list])}`
