import type { PolicyLevels } from '../core/identity.ts'
import { printedArn } from '../core/principal.ts'
import { runAtOnce, type Steps } from '../core/turns.ts'
import type { AuthorizationRequest, Decision, MatchedStatement, PolicyType } from './decision.ts'
import { type FailedPart, type NearMiss, nearMisses, policiesOf } from './near-misses.ts'

/**
 * Returns what AWS tells a caller who was denied.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function denialMessage({ caller, permission }: AuthorizationRequest, decision: Decision): string {
  const { action, denial, foreignDenial } = permission
  // AWS does not say more to a caller that has not said who it is.
  if (caller.principal.kind === 'anonymous') return 'Access Denied'
  if (foreignDenial !== undefined && !decision.mayDiscloseReason) return foreignDenial
  const base = `User: ${printedArn(caller.principal)} is not authorized to perform: ${action}`
  if (denial !== undefined && denial !== 'bare') return `${base} ${denial}`
  const onResource = base + resourcePhrase(permission)
  const { deniedBy, mayDiscloseReason } = decision
  if (denial === 'bare' || !mayDiscloseReason || !deniedBy) return onResource
  return `${onResource} ${reasonOf(action, deniedBy, decision)}`
}

/**
 * A printed resource that is a phrase (`the resource associated with this ciphertext`) reads on as one; anything else is
 * quoted behind a colon.
 */
function resourcePhrase({ resource, printedResource }: AuthorizationRequest['permission']): string {
  if (printedResource === null || (printedResource === undefined && resource === '*')) return ''
  const printed = printedResource ?? resource
  return /^(?:the|this) /.test(printed) ? ` on ${printed}` : ` on resource: ${printed}`
}

function reasonOf(action: string, type: PolicyType, { explicitDeny, denyingPolicyArn }: Decision): string {
  if (!explicitDeny) return `because no ${titles[type]} allows the ${action} action`
  const article = type === 'trust' ? 'the' : type === 'identity' ? 'an' : 'a'
  return `with an explicit deny in ${article} ${titles[type]}${denyingPolicyArn ? `: ${denyingPolicyArn}` : ''}`
}

const titles: Record<PolicyType, string> = {
  'resource-control': 'resource control policy',
  'service-control': 'service control policy',
  resource: 'resource-based policy',
  trust: 'role trust policy',
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
}

/** The reasons of a decision, for a user who administers the policies. Plain data, and text to print. */
export interface Explanation {
  allowed: boolean
  caller: string
  action: string
  resource: string
  /** One sentence. */
  summary: string
  lookedAt: readonly { policyType: PolicyType; says: 'allow' | 'deny' | 'none'; policies: readonly string[] }[]
  matched: readonly MatchedStatement[]
  nearMisses: readonly NearMiss[]
  unreadable: Decision['unreadable']
  missingContextKeys: readonly string[]
  /** What would have to change for the request to be allowed. */
  suggestions: readonly string[]
  /** All of it, in lines. */
  text: string
}

/** Explains a decision without a pause, for tests and measurements; it may take long. See `explanationOf`. */
export const explainDecision = (request: AuthorizationRequest, decision: Decision): Explanation =>
  runAtOnce(explanationOf(request, decision))

/** Explains a decision. A denial takes about as long to explain as the request took to decide. */
export function* explanationOf(request: AuthorizationRequest, decision: Decision): Steps<Explanation> {
  const { caller, permission } = request
  const explanation: Omit<Explanation, 'text'> = {
    allowed: decision.allowed,
    caller: printedArn(caller.principal),
    action: permission.action,
    resource: permission.resource,
    summary: summaryOf(request, decision),
    lookedAt: lookedAt(request, decision),
    matched: deciding(decision).slice(0, mostNamed),
    nearMisses: decision.allowed ? [] : yield* nearMisses(request),
    unreadable: decision.unreadable,
    missingContextKeys: decision.missingContextKeys,
    suggestions: suggestionsFor(request, decision),
  }
  return { ...explanation, text: textOf(explanation) }
}

/** The statements that matched; those that deny first, where there are more than an explanation names. */
const deciding = ({ matched }: Decision): readonly MatchedStatement[] =>
  matched.length <= mostNamed
    ? matched
    : [...matched.filter(({ effect }) => effect === 'Deny'), ...matched.filter(({ effect }) => effect === 'Allow')]

function summaryOf({ permission }: AuthorizationRequest, decision: Decision): string {
  const { deniedBy, explicitDeny, unreadable } = decision
  const { action } = permission
  if (!deniedBy) return `Allowed: ${action}.`
  const denying = decision.matched.find(({ effect, policyType }) => effect === 'Deny' && policyType === deniedBy)
  if (explicitDeny && denying) return `Denied: ${nameOf(denying)} explicitly denies ${action}.`
  const broken = unreadable.find(({ policyType }) => policyType === deniedBy)
  if (broken) return `Denied: ${broken.policyName} cannot be read (${broken.problem}), so it allows nothing.`
  return `Denied: no ${titles[deniedBy]} allows ${action}.`
}

function lookedAt(request: AuthorizationRequest, { byType }: Decision) {
  const found = policiesOf(request)
  return policyTypes.flatMap((policyType) => {
    const says = byType[policyType]
    if (!says) return []
    const policies = found.filter(({ type }) => type === policyType).map(({ policy: { name, arn } }) => arn ?? name)
    return [{ policyType, says, policies: firstOf(policies, (more) => `and ${more} more`) }]
  })
}

/** An explanation is kept and printed: it names so many policies of each type, and so many statements. */
const mostNamed = 50

function firstOf(names: readonly string[], rest: (more: number) => string): readonly string[] {
  return names.length <= mostNamed ? names : [...names.slice(0, mostNamed), rest(names.length - mostNamed)]
}

const policyTypes = Object.keys(titles) as PolicyType[]

function suggestionsFor(request: AuthorizationRequest, decision: Decision): string[] {
  const { deniedBy, explicitDeny, unreadable, matched } = decision
  if (!deniedBy) return []
  if (explicitDeny) {
    const denying = matched.filter(({ effect }) => effect === 'Deny').map(nameOf)
    return denying.slice(0, mostNamed).map((name) => `Remove ${name}, or narrow it: a Deny wins over every Allow.`)
  }
  if (unreadable.length > 0) return unreadable.map(({ policyName, problem }) => `Correct ${policyName}: ${problem}.`)
  return [allowSuggestion(request, deniedBy, decision.lackingLevel)]
}

function allowSuggestion(request: AuthorizationRequest, type: PolicyType, lackingLevel?: number): string {
  const { caller, permission, policies } = request
  const { action, resource, policy } = permission
  const who = printedArn(caller.principal)
  const what = resource === '*' ? action : `${action} on ${resource}`
  switch (type) {
    case 'resource-control':
    case 'service-control':
      return (
        `Allow ${action} in a ${titles[type]} at every level: root, organizational units and account.` +
        levelPhrase(
          (type === 'service-control' ? policies.serviceControl : request.resourceControl) ?? [],
          lackingLevel,
        )
      )
    case 'resource':
      return policy?.kind === 'key-policy'
        ? `Allow ${action} to ${who} in the key policy, or to its account, so that identity-based policies count.`
        : `Allow ${action} to ${who} in the policy of ${resource}.`
    case 'trust':
      return `Allow ${action} to ${who} in the trust policy of ${resource}.`
    case 'identity':
      return `Allow ${what} in an identity-based policy of ${who}.`
    case 'boundary':
      return `Allow ${what} in the permissions boundary ${policies.boundary?.arn ?? ''}.`
    case 'session':
      return `Allow ${what} in a session policy that the session is made with.`
  }
}

/** Says which level lacks an Allow, and what stands there. */
function levelPhrase(levels: PolicyLevels, lacking: number | undefined): string {
  if (lacking === undefined) return ''
  const place =
    lacking === 0
      ? 'the root'
      : lacking === levels.length - 1
        ? 'the account'
        : `the organizational unit of level ${lacking}`
  const names = (levels[lacking] ?? []).map(({ name, arn }) => arn ?? name)
  return ` None allows it on ${place}, which has ${firstOf(names, (more) => `${more} more`).join(', ') || 'no policies'}.`
}

function textOf(explanation: Omit<Explanation, 'text'>): string {
  const { summary, caller, action, resource, missingContextKeys } = explanation
  const section = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : []
  return [
    summary,
    `${caller} asked for ${action} on ${resource}.`,
    ...section(
      'Looked at',
      explanation.lookedAt.map(
        ({ policyType, says, policies }) =>
          `${titles[policyType]}: ${sayings[says]} (${policies.join(', ') || 'there is none'})`,
      ),
    ),
    ...section(
      'Matched',
      explanation.matched.map((match) => `${match.effect}: ${nameOf(match)}`),
    ),
    ...section(
      'Nearly allowed',
      explanation.nearMisses.flatMap((miss) => [nameOf(miss), ...miss.failed.map((part) => `  ${failureOf(part)}`)]),
    ),
    ...section('Keys that policies asked for and the request did not have', missingContextKeys),
    ...section('What would help', explanation.suggestions),
  ].join('\n')
}

const sayings = { allow: 'allows', deny: 'denies', none: 'does not allow' }

const nameOf = ({ policyType, policyName, policyArn, index, sid }: Omit<NearMiss, 'failed'>): string =>
  `statement ${index + 1}${sid ? ` (${sid})` : ''} of ${titles[policyType]} ${policyArn ?? policyName}`

function failureOf({ part, operator, key, wanted, got }: FailedPart): string {
  const quoted = (values: readonly string[]) => values.map((value) => JSON.stringify(value)).join(', ')
  const had = got.length > 0 ? `the request has ${quoted(got)}` : 'the request has none'
  return part === 'condition'
    ? `condition ${operator} ${key}: wants ${quoted(wanted)}, ${had}`
    : `${part}: names ${quoted(wanted)}, ${had}`
}
