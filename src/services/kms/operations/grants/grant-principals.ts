import { parseArn } from '../../../../core/arn.ts'
import type { IdentityDirectory } from '../../../../core/identity.ts'
import { presentName } from '../../../../kit/resource-policies/bound-principals.ts'
import { grantPrincipalInvalid } from '../../domain/errors.ts'
import type { GrantPrincipal } from '../../domain/grants/grant.ts'

/**
 * Resolves the principal of a grant: an account, user, role, or session of either.
 * @throws ServiceError InvalidArnException - not a principal, or one that does not exist.
 */
export async function bindGrantPrincipal(identity: IdentityDirectory, written: string): Promise<GrantPrincipal> {
  const accountId = /^\d{12}$/.test(written) ? written : grantableAccount(written)
  const found = accountId === undefined ? undefined : await identity.resolvePrincipal(written)
  if (accountId === undefined || !found) throw grantPrincipalInvalid(written)
  const isAccount = written === accountId || written.endsWith(':root')
  return { accountId, written, identity: isAccount ? accountId : (found.uniqueId ?? written) }
}

/** Returns the account in an ARN of a kind that can have grants; undefined for other ARNs, such as those of groups and services. */
function grantableAccount(text: string): string | undefined {
  const arn = parseArn(text)
  const kinds = arn && kindsOf[arn.service]
  return kinds?.test(arn?.resource ?? '') ? arn?.accountId : undefined
}

const kindsOf: Readonly<Record<string, RegExp>> = {
  iam: /^(root$|user\/|role\/)/,
  sts: /^(assumed-role\/[^/]+\/[^/]+|federated-user\/[^/]+)$/,
}

export const serviceGrantPrincipal = (service: string): GrantPrincipal => ({ written: service, identity: service })

/** The identity behind the name that a list is asked for by: a name of today, or the unique id of one who is gone. */
export async function identityAsked(identity: IdentityDirectory, name: string): Promise<string> {
  const account = /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]
  return account ?? (await identity.resolvePrincipal(name))?.uniqueId ?? name
}

/** The principal of a grant as it is called today. */
export const shownPrincipal = (identity: IdentityDirectory, { written, identity: bound }: GrantPrincipal) =>
  /^A(ID|RO)A/.test(bound) ? presentName(identity, bound) : Promise.resolve(written)
