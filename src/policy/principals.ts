import type { GrantClass } from '../core/operation.ts'
import type { Caller } from '../core/principal.ts'
import type { PrincipalElement } from './language.ts'

/** The names under which a policy may mean a caller, by what naming it so grants. */
export interface CallerNames {
  direct: readonly string[]
  role: readonly string[]
  account: readonly string[]
  services: readonly string[]
  /** Identity provider of an unsigned request with a token. */
  provider: string | undefined
  anonymous: boolean
}

/** @param provider - `aws:FederatedProvider`, which vouches for an unsigned request that carries a token. */
export function namesOf({ principal }: Caller, provider: string | undefined): CallerNames {
  switch (principal.kind) {
    case 'root':
      return { ...noNames, account: accountNames(principal.accountId) }
    case 'user':
      return { ...noNames, direct: [principal.arn, principal.userId], account: accountNames(principal.accountId) }
    case 'assumed-role': {
      const role = [principal.roleArn, principal.roleId]
      return { ...noNames, direct: [principal.arn], role, account: accountNames(principal.accountId) }
    }
    case 'federated-user': {
      const { issuer } = principal
      const role = issuer.kind === 'user' ? [issuer.arn, issuer.userId] : []
      return { ...noNames, direct: [principal.arn], role, account: accountNames(principal.accountId) }
    }
    case 'service':
      return { ...noNames, services: serviceNames(principal.service) }
    case 'anonymous':
      return { ...noNames, provider, anonymous: true }
  }
}

const noNames: CallerNames = { direct: [], role: [], account: [], services: [], provider: undefined, anonymous: false }

const accountNames = (accountId: string) => [accountId, `arn:aws:iam::${accountId}:root`]

/** CloudWatch Logs has a principal for each region and answers to the bare one too. */
function serviceNames(service: string): string[] {
  const bare = service.replace(/^logs\.[a-z0-9-]+\.amazonaws\.com$/, 'logs.amazonaws.com')
  return bare === service ? [service] : [service, bare]
}

/** A principal element ready to be compared. */
export interface PrincipalMatcher {
  wildcard: boolean
  aws: ReadonlySet<string>
  services: ReadonlySet<string>
  providers: ReadonlySet<string>
}

export function compilePrincipal(element: PrincipalElement): PrincipalMatcher {
  if (element === '*') return { wildcard: true, aws: new Set(), services: new Set(), providers: new Set() }
  const aws = new Set(element.get('AWS'))
  return {
    wildcard: aws.has('*'),
    aws,
    services: new Set(element.get('Service')),
    providers: new Set(element.get('Federated')),
  }
}

/**
 * Returns how a Principal element means the caller; undefined when it does not.
 * @param signedOnly - `*` admits no unsigned request: trust policies.
 */
export function grantOf(matcher: PrincipalMatcher, names: CallerNames, signedOnly: boolean): GrantClass | undefined {
  const isNamed = (name: string) => matcher.aws.has(name)
  if (matcher.wildcard && !(signedOnly && names.anonymous)) return 'direct'
  if (names.direct.some(isNamed) || names.services.some((name) => matcher.services.has(name))) return 'direct'
  if (names.provider !== undefined && matcher.providers.has(names.provider)) return 'direct'
  if (names.role.some(isNamed)) return 'role'
  return names.account.some(isNamed) ? 'account' : undefined
}

/**
 * Returns whether a NotPrincipal element of a Deny spares the caller: every principal that it acts as must be listed, its account
 * among them. A caller with a permissions boundary is never spared.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function isSpared(matcher: PrincipalMatcher, names: CallerNames, hasBoundary: boolean): boolean {
  if (hasBoundary) return false
  if (matcher.wildcard) return true
  if (names.services.length > 0) return names.services.some((name) => matcher.services.has(name))
  if (names.anonymous) return names.provider !== undefined && matcher.providers.has(names.provider)
  const isListed = (list: readonly string[]) => list.length === 0 || list.some((name) => matcher.aws.has(name))
  return isListed(names.direct) && isListed(names.role) && isListed(names.account)
}
