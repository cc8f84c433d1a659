import type { Sealer } from './sealer.ts'

/**
 * A token with which a list is read on: content that only this server can read or make, sealed for one list, so that it can
 * be used for no other.
 * @param list - what the list is of and for whom, such as an operation with account, region and request.
 * @param content - JSON.
 */
export const sealPageToken = (sealer: Sealer, list: string, content: unknown): string =>
  sealer.seal(Buffer.from(JSON.stringify(content)), list).toString('base64url')

/** @returns the content of a token of this list; undefined for every other text. */
export function openPageToken(sealer: Sealer, list: string, token: string): unknown {
  try {
    return JSON.parse(sealer.open(Buffer.from(token, 'base64url'), list).toString())
  } catch {
    // The sealer says no more than that it did not seal this for that.
    return undefined
  }
}
