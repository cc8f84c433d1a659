import type { Sealer } from '../../../core/sealer.ts'
import { invalidGrantToken } from '../domain/errors.ts'
import type { Grant } from '../domain/grant.ts'
import type { KmsContext } from '../kms-context.ts'

/** Which grant a token stands for. */
export type GrantPlace = Pick<Grant, 'accountId' | 'region' | 'keyId' | 'grantId'>

const purpose = 'kms.grant-token'

/** A token of a grant: sealed, so that it can be neither read nor made up, and another one every time. */
export const grantToken = (sealer: Sealer, { accountId, region, keyId, grantId }: GrantPlace): string =>
  sealer.seal(Buffer.from(JSON.stringify([accountId, region, keyId, grantId])), purpose).toString('base64url')

/** Which grant a token stands for; whether that still exists is another question. @throws ServiceError InvalidGrantTokenException. */
export function readGrantToken(sealer: Sealer, token: string): GrantPlace {
  const sealed = Buffer.from(token, 'base64url')
  // Texts that differ from the one that was given out, yet stand for the same bytes, are none of ours either.
  if (sealed.toString('base64url') !== token) throw invalidGrantToken()
  const [accountId, region, keyId, grantId] = openToken(sealer, sealed)
  return { accountId, region, keyId, grantId }
}

function openToken(sealer: Sealer, sealed: Buffer): [string, string, string, string] {
  let content: Buffer
  try {
    content = sealer.open(sealed, purpose)
  } catch {
    // The sealer says no more than that it did not seal this for that.
    throw invalidGrantToken()
  }
  return JSON.parse(content.toString())
}

/**
 * Grants count as soon as they are made, so that a token adds nothing to what its grant allows; but it must be genuine.
 * @throws ServiceError InvalidGrantTokenException.
 */
export function checkGrantTokens({ sealer }: KmsContext, tokens: readonly string[] = []): void {
  for (const token of tokens) readGrantToken(sealer, token)
}
