import type { NamedPolicy } from '../core/identity.ts'
import type { Steps } from '../core/turns.ts'
import { type CompiledStatement, knownPolicy } from './compile.ts'
import type { AuthorizationRequest, PolicyType } from './decision.ts'
import type { PrincipalElement } from './language.ts'
import { PolicyError } from './policy-error.ts'
import {
  contextFor,
  coversResource,
  newPolicy,
  reachOf,
  resourcePolicyOf,
  type Subject,
  subjectOf,
} from './policy-scan.ts'
import { cost } from './work.ts'

/** A part of a statement that kept it from matching. */
export interface FailedPart {
  part: 'principal' | 'action' | 'resource' | 'condition'
  /** Of conditions: as the policy has them. */
  operator?: string
  key?: string
  /** What the statement asks for; at most ten values. */
  wanted: readonly string[]
  /** What the request had; empty when it had nothing. */
  got: readonly string[]
}

/** An Allow that would have counted but for some of its parts. */
export interface NearMiss {
  policyType: PolicyType
  policyName: string
  policyArn?: string
  /** Zero-based place in the Statement list. */
  index: number
  sid?: string
  failed: readonly FailedPart[]
}

const mostNearMisses = 10
const mostValues = 10

/** The statements of a request's policies that came closest to allowing it, closest first. */
export function* nearMisses(request: AuthorizationRequest): Steps<NearMiss[]> {
  const subject = subjectOf(request)
  const found: NearMiss[] = []
  let nearest = 0
  for (const { type, policy } of policiesOf(request)) {
    const misses = yield* missesIn(type, policy, subject)
    found.push(...misses)
    nearest += misses.filter(({ failed }) => failed.length === 1).length
    // None that follow can be closer.
    if (nearest >= mostNearMisses) break
  }
  return found.sort((one, other) => one.failed.length - other.failed.length).slice(0, mostNearMisses)
}

/** All policies that bear on a request. */
export function policiesOf({ permission, policies, resourceControl }: AuthorizationRequest) {
  const found: { type: PolicyType; policy: NamedPolicy }[] = []
  const add = (type: PolicyType, named: readonly NamedPolicy[] = []) => {
    for (const policy of named) found.push({ type, policy })
  }
  add('resource-control', resourceControl?.flat())
  add('service-control', policies.serviceControl?.flat())
  const ofResource = resourcePolicyOf(permission)
  if (ofResource) found.push(ofResource)
  add('identity', policies.identity)
  add('boundary', policies.boundary && [policies.boundary])
  add('session', policies.session)
  return found
}

function* missesIn(type: PolicyType, { document, name, arn }: NamedPolicy, subject: Subject): Steps<NearMiss[]> {
  const policy = knownPolicy(document) ?? (yield* newPolicy(document, subject))
  if (policy instanceof PolicyError) return []
  const aboutAction = new Set(policy.statementsFor(subject.action))
  const misses: NearMiss[] = []
  for (const statement of policy.statements) {
    if (subject.meter.spend(cost.statement)) yield
    const { index, sid, effect } = statement.source
    if (effect !== 'Allow') continue
    const failed = aboutAction.has(statement)
      ? yield* failedParts(statement, type, subject)
      : yield* failedAction(statement, type, subject)
    if (failed.length > 0) misses.push({ policyType: type, policyName: name, policyArn: arn, index, sid, failed })
  }
  return misses
}

/** A statement about other actions is near when they are of the same service and all else fits. */
function* failedAction(statement: CompiledStatement, type: PolicyType, subject: Subject): Steps<FailedPart[]> {
  const service = subject.action.slice(0, subject.action.indexOf(':') + 1)
  const wanted = (statement.source.action ?? []).filter((pattern) => pattern.toLowerCase().startsWith(service))
  if (wanted.length === 0 || (yield* failedParts(statement, type, subject)).length > 0) return []
  return [{ part: 'action', wanted: wanted.slice(0, mostValues), got: [subject.action] }]
}

function* failedParts(statement: CompiledStatement, type: PolicyType, subject: Subject): Steps<FailedPart[]> {
  const { principal, notPrincipal, resource, notResource } = statement.source
  const failed: FailedPart[] = []
  if (!reachOf(statement, type, subject)) {
    const { direct, services } = subject.names
    failed.push({ part: 'principal', wanted: principalNames(principal ?? notPrincipal), got: [...direct, ...services] })
  }
  if (!(yield* coversResource(statement, type, subject))) {
    const wanted = (resource ?? notResource ?? []).slice(0, mostValues)
    failed.push({ part: 'resource', wanted, got: [subject.resource.text] })
  }
  const context = contextFor(type, subject)
  for (const condition of statement.conditions) {
    if (yield* condition.holds(context, subject.meter)) continue
    const { element } = condition
    const got = context.entry(element.key.toLowerCase())?.values.slice(0, mostValues) ?? []
    const { operatorName: operator, key, values } = element
    failed.push({
      part: 'condition',
      operator,
      key,
      wanted: values.slice(0, mostValues),
      got: got.map(({ text }) => text),
    })
  }
  return failed
}

const principalNames = (element: PrincipalElement | undefined): string[] => {
  if (element === undefined) return []
  return element === '*' ? ['*'] : [...element.values()].flat().slice(0, mostValues)
}
