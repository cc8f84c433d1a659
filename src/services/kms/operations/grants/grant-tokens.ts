import type { Awaitable } from '../../../../core/awaitable.ts'
import type { OwnedKey } from '../../../../core/owned-keys.ts'
import { invalidGrantToken } from '../../domain/errors.ts'
import type { Grant } from '../../domain/grants/grant.ts'
import type { KmsContext } from '../../kms-context.ts'

/** Which grant of the Region a token stands for. */
export type GrantPlace = Pick<Grant, 'accountId' | 'keyId' | 'grantId'>

const purpose = { purpose: 'grant token' }

/** The key under which KMS keeps tokens to itself: AWS's own, as they are for principals of any account. */
export const grantTokenKey = ({ call, ownedKeys }: KmsContext): Promise<OwnedKey> =>
  ownedKeys.of('kms.amazonaws.com', call.region)

/** A token of a grant: encrypted, so that it can be neither read nor made up, and another one every time. */
export const grantToken = (key: OwnedKey, { accountId, keyId, grantId }: GrantPlace): string =>
  key.encrypt(Buffer.from(JSON.stringify([accountId, keyId, grantId])), purpose).toString('base64url')

/** Reads the grant that a token stands for; whether that still exists is another question. @throws ServiceError InvalidGrantTokenException. */
export function readGrantToken(key: OwnedKey, token: string): GrantPlace {
  const bytes = Buffer.from(token, 'base64url')
  // Texts that differ from the one that was given out, yet stand for the same bytes, are none of ours either.
  const content = bytes.toString('base64url') === token ? key.decrypt(bytes, purpose) : undefined
  if (!content) throw invalidGrantToken()
  const [accountId, keyId, grantId] = JSON.parse(content.toString()) as [string, string, string]
  return { accountId, keyId, grantId }
}

/**
 * Grants count as soon as they are made, so that a token adds nothing to what its grant allows; but it must be genuine.
 * @throws ServiceError InvalidGrantTokenException.
 */
export function checkGrantTokens(context: KmsContext, tokens: readonly string[] = []): Awaitable<void> {
  if (tokens.length === 0) return
  return grantTokenKey(context).then((key) => {
    for (const token of tokens) readGrantToken(key, token)
  })
}
