import type { Clock } from '../core/clock.ts'
import type { CredentialResolver } from '../core/credentials.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { SignedPrincipal } from '../core/principal.ts'
import type { SessionTokens } from './session-token.ts'

/**
 * Resolves the temporary access keys (`ASIA…`) that STS issues. A session lasts no longer than the role or user it is of:
 * one that was deleted and made anew has another id and is another.
 */
export function createTemporaryCredentials({
  tokens,
  identity,
  clock,
}: {
  tokens: SessionTokens
  identity: Pick<IdentityDirectory, 'findRole' | 'findUser'>
  clock: Clock
}): CredentialResolver {
  return {
    async resolve(accessKeyId, sessionToken) {
      if (!accessKeyId.startsWith('ASIA') || sessionToken === undefined) return 'unknown-key'
      const sealed = tokens.open(sessionToken, accessKeyId)
      if (!sealed) return 'invalid-token'
      const { session, secretAccessKey } = sealed
      if (clock.nowMs() >= session.expiresAtMs) return { refused: 'expired-token', secretAccessKey }
      const present = await presentOf(sealed.principal, identity)
      return present
        ? { caller: { ...present, accessKeyId, session }, secretAccessKey }
        : { refused: 'invalid-token', secretAccessKey }
    },
  }
}

interface Present {
  principal: SignedPrincipal
  principalTags: Readonly<Record<string, string>>
}

/** Returns the principal of a session as it is today, with its own tags; undefined when it was deleted. */
async function presentOf(
  principal: SignedPrincipal,
  identity: Pick<IdentityDirectory, 'findRole' | 'findUser'>,
): Promise<Present | undefined> {
  switch (principal.kind) {
    case 'root':
      return { principal, principalTags: {} }
    case 'user': {
      const user = await identity.findUser(principal.accountId, principal.userId)
      // The user may have another name or path since.
      return user && { principal: { ...principal, arn: user.arn, userName: user.userName }, principalTags: user.tags }
    }
    case 'assumed-role': {
      const role = await identity.findRole(principal.roleArn)
      return role?.roleId === principal.roleId ? { principal, principalTags: role.tags } : undefined
    }
    case 'federated-user': {
      const issuer = await presentOf(principal.issuer, identity)
      if (issuer?.principal.kind !== 'user' && issuer?.principal.kind !== 'root') return undefined
      return { principal: { ...principal, issuer: issuer.principal }, principalTags: issuer.principalTags }
    }
  }
}
