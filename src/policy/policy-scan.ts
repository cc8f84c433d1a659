import type { NamedPolicy } from '../core/identity.ts'
import type { GrantClass, Permission } from '../core/operation.ts'
import type { Steps } from '../core/turns.ts'
import { type CompiledPolicy, type CompiledStatement, compilePolicy, type KeyUse, knownPolicy } from './compile.ts'
import { ContextReader } from './context-reader.ts'
import type { AuthorizationRequest, MatchedStatement, PolicyType, UnreadablePolicy } from './decision.ts'
import { PolicyError } from './policy-error.ts'
import { type CallerNames, grantOf, isSpared, namesOf } from './principals.ts'
import { RequestText } from './request-text.ts'
import { cost, WorkMeter } from './work.ts'

/** What the statements of some policies are compared with. */
export interface Subject {
  /** In lower case. */
  action: string
  resource: RequestText
  /** Other spellings of the resource. */
  otherArns: readonly RequestText[]
  context: ContextReader
  /** What the resource's own policy sees of it. */
  resourceContext: ContextReader
  names: CallerNames
  hasBoundary: boolean
  /** Says when the comparison must pause. */
  meter: WorkMeter
}

/** The policy of the resource that a permission is about, as one of its type. */
export function resourcePolicyOf({ policy }: Permission): { type: PolicyType; policy: NamedPolicy } | undefined {
  if (!policy) return undefined
  const { kind, document } = policy
  return { type: kind === 'trust-policy' ? 'trust' : 'resource', policy: { document, name: resourcePolicyNames[kind] } }
}

const resourcePolicyNames = {
  'resource-policy': 'resource policy',
  'key-policy': 'key policy',
  'trust-policy': 'trust policy',
} as const

/** What the policies of one type say together. */
export interface Verdict {
  denied: boolean
  /** ARN of the policy that holds the Deny, when it has one. */
  denyingPolicyArn: string | undefined
  unreadable: boolean
  /** At least one policy allows; of levels, at least one at each. */
  allows: boolean
  /** Of levels: the first at which none allows. */
  lackingLevel?: number
  /** The widest way in which a resource policy's Allow reaches the caller. */
  grant: GrantClass | undefined
}

export function subjectOf(request: AuthorizationRequest): Subject {
  const { caller, permission, policies } = request
  const reader = new ContextReader(() => request.context)
  const isAnonymous = caller.principal.kind === 'anonymous'
  return {
    action: permission.action.toLowerCase(),
    resource: new RequestText(permission.resource),
    otherArns: (permission.otherArns ?? []).map((arn) => new RequestText(arn)),
    context: reader,
    resourceContext: permission.policy?.kind === 'key-policy' ? keyPolicyReader(request) : reader,
    names: namesOf(caller, isAnonymous ? reader.single('aws:federatedprovider')?.text : undefined),
    hasBoundary: policies.boundary !== undefined,
    meter: new WorkMeter(),
  }
}

/** Tags and aliases of a key are for identity policies: its own policy does not see them. */
const keyPolicyReader = (request: AuthorizationRequest): ContextReader =>
  new ContextReader(() =>
    Object.fromEntries(Object.entries(request.context).filter(([key]) => !identityOnly.test(key))),
  )

const identityOnly = /^(aws:ResourceTag\/|kms:ResourceAliases$)/i

export const contextFor = (type: PolicyType, { context, resourceContext }: Subject): ContextReader =>
  type === 'resource' ? resourceContext : context

/**
 * Returns how a statement reaches the caller. Policies of a principal reach it as they are; the policies of a resource, and those over
 * it, say whom they mean.
 */
export function reachOf(
  { principal, notPrincipal, source }: CompiledStatement,
  type: PolicyType,
  { names, hasBoundary }: Subject,
): GrantClass | undefined {
  if (type !== 'resource' && type !== 'trust' && type !== 'resource-control') return 'direct'
  // `*` in a trust policy allows only callers who sign, but denies those without a signature as well.
  const signedOnly = type === 'trust' && source.effect === 'Allow'
  if (principal) return grantOf(principal, names, signedOnly)
  if (!notPrincipal) return undefined
  if (source.effect === 'Deny') return isSpared(notPrincipal, names, hasBoundary) ? undefined : 'direct'
  const isListed = grantOf(notPrincipal, names, false) !== undefined
  return isListed || (signedOnly && names.anonymous) ? undefined : 'direct'
}

/** A statement without resources is about the role it belongs to in a trust policy, and about nothing elsewhere. */
export function* coversResource(statement: CompiledStatement, type: PolicyType, subject: Subject): Steps<boolean> {
  const { resources } = statement
  const covers = coversAtOnce(statement, type, subject)
  if (covers !== undefined || !resources) return covers ?? false
  const { patterns, negated } = resources
  for (const spelling of [subject.resource, ...subject.otherArns]) {
    if (yield* patterns.fit(spelling, contextFor(type, subject), subject.meter)) return !negated
  }
  return negated
}

/** Undefined where it could take too long without a pause. */
function coversAtOnce({ resources }: CompiledStatement, type: PolicyType, subject: Subject): boolean | undefined {
  if (!resources) return type === 'trust'
  const { everything, patterns, negated } = resources
  if (everything) return !negated
  const context = contextFor(type, subject)
  let isListed = patterns.fitAtOnce(subject.resource, context, subject.meter)
  for (const spelling of subject.otherArns) {
    if (isListed !== false) break
    isListed = patterns.fitAtOnce(spelling, context, subject.meter)
  }
  return isListed === undefined ? undefined : isListed !== negated
}

/** Compiles a policy that is not known, with a pause before and after: either may take a millisecond or two. */
export function* newPolicy(document: string, { meter }: Subject): Steps<CompiledPolicy | PolicyError> {
  if (meter.spend(cost.character * document.length)) yield
  const compiled = compilePolicy(document)
  if (meter.spend(cost.character * document.length)) yield
  return compiled
}

/** Compares one request with policies and keeps what it met on the way. */
export class PolicyScan {
  readonly subject: Subject
  readonly matched: MatchedStatement[] = []
  readonly unreadable: UnreadablePolicy[] = []
  #missing: Map<string, string> | undefined

  constructor(subject: Subject) {
    this.subject = subject
  }

  /** Condition keys that evaluated statements asked for in vain, as they were written. */
  missingKeys(): string[] {
    return this.#missing ? [...this.#missing.values()] : []
  }

  /** Levels of organization policies: at each, at least one policy must allow. */
  *levels(type: PolicyType, levels: readonly (readonly NamedPolicy[])[]): Steps<Verdict> {
    const verdicts: Verdict[] = []
    for (const level of levels) verdicts.push(yield* this.policies(type, level))
    const lacking = verdicts.findIndex(({ allows }) => !allows)
    return {
      denied: verdicts.some(({ denied }) => denied),
      denyingPolicyArn: verdicts.find(({ denied }) => denied)?.denyingPolicyArn,
      unreadable: verdicts.some(({ unreadable }) => unreadable),
      allows: levels.length > 0 && lacking === -1,
      ...(lacking !== -1 && { lackingLevel: lacking }),
      grant: undefined,
    }
  }

  *policies(type: PolicyType, policies: readonly NamedPolicy[]): Steps<Verdict> {
    const verdict: Verdict = {
      denied: false,
      denyingPolicyArn: undefined,
      unreadable: false,
      allows: false,
      grant: undefined,
    }
    const { subject } = this
    const { meter } = subject
    for (const policy of policies) {
      if (meter.spend(cost.policy)) yield
      const compiled = knownPolicy(policy.document) ?? (yield* newPolicy(policy.document, subject))
      if (compiled instanceof PolicyError) {
        this.#noteUnreadable(type, policy, compiled)
        verdict.unreadable = true
        continue
      }
      for (const statement of compiled.statementsFor(subject.action)) {
        if (meter.spend(cost.statement)) yield
        const reach = reachOf(statement, type, subject)
        if (reach && (statement.isUnconditional || (yield* this.#fits(statement, type)))) {
          this.#noteMatch(type, policy, statement)
          addTo(verdict, statement, reach, policy.arn)
        }
      }
    }
    return verdict
  }

  #noteUnreadable(policyType: PolicyType, { name: policyName, arn: policyArn }: NamedPolicy, { detail }: PolicyError) {
    this.unreadable.push({ policyType, policyName, policyArn, problem: detail })
  }

  #noteMatch(
    policyType: PolicyType,
    { name: policyName, arn: policyArn }: NamedPolicy,
    { source: { index, sid, effect, start, end } }: CompiledStatement,
  ) {
    this.matched.push({ policyType, policyName, policyArn, index, sid, effect, start, end })
  }

  /** Whether the resource and the conditions of a statement fit. */
  *#fits(statement: CompiledStatement, type: PolicyType): Steps<boolean> {
    const { subject } = this
    this.#noteMissing(statement.resourceKeys)
    if (!(coversAtOnce(statement, type, subject) ?? (yield* coversResource(statement, type, subject)))) return false
    if (statement.conditions.length === 0) return true
    this.#noteMissing(statement.conditionKeys)
    const context = contextFor(type, subject)
    for (const condition of statement.conditions) {
      if (!(yield* condition.holds(context, subject.meter))) return false
    }
    return true
  }

  #noteMissing(keys: readonly KeyUse[]): void {
    for (const { key, name } of keys) {
      if (this.#missing?.has(key) || this.subject.context.entry(key)) continue
      this.#missing ??= new Map()
      this.#missing.set(key, name)
    }
  }
}

function addTo(
  verdict: Verdict,
  { source: { effect } }: CompiledStatement,
  reach: GrantClass,
  policyArn: string | undefined,
): void {
  if (effect === 'Allow') {
    verdict.allows = true
    verdict.grant = widest(verdict.grant, reach)
  } else if (!verdict.denied) {
    verdict.denied = true
    verdict.denyingPolicyArn = policyArn
  }
}

const width: Record<GrantClass, number> = { account: 1, role: 2, direct: 3 }

export const widest = (one: GrantClass | undefined, other: GrantClass | undefined): GrantClass | undefined =>
  (one ? width[one] : 0) >= (other ? width[other] : 0) ? one : other
