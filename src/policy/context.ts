import { isIP } from 'node:net'
import { isoSeconds } from '../core/iso-seconds.ts'
import type { RequestContext } from '../core/operation.ts'
import { type Caller, userIdOf } from '../core/principal.ts'

/** An account's place in an organization. */
export interface OrganizationPlace {
  /** `o-…` */
  id: string
  /** `o-…/r-…/ou-…/`, of the account. */
  paths: readonly string[]
}

/** What is known of a request beside its caller. */
export interface RequestFacts {
  timeMs: number
  requestedRegion: string
  secureTransport: boolean
  /** Service principals that made the call for the caller, first to last. */
  calledVia: readonly string[]
  /** Address of the first caller; the name of a service that calls for itself is none. */
  sourceIp?: string
  userAgent?: string
  referer?: string
  /** Owner of the resource, when it has one. */
  resourceAccountId?: string
  /** Places in organizations of the caller's, the resource's, and (for services) the source's account. */
  principalOrganization?: OrganizationPlace
  resourceOrganization?: OrganizationPlace
  sourceOrganization?: OrganizationPlace
}

/**
 * The global condition keys of a request. Those of resources, tags and services are for the operation to add.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function globalContext(caller: Caller, facts: RequestFacts): RequestContext {
  return { ...networkKeys(facts), ...principalKeys(caller), ...sessionKeys(caller, facts), ...organizationKeys(facts) }
}

function networkKeys(facts: RequestFacts): RequestContext {
  const { timeMs, calledVia, sourceIp, userAgent, referer, resourceAccountId } = facts
  const context: RequestContext = {
    'aws:CurrentTime': isoSeconds(timeMs),
    'aws:EpochTime': String(Math.floor(timeMs / 1000)),
    'aws:SecureTransport': String(facts.secureTransport),
    'aws:RequestedRegion': facts.requestedRegion,
    'aws:ViaAWSService': String(calledVia.length > 0),
  }
  if (sourceIp !== undefined && isIP(sourceIp)) context['aws:SourceIp'] = sourceIp
  if (userAgent !== undefined) context['aws:UserAgent'] = userAgent
  if (referer !== undefined) context['aws:Referer'] = referer
  if (resourceAccountId !== undefined) context['aws:ResourceAccount'] = resourceAccountId
  const [first] = calledVia
  const last = calledVia.at(-1)
  if (first === undefined || last === undefined) return context
  return { ...context, 'aws:CalledVia': calledVia, 'aws:CalledViaFirst': first, 'aws:CalledViaLast': last }
}

function principalKeys({ principal, principalTags, session }: Caller): RequestContext {
  if (principal.kind === 'anonymous') {
    return { 'aws:PrincipalType': 'Anonymous', 'aws:userid': userIdOf(principal), 'aws:PrincipalAccount': 'anonymous' }
  }
  if (principal.kind === 'service') {
    const { service, sourceArn, sourceAccount } = principal
    return {
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': service,
      'aws:PrincipalServiceNamesList': [service],
      ...(sourceArn !== undefined && { 'aws:SourceArn': sourceArn }),
      ...(sourceAccount !== undefined && { 'aws:SourceAccount': sourceAccount }),
    }
  }
  const context: RequestContext = {
    'aws:PrincipalType': principalTypes[principal.kind],
    'aws:PrincipalArn': principal.kind === 'assumed-role' ? principal.roleArn : principal.arn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': userIdOf(principal),
    ...tagKeys(principalTags, session?.tags ?? {}),
  }
  if (principal.kind === 'user') context['aws:username'] = principal.userName
  return context
}

const principalTypes = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
} as const

/** Session tags win over the principal's own, whose keys may be written in another case. */
function tagKeys(own: Readonly<Record<string, string>>, ofSession: Readonly<Record<string, string>>): RequestContext {
  const tags = new Map<string, [key: string, value: string]>()
  for (const [key, value] of [...Object.entries(own), ...Object.entries(ofSession)]) {
    tags.set(key.toLowerCase(), [`aws:PrincipalTag/${key}`, value])
  }
  return Object.fromEntries(tags.values())
}

function sessionKeys({ session }: Caller, { timeMs }: RequestFacts): RequestContext {
  if (!session) return {}
  const context: RequestContext = {
    'aws:TokenIssueTime': isoSeconds(session.issuedAtMs),
    'aws:MultiFactorAuthPresent': String(session.mfaAuthenticated),
  }
  if (session.mfaAuthenticated) {
    context['aws:MultiFactorAuthAge'] = String(Math.max(0, Math.floor((timeMs - session.issuedAtMs) / 1000)))
  }
  if (session.sourceIdentity !== undefined) context['aws:SourceIdentity'] = session.sourceIdentity
  return context
}

function organizationKeys(facts: RequestFacts): RequestContext {
  const context: RequestContext = {}
  for (const [name, place] of [
    ['Principal', facts.principalOrganization],
    ['Resource', facts.resourceOrganization],
    ['Source', facts.sourceOrganization],
  ] as const) {
    if (!place) continue
    context[`aws:${name}OrgID`] = place.id
    context[`aws:${name}OrgPaths`] = place.paths
  }
  return context
}
