import { accountOfId } from '../../../core/identifiers.ts'
import type { IdentityDirectory } from '../../../core/identity.ts'
import { policyPrincipalInvalid } from '../domain/errors.ts'
import type { KeyPolicy } from '../domain/key.ts'
import { withPrincipals } from '../domain/key-policy.ts'

/**
 * Binds the users and roles that a policy names to who they are now.
 * @throws ServiceError MalformedPolicyDocumentException - one of them does not exist.
 */
export async function bindPrincipals(
  identity: IdentityDirectory,
  principals: readonly string[],
): Promise<KeyPolicy['boundPrincipals']> {
  const bound: Record<string, string> = {}
  for (const principal of new Set(principals)) {
    const found = await identity.resolvePrincipal(principal)
    if (!found) throw policyPrincipalInvalid()
    if (found.uniqueId && found.uniqueId !== principal) bound[principal] = found.uniqueId
  }
  return bound
}

/**
 * The policy as it stands today: a user with a new name is shown under it, and one that was deleted under the unique id, so
 * that whoever has the name next is not meant.
 */
export async function currentPolicy(identity: IdentityDirectory, policy: KeyPolicy): Promise<string> {
  const changed = new Map<string, string>()
  for (const [written, uniqueId] of Object.entries(policy.boundPrincipals)) {
    if ((await identity.resolvePrincipal(written))?.uniqueId === uniqueId) continue
    const user = await identity.findUser(accountOfId(uniqueId) ?? '', uniqueId)
    changed.set(written, user?.arn ?? uniqueId)
  }
  return changed.size === 0 ? policy.document : withPrincipals(policy.document, changed)
}
