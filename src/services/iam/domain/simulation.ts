import type {
  EvaluationResult,
  PolicyEvaluationDecisionType,
  PolicySourceType,
  ResourceSpecificResult,
  Statement,
} from '@aws-sdk/client-iam'
import { parseArn } from '../../../core/arn.ts'
import type { PolicySet } from '../../../core/identity.ts'
import type { RequestContext, ResourcePolicy } from '../../../core/operation.ts'
import type { Steps } from '../../../core/turns.ts'
import type { Decision, MatchedStatement, PolicyType } from '../../../policy/decision.ts'
import { evaluation } from '../../../policy/evaluate.ts'
import { simulationTooLarge } from './errors.ts'
import type { SimulatedCaller } from './simulated-caller.ts'

/** The caller, policies and context under which requests are evaluated and not made. */
export interface Simulation {
  caller: SimulatedCaller
  policies: PolicySet
  /** Treated as attached to every resource. */
  resourcePolicy?: string
  /** Owner of resources whose ARN names no account. */
  resourceOwner: string
  context: RequestContext
}

/** The most statements that the results of one action may name; each takes some hundred bytes of the answer. */
const mostMatched = 50_000

/**
 * Evaluates each action on each resource, as enforcement does, with pauses.
 * @param resources - `*` where none is named.
 * @throws ServiceError InvalidInput - too many statements match.
 */
export function* simulateActions(
  simulation: Simulation,
  actions: readonly string[],
  resources: readonly string[],
): Steps<EvaluationResult[]> {
  const results: EvaluationResult[] = []
  for (const action of actions) results.push(yield* simulateAction(simulation, action, resources))
  return results
}

function* simulateAction(
  simulation: Simulation,
  action: string,
  resources: readonly string[],
): Steps<EvaluationResult> {
  const results: ResourceResult[] = []
  let matched = 0
  for (const resource of resources) {
    const result = yield* evaluateResource(simulation, action, resource)
    matched += result.MatchedStatements.length
    if (matched > mostMatched) throw simulationTooLarge('policies or resources')
    results.push(result)
    yield
  }
  const decision = mostRestrictive(results.map((result) => result.EvalResourceDecision))
  const deciding = results.filter(({ EvalResourceDecision }) => EvalResourceDecision === decision)
  const named = resources.length > 1 || resources[0] !== '*'
  return {
    EvalActionName: action,
    EvalResourceName: resources.length === 1 ? resources[0] : '*',
    EvalDecision: decision,
    MatchedStatements: distinct(deciding.flatMap(({ MatchedStatements }) => MatchedStatements)),
    // With resources named, each result lists its own.
    MissingContextValues: named ? [] : results.flatMap(({ MissingContextValues }) => MissingContextValues),
    ...(simulation.policies.serviceControl && {
      OrganizationsDecisionDetail: { AllowedByOrganizations: allAllow(results, 'service-control') },
    }),
    ...(simulation.policies.boundary && boundaryDetail(results)),
    ...(named && !results.some(endedByOrganizations) && { EvalDecisionDetails: mostRestrictiveDetails(results) }),
    ...(named && { ResourceSpecificResults: results.map((result) => resourceSpecific(simulation, result)) }),
  }
}

interface ResourceResult {
  EvalResourceName: string
  EvalResourceDecision: PolicyEvaluationDecisionType
  MatchedStatements: Statement[]
  MissingContextValues: string[]
  /** Absent where service control policies deny: nothing beyond them is evaluated. */
  EvalDecisionDetails?: Details
  byType: Decision['byType']
}

type Details = Record<string, PolicyEvaluationDecisionType>

function* evaluateResource(simulation: Simulation, action: string, resource: string): Steps<ResourceResult> {
  const { caller, policies, context, resourcePolicy } = simulation
  const resourceAccountId = ownerOf(resource) ?? simulation.resourceOwner
  const policy = resourcePolicy === undefined ? undefined : readBy(action, resourcePolicy)
  const permission = { action, resource, resourceAccountId, policy }
  const request = { caller: caller.caller, permission, context, policies }
  const decided = yield* evaluation(request)
  const decision = decided.allowed ? 'allowed' : decided.explicitDeny ? 'explicitDeny' : 'implicitDeny'
  // Condition keys that only service control policies ask for are not reported.
  const { missingContextKeys } = policies.serviceControl
    ? yield* evaluation({ ...request, policies: { ...policies, serviceControl: undefined } })
    : decided
  return {
    EvalResourceName: resource,
    EvalResourceDecision: decision,
    MatchedStatements: decided.matched.filter(contributesTo(decision)).map(shownStatement),
    MissingContextValues: [...missingContextKeys],
    ...(!endedByOrganizations(decided) && {
      EvalDecisionDetails: resourceAccountId === caller.accountId ? {} : detailsOf(decided.byType),
    }),
    byType: decided.byType,
  }
}

function ownerOf(resource: string): string | undefined {
  const accountId = parseArn(resource)?.accountId ?? ''
  return /^\d{12}$/.test(accountId) ? accountId : undefined
}

/** How the service that an action belongs to reads the policy of its resource. */
function readBy(action: string, document: string): ResourcePolicy {
  if (/^kms:/i.test(action)) return { kind: 'key-policy', document }
  return { kind: /^sts:/i.test(action) ? 'trust-policy' : 'resource-policy', document }
}

const shownTypes = new Set<PolicyType>(['identity', 'resource', 'trust'])

/** The statements that made the decision: none for one that no statement made. */
const contributesTo =
  (decision: PolicyEvaluationDecisionType) =>
  ({ effect, policyType }: MatchedStatement): boolean =>
    shownTypes.has(policyType) && decision === (effect === 'Allow' ? 'allowed' : 'explicitDeny')

function shownStatement({ policyType, policyName, start, end }: MatchedStatement): Statement {
  const isIdentity = policyType === 'identity'
  return {
    SourcePolicyId: isIdentity ? policyName : 'ResourcePolicy',
    // For policies of identities the model lists other words; this is what the service answers.
    SourcePolicyType: (isIdentity ? 'IAM Policy' : 'resource') as PolicySourceType,
    StartPosition: { Line: start.line, Column: start.column },
    EndPosition: { Line: end.line, Column: end.column },
  }
}

const severity: readonly PolicyEvaluationDecisionType[] = ['allowed', 'implicitDeny', 'explicitDeny']

const mostRestrictive = (decisions: readonly PolicyEvaluationDecisionType[]): PolicyEvaluationDecisionType =>
  decisions.reduce((worst, next) => (severity.indexOf(next) > severity.indexOf(worst) ? next : worst), 'allowed')

/** What EvalDecisionDetails calls the types of policy; the names are ours, the documentation shows none. */
const detailNames: readonly (readonly [PolicyType, string])[] = [
  ['identity', 'IAM Policy'],
  ['resource', 'Resource Policy'],
  ['trust', 'Resource Policy'],
  ['boundary', 'Permissions Boundary Policy'],
]

const endedByOrganizations = ({ byType: { 'service-control': said } }: Pick<Decision, 'byType'>): boolean =>
  said !== undefined && said !== 'allow'

function detailsOf(byType: Decision['byType']): Details {
  const decisions = { allow: 'allowed', deny: 'explicitDeny', none: 'implicitDeny' } as const
  const details: Details = {}
  for (const [type, name] of detailNames) {
    const said = byType[type]
    if (said) details[name] = decisions[said]
  }
  return details
}

function mostRestrictiveDetails(results: readonly ResourceResult[]): Details {
  const merged: Details = {}
  for (const [name, decision] of results.flatMap(({ EvalDecisionDetails = {} }) =>
    Object.entries(EvalDecisionDetails),
  )) {
    merged[name] = mostRestrictive([merged[name] ?? 'allowed', decision])
  }
  return merged
}

const allAllow = (results: readonly ResourceResult[], type: PolicyType) =>
  results.every(({ byType }) => byType[type] === 'allow')

const boundaryDetail = (results: readonly ResourceResult[]) => ({
  PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allAllow(results, 'boundary') },
})

const resourceSpecific = ({ policies }: Simulation, result: ResourceResult): ResourceSpecificResult => {
  const { byType: _, ...shown } = result
  return { ...shown, ...(policies.boundary && boundaryDetail([result])) }
}

function distinct(statements: readonly Statement[]): Statement[] {
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement])).values()]
}
