import { setImmediate } from 'node:timers/promises'
import type {
  ContextEntry,
  EvaluationResult,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam'
import { parseArn } from '../../../core/arn.ts'
import type { Call } from '../../../core/call.ts'
import type { NamedPolicy, PolicySet } from '../../../core/identity.ts'
import type { ContextValue, Permission, RequestContext, Validated } from '../../../core/operation.ts'
import type { PagedCall } from '../../../kit/page-token.ts'
import type { PolicyKind } from '../../../kit/policy-text.ts'
import { callerArnNeeded, callerArnNotUser, invalidResourceName, invalidSimulation } from '../domain/errors.ts'
import { parseIamArn } from '../domain/names.ts'
import { arraySource, defaultMaxItems, readRows } from '../domain/pagination.ts'
import { checkGivenPolicy } from '../domain/policy-documents.ts'
import { readExclusions } from '../domain/policy-exclusions.ts'
import { checkResourceHandling } from '../domain/resource-handling.ts'
import { type SimulatedCaller, simulatedCaller, unknownUserIn } from '../domain/simulated-caller.ts'
import { type Simulation, simulateAction } from '../domain/simulation.ts'
import { actionsOnPage } from '../domain/simulation-work.ts'
import { resourceTagContext } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { findPrincipal } from '../storage/entity-store.ts'
import { boundaryOf, collectPolicies } from '../storage/policy-sets.ts'
import { findPolicySource, parseSourceArn, policiesOfSource } from '../storage/policy-sources.ts'
import { actionOf } from './permissions.ts'

/** What both simulations take. */
type CommonRequest = Omit<Validated<SimulateCustomPolicyRequest>, 'PolicyInputList'>

/**
 * Evaluates requests under the policies given, as the live service would with these policies and condition keys.
 * @throws ServiceError InvalidInput (documents, actions, scenario, caller).
 */
export async function simulateCustomPolicy(
  { call, sealer }: IamContext,
  { PolicyInputList, ...request }: Validated<SimulateCustomPolicyRequest>,
): Promise<SimulatePolicyResponse> {
  const { CallerArn, ResourcePolicy, OrderedOrganizationPolicyInputList: levels } = request
  if (ResourcePolicy !== undefined && CallerArn === undefined) throw callerArnNeeded()
  const caller = CallerArn === undefined ? unknownUserIn(call.accountId) : await userBehind(call, CallerArn)
  const policies: PolicySet = {
    identity: given('PolicyInputList', PolicyInputList),
    boundary: givenBoundary(request),
    serviceControl: levels?.map(({ ServiceControlPolicyInputList = [] }, level) =>
      given(`OrderedOrganizationPolicyInputList.${level + 1}`, ServiceControlPolicyInputList, 'service-control'),
    ),
  }
  return simulateAll({ call, sealer }, request, caller, policies)
}

/**
 * Evaluates requests under the policies that a user, group or role has, those of a user's groups, its boundary and the
 * account's service control policies, and under further policies given.
 * @throws ServiceError NoSuchEntity, InvalidInput (documents, actions, scenario, caller, exclusions).
 */
export async function simulatePrincipalPolicy(
  { call, directory, sealer }: IamContext,
  {
    PolicySourceArn,
    PolicyInputList = [],
    PolicyExclusionList = [],
    ...request
  }: Validated<SimulatePrincipalPolicyRequest>,
): Promise<SimulatePolicyResponse> {
  const { accountId, store } = call
  const { own, ownBoundary } = await collectPolicies(async () => {
    const source = await findPolicySource(store, accountId, PolicySourceArn)
    const boundary = source.noun === 'group' ? undefined : await boundaryOf(store, accountId, source.entity)
    return { own: await policiesOfSource(store, accountId, source), ownBoundary: boundary }
  })
  const { CallerArn, ResourcePolicy } = request
  if (ResourcePolicy !== undefined && CallerArn === undefined && parseSourceArn(PolicySourceArn).kind !== 'user') {
    throw callerArnNeeded()
  }
  const caller = CallerArn === undefined ? await callerBehind(call, PolicySourceArn) : await userBehind(call, CallerArn)
  const exclusions = readExclusions(PolicyExclusionList)
  const { serviceControl } = await directory.policiesOf(caller.caller)
  const policies: PolicySet = {
    identity: [...own.filter((policy) => !exclusions.excludes(policy)), ...given('PolicyInputList', PolicyInputList)],
    boundary: givenBoundary(request) ?? (exclusions.boundary ? undefined : ownBoundary),
    serviceControl: exclusions.serviceControl ? undefined : serviceControl,
  }
  return simulateAll({ call, sealer }, request, caller, policies)
}

/** For operations about the policies of a user, group or role. */
export const onPolicySource = async (
  { call }: IamContext,
  { PolicySourceArn }: { PolicySourceArn: string },
): Promise<Permission[]> => {
  const { accountId } = parseSourceArn(PolicySourceArn)
  const principal = await findPrincipal(call.store, PolicySourceArn)
  const context = resourceTagContext(principal?.tags ?? [])
  return [{ action: actionOf(call), resource: PolicySourceArn, resourceAccountId: accountId, context }]
}

async function simulateAll(paged: PagedCall, request: CommonRequest, caller: SimulatedCaller, policies: PolicySet) {
  const { ActionNames, ResourceArns = [], ResourcePolicy, ResourceOwner, ContextEntries = [], ...page } = request
  for (const action of ActionNames) {
    if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action)) throw invalidSimulation(`${action} does not name an action.`)
  }
  if (ResourcePolicy !== undefined) checkGivenPolicy('ResourcePolicy', ResourcePolicy, 'key')
  const resources = ResourceArns.length === 0 ? ['*'] : ResourceArns
  const noArn = resources.find((resource) => resource !== '*' && !parseArn(resource))
  if (noArn !== undefined) throw invalidResourceName(noArn)
  checkResourceHandling(request.ResourceHandlingOption, resources)
  const simulation: Simulation = {
    caller,
    policies,
    resourcePolicy: ResourcePolicy,
    resourceOwner: ResourceOwner === undefined ? caller.accountId : accountIn(ResourceOwner),
    context: withGiven(caller.context, ContextEntries),
  }
  const actions = ActionNames.map((action, place) => ({ action, place: String(place).padStart(6, '0') }))
  const { rows, rest } = await readRows(
    paged,
    arraySource('simulated-actions', actions, ({ place }) => place),
    { ...page, MaxItems: Math.min(page.MaxItems ?? defaultMaxItems, actionsOnPage(simulation, resources)) },
  )
  const EvaluationResults: EvaluationResult[] = []
  for (const { action } of rows) EvaluationResults.push(await simulateAction(simulation, action, resources, pauses()))
  return { EvaluationResults, ...rest }
}

/** Lets other requests go first whenever some milliseconds have passed. */
function pauses(): () => Promise<void> {
  let turnEnded = performance.now()
  return async () => {
    if (performance.now() - turnEnded < turnMs) return
    await setImmediate()
    turnEnded = performance.now()
  }
}

const turnMs = 5

/** Returns the user that CallerArn names; it need not exist. @throws ServiceError InvalidInput for the ARN of anything else. */
async function userBehind(call: Call, arn: string): Promise<SimulatedCaller> {
  if (parseIamArn(arn)?.kind !== 'user') throw callerArnNotUser(arn)
  return callerBehind(call, arn)
}

/** The user, group or role that a simulation takes for its caller. */
async function callerBehind({ store }: Call, arn: string): Promise<SimulatedCaller> {
  return simulatedCaller(arn, parseSourceArn(arn), await findPrincipal(store, arn))
}

function given(label: string, documents: readonly string[], kind: PolicyKind = 'identity'): NamedPolicy[] {
  return documents.map((document, index) => {
    const name = `${label}.${index + 1}`
    checkGivenPolicy(name, document, kind)
    return { name, document }
  })
}

function givenBoundary({ PermissionsBoundaryPolicyInputList = [] }: CommonRequest): NamedPolicy | undefined {
  const [boundary, second] = given('PermissionsBoundaryPolicyInputList', PermissionsBoundaryPolicyInputList)
  if (second) throw invalidSimulation('A simulation takes one permissions boundary.')
  return boundary
}

/** ResourceOwner is an account id, or an ARN that names one. */
function accountIn(owner: string): string {
  const accountId = parseArn(owner)?.accountId ?? owner
  if (!/^\d{12}$/.test(accountId)) throw invalidSimulation(`${owner} does not name an account.`)
  return accountId
}

/** What is given takes the place of what follows from the caller; keys have no case. */
function withGiven(known: RequestContext, entries: readonly ContextEntry[]): RequestContext {
  const given = entries.flatMap(givenValue)
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  return Object.fromEntries([...Object.entries(known).filter(([name]) => !names.has(name.toLowerCase())), ...given])
}

function givenValue(entry: ContextEntry): [name: string, value: ContextValue][] {
  const { ContextKeyName = '', ContextKeyValues = [], ContextKeyType = 'string' } = entry
  if (ContextKeyType.endsWith('List')) return [[ContextKeyName, ContextKeyValues]]
  const [value, second] = ContextKeyValues
  if (second !== undefined) throw invalidSimulation(`${ContextKeyName} has several values and no list type.`)
  return value === undefined ? [] : [[ContextKeyName, value]]
}
