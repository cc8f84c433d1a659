import type { NamedPolicy } from '../core/identity.ts'
import type { GrantClass } from '../core/operation.ts'
import { accountOf, type Caller } from '../core/principal.ts'
import { runAtOnce, type Steps } from '../core/turns.ts'
import type { AuthorizationRequest, Decision, PolicyType } from './decision.ts'
import { PolicyScan, resourcePolicyOf, subjectOf, type Verdict, widest } from './policy-scan.ts'

/**
 * Decides a request: an explicit Deny in any policy decides, then organization policies, then what the resource's policy and
 * the caller's own policies allow together. A policy that cannot be read denies.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function* evaluation(request: AuthorizationRequest): Steps<Decision> {
  const scan = new PolicyScan(subjectOf(request))
  // The one action that no policy can take away.
  const alwaysAllowed = scan.subject.action === 'sts:getcalleridentity'
  const verdicts: Verdicts = {}
  if (!alwaysAllowed) {
    for (const { type, levels, policies } of bearingOn(request, scan.subject.action)) {
      verdicts[type] = levels ? yield* scan.levels(type, levels) : yield* scan.policies(type, policies)
    }
  }
  const byType: Partial<Record<PolicyType, 'allow' | 'deny' | 'none'>> = {}
  let denying: PolicyType | undefined
  let unreadable: PolicyType | undefined
  for (const type of reportingOrder) {
    const verdict = verdicts[type]
    if (!verdict) continue
    byType[type] = saying(verdict)
    if (verdict.denied) denying ??= type
    if (verdict.unreadable) unreadable ??= type
  }
  const resourceGrant = widest((verdicts.resource ?? verdicts.trust)?.grant, grantClassOf(request))
  const missing = alwaysAllowed ? undefined : missingAllow(request, verdicts, resourceGrant)
  const deniedBy = denying ?? unreadable ?? missing
  return {
    allowed: deniedBy === undefined,
    explicitDeny: denying !== undefined,
    deniedBy,
    denyingPolicyArn: denying && verdicts[denying]?.denyingPolicyArn,
    ...(deniedBy && deniedBy === missing && { lackingLevel: verdicts[deniedBy]?.lackingLevel }),
    mayDiscloseReason: isSameAccount(request) || isSameOrganization(scan),
    matched: scan.matched,
    byType,
    resourceGrant,
    unreadable: scan.unreadable,
    missingContextKeys: scan.missingKeys(),
  }
}

/** Decides a request without a pause, for tests and measurements; it may take long. See `evaluation`. */
export const evaluate = (request: AuthorizationRequest): Decision => runAtOnce(evaluation(request))

type Verdicts = Partial<Record<PolicyType, Verdict>>

/** In which explicit denials are reported, and organization policies come before all others. */
const reportingOrder: readonly PolicyType[] = [
  'resource-control',
  'service-control',
  'resource',
  'trust',
  'identity',
  'boundary',
  'session',
]

/** Policies of one type: in levels, at each of which one must allow, or all together. */
type Bearing =
  | { type: PolicyType; levels: readonly (readonly NamedPolicy[])[]; policies?: undefined }
  | { type: PolicyType; levels?: undefined; policies: readonly NamedPolicy[] }

/** The policies that decide a request. */
function bearingOn(request: AuthorizationRequest, action: string): Bearing[] {
  const { caller, permission, policies, resourceControl } = request
  const found: Bearing[] = []
  if (resourceControl && !permission.outsideResourceControl && isUnderResourceControl(caller, action)) {
    found.push({ type: 'resource-control', levels: resourceControl })
  }
  const ofResource = resourcePolicyOf(permission)
  if (ofResource) found.push({ type: ofResource.type, policies: [ofResource.policy] })
  const { kind } = caller.principal
  if (kind === 'service' || kind === 'anonymous') return found
  if (policies.serviceControl && !isServiceLinkedRole(caller)) {
    found.push({ type: 'service-control', levels: policies.serviceControl })
  }
  if (!actsForRoot(caller)) found.push({ type: 'identity', policies: policies.identity })
  if (policies.boundary) found.push({ type: 'boundary', policies: [policies.boundary] })
  if (policies.session) found.push({ type: 'session', policies: policies.session })
  return found
}

/** The type whose Allow is missing; undefined when nothing is. */
function missingAllow(
  request: AuthorizationRequest,
  verdicts: Verdicts,
  grant: GrantClass | undefined,
): PolicyType | undefined {
  const { caller, permission } = request
  for (const type of ['resource-control', 'service-control'] as const) {
    if (verdicts[type]?.allows === false) return type
  }
  const resourceSide = permission.policy?.kind === 'trust-policy' ? 'trust' : 'resource'
  const { kind } = caller.principal
  if (kind === 'service' || kind === 'anonymous') return grant ? undefined : resourceSide
  const identityAllows = actsForRoot(caller) || verdicts.identity?.allows === true
  const limit = missingLimit(caller, verdicts)
  if (isSameAccount(request)) {
    if (grant === 'direct') return undefined
    if (grant === 'role') return limit
    // Key and trust policies decide whether the account's own policies count at all, for its root too.
    const mustBeGranted = permission.policy !== undefined && permission.policy.kind !== 'resource-policy'
    if (mustBeGranted && !grant) return resourceSide
    return identityAllows ? limit : 'identity'
  }
  // A grant of a KMS key to a principal of another account, not to that account, needs no policy of the account.
  const granted = grantClassOf(request)
  if (granted && granted !== 'account') return limit
  if (!identityAllows) return 'identity'
  return grant ? limit : resourceSide
}

/** A boundary or session policy that does not allow. */
function missingLimit(caller: Caller, verdicts: Verdicts): PolicyType | undefined {
  if (verdicts.boundary?.allows === false) return 'boundary'
  // Without session policies a federated user has only what resource policies give it by name.
  const session = verdicts.session ?? (caller.principal.kind === 'federated-user' ? nothing : undefined)
  return session?.allows === false ? 'session' : undefined
}

const nothing = { allows: false }

/** A KMS grant allows like a key policy that names the principal. Callers without a signature have no grants. */
const grantClassOf = ({ caller, permission }: AuthorizationRequest): GrantClass | undefined =>
  caller.principal.kind === 'anonymous' ? undefined : permission.granted

function isSameAccount({ caller, permission }: AuthorizationRequest): boolean {
  const account = accountOf(caller.principal)
  return account !== undefined && account === (permission.resourceAccountId ?? account)
}

function isSameOrganization({ subject: { context } }: PolicyScan): boolean {
  const organization = context.single('aws:principalorgid')?.text
  return organization !== undefined && organization === context.single('aws:resourceorgid')?.text
}

const actsForRoot = ({ principal }: Caller): boolean =>
  principal.kind === 'root' || (principal.kind === 'federated-user' && principal.issuer.kind === 'root')

const isServiceLinkedRole = ({ principal }: Caller): boolean =>
  principal.kind === 'assumed-role' && principal.roleArn.includes(':role/aws-service-role/')

/** Services whose resources resource control policies reach. (Organizations User Guide, "Resource control policies".) */
const resourceControlled = new Set(['s3', 'sts', 'kms', 'sqs', 'secretsmanager'])

const isUnderResourceControl = (caller: Caller, action: string): boolean =>
  resourceControlled.has(action.slice(0, action.indexOf(':'))) &&
  action !== 'kms:retiregrant' &&
  !isServiceLinkedRole(caller)

function saying({ denied, unreadable, allows }: Verdict): 'allow' | 'deny' | 'none' {
  if (denied || unreadable) return 'deny'
  return allows ? 'allow' : 'none'
}
