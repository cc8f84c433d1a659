import { parseArn } from '../../../core/arn.ts'
import type { AccountOrganization, NamedPolicy, PolicySet } from '../../../core/identity.ts'
import type { RequestContext } from '../../../core/operation.ts'
import type { Caller, Principal, SessionContext } from '../../../core/principal.ts'
import type { Steps } from '../../../core/turns.ts'
import { globalContext } from '../../../policy/context.ts'
import type { AuthorizationRequest, Decision } from '../../../policy/decision.ts'
import { evaluation } from '../../../policy/evaluate.ts'
import { explanationOf } from '../../../policy/explain.ts'
import { type Need, viaServiceOf } from './needed-actions.ts'
import type { RecordedCall } from './recorded-call.ts'

/** The type of the policy that is proposed. */
export const proposalTypes = ['identity', 'boundary', 'scp'] as const
export type ProposalType = (typeof proposalTypes)[number]

/** What is known of a principal now. */
export interface PresentState {
  policies: PolicySet
  tags: Readonly<Record<string, string>>
  organization?: AccountOrganization | undefined
}

/** How a proposed policy changes what becomes of the calls that needed one permission. */
export interface Change {
  action: string
  resource: string
  calls: number
  firstAt: string
  lastAt: string
  /** Of the first three calls. */
  eventIds: readonly string[]
  /** The engine's, in one sentence. */
  reason: string
  /** The policies of now decide the same: something else does not stand as it did at the time of the call. */
  alreadyNow: boolean
}

export interface ReplayReport {
  calls: number
  /** Calls that need no permission, or of which no record says which. */
  withoutPermission: number
  wouldDeny: readonly Change[]
  wouldAllow: readonly Change[]
  /** Keys that the policies ask for and the records do not hold. */
  unknownKeys: readonly string[]
}

/** Returns the policies with the proposed one in place of those of its type. */
export function withProposal(policies: PolicySet, type: ProposalType, proposed: NamedPolicy): PolicySet {
  if (type === 'identity') return { ...policies, identity: [proposed] }
  return type === 'boundary' ? { ...policies, boundary: proposed } : { ...policies, serviceControl: [[proposed]] }
}

/**
 * Decides recorded calls again, under the policies of now with the proposed one in place of those of its type. Policies of resources,
 * grants of keys and policies of sessions are not looked at: records do not hold them.
 */
export function* replayCalls(
  calls: readonly RecordedCall[],
  stateOf: (call: RecordedCall) => PresentState,
  proposal: { type: ProposalType; policy: NamedPolicy },
): Steps<ReplayReport> {
  const [denied, allowed] = [new Map<string, Counted>(), new Map<string, Counted>()]
  const unknownKeys = new Set<string>()
  let withoutPermission = 0
  for (const call of calls) {
    if (call.needs.length === 0) withoutPermission++
    const state = stateOf(call)
    const proposed = { ...state, policies: withProposal(state.policies, proposal.type, proposal.policy) }
    const wasDenied = call.outcome === 'denied'
    for (const need of call.needs) {
      const request = requestFor(call, need, proposed)
      const decision = yield* evaluation(request)
      for (const key of decision.missingContextKeys) unknownKeys.add(key)
      if (decision.allowed !== wasDenied) continue
      const now = yield* evaluation(requestFor(call, need, state))
      const changes = decision.allowed ? allowed : denied
      const alreadyNow = now.allowed === decision.allowed
      const key = JSON.stringify([need.action, need.resource, alreadyNow])
      const known = changes.get(key)
      if (known) addCall(known, call)
      else changes.set(key, { ...counted(call), need, alreadyNow, reason: yield* reasonOf(request, decision) })
    }
    yield
  }
  return {
    calls: calls.length,
    withoutPermission,
    wouldDeny: changesIn(denied),
    wouldAllow: changesIn(allowed),
    unknownKeys: [...unknownKeys].sort(),
  }
}

interface Counted {
  need: Need
  calls: number
  firstMs: number
  lastMs: number
  eventIds: string[]
  alreadyNow: boolean
  reason: string
}

const counted = ({ timeMs, record }: RecordedCall) => ({
  ...{ calls: 1, firstMs: timeMs, lastMs: timeMs },
  eventIds: [record.eventID],
})

function addCall(known: Counted, { timeMs, record }: RecordedCall): void {
  known.calls++
  known.firstMs = Math.min(known.firstMs, timeMs)
  known.lastMs = Math.max(known.lastMs, timeMs)
  if (known.eventIds.length < 3) known.eventIds.push(record.eventID)
}

function* reasonOf(request: AuthorizationRequest, decision: Decision): Steps<string> {
  const { summary, matched, nearMisses } = yield* explanationOf(request, decision)
  if (!decision.allowed) {
    const [near] = nearMisses
    const parts = near?.failed.map(({ part, key, wanted }) => `${key ?? part} wants ${wanted.join(', ')}`) ?? []
    return near
      ? `${summary} Nearest: statement ${near.index + 1} of ${near.policyName}: ${parts.join('; ')}.`
      : summary
  }
  const allowing = matched.find(({ effect }) => effect === 'Allow')
  return allowing ? `${summary} Statement ${allowing.index + 1} of ${allowing.policyName} allows it.` : summary
}

const changesIn = (changes: ReadonlyMap<string, Counted>): Change[] =>
  [...changes.values()]
    .map(({ need: { action, resource }, firstMs, lastMs, ...rest }) => ({
      ...{ action, resource, calls: rest.calls },
      ...{ firstAt: new Date(firstMs).toISOString(), lastAt: new Date(lastMs).toISOString() },
      ...{ eventIds: rest.eventIds, reason: rest.reason, alreadyNow: rest.alreadyNow },
    }))
    .sort((one, other) => (`${one.action} ${one.resource}` < `${other.action} ${other.resource}` ? -1 : 1))

/** The request as the gateway decided it, as far as the record tells. */
function requestFor(call: RecordedCall, need: Need, state: PresentState): AuthorizationRequest {
  const { record, timeMs } = call
  const { awsRegion, sourceIPAddress, userAgent, tlsDetails } = record
  const { invokedBy } = record.userIdentity
  const caller = callerOf(call, state.tags)
  const named = parseArn(need.resource)?.accountId
  // ARNs of S3 name no account, but records do.
  const owner = named || record.resources?.find((resource) => resource.accountId)?.accountId
  const resourceAccountId = owner && /^\d{12}$/.test(owner) ? owner : record.userIdentity.accountId
  const facts = {
    ...{ timeMs, requestedRegion: awsRegion, secureTransport: tlsDetails?.tlsVersion !== undefined, resourceAccountId },
    ...{ calledVia: invokedBy ? [invokedBy] : [], sourceIp: sourceIPAddress, userAgent },
    principalOrganization: state.organization,
  }
  return {
    caller,
    permission: {
      ...{ action: need.action, resource: unescaped(need.resource), resourceAccountId },
      // A call that another account's resource took shows that its policy left the decision to the caller's account at least.
      ...(call.outcome !== 'denied' && resourceAccountId !== record.userIdentity.accountId && { granted: 'account' }),
    },
    context: { ...recordedKeys(globalContext(caller, facts), invokedBy), ...kmsKeys(call, need) },
    policies: state.policies,
  }
}

/** Of a call that a service made, the record has the service's name in place of how the principal reached it. */
function recordedKeys(context: RequestContext, invokedBy: string | undefined): RequestContext {
  if (invokedBy === undefined) return context
  const { 'aws:SecureTransport': _transport, 'aws:UserAgent': _agent, ...recorded } = context
  return recorded
}

/** Policies write `${*}` for an asterisk; requests have it as it is. */
const unescaped = (resource: string): string => resource.replaceAll(/\$\{([*?$])\}/g, '$1')

function kmsKeys({ record }: RecordedCall, { action }: Need): RequestContext {
  if (!action.startsWith('kms:')) return {}
  const { accountId } = record.userIdentity
  const viaService = viaServiceOf(record)
  const given = record.requestParameters?.encryptionContext
  const pairs = typeof given === 'object' && given !== null ? Object.entries(given) : []
  return {
    ...(accountId !== undefined && { 'kms:CallerAccount': accountId }),
    ...(viaService !== undefined && { 'kms:ViaService': viaService }),
    ...(pairs.length > 0 && { 'kms:EncryptionContextKeys': pairs.map(([name]) => name) }),
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, String(value)])),
  }
}

/** The caller, as the record's userIdentity tells. */
export function callerOf({ record, timeMs }: RecordedCall, principalTags: Caller['principalTags']): Caller {
  const { sessionContext, accessKeyId } = record.userIdentity
  const session = sessionContext && sessionOf(sessionContext, timeMs)
  return { principal: principalOf(record.userIdentity), principalTags, ...{ accessKeyId, session } } as Caller
}

function principalOf(identity: RecordedCall['record']['userIdentity']): Principal {
  const { type, accountId = '', arn = '', principalId = '', userName = '' } = identity
  if (type === 'Root') return { kind: 'root', accountId, arn }
  if (type === 'IAMUser') return { kind: 'user', accountId, arn, userId: principalId, userName }
  const {
    arn: roleArn = '',
    principalId: roleId = '',
    userName: roleName = '',
  } = identity.sessionContext?.sessionIssuer ?? {}
  const sessionName = arn.slice(arn.lastIndexOf('/') + 1)
  return { kind: 'assumed-role', ...{ accountId, arn, roleArn, roleId, roleName, sessionName } }
}

function sessionOf(
  { attributes, sourceIdentity, sessionIssuer }: NonNullable<RecordedCall['record']['userIdentity']['sessionContext']>,
  timeMs: number,
): SessionContext {
  return {
    issuedAtMs: Date.parse(attributes.creationDate),
    expiresAtMs: timeMs,
    mfaAuthenticated: attributes.mfaAuthenticated === 'true',
    issuedBy: sessionIssuer ? 'AssumeRole' : 'GetSessionToken',
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...{ policies: [], policyArns: [], tags: {}, transitiveTagKeys: [] },
  }
}
