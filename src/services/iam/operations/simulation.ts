import type {
  ContextEntry,
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam'
import { parseArn } from '../../../core/arn.ts'
import type { Call } from '../../../core/call.ts'
import type { NamedPolicy, PolicySet } from '../../../core/identity.ts'
import type { ContextValue, Permission, RequestContext, Validated } from '../../../core/operation.ts'
import { runInTurns } from '../../../core/turns.ts'
import type { PagedCall } from '../../../kit/page-token.ts'
import { callerArnNeeded, callerArnNotUser, invalidResourceName, invalidSimulation } from '../domain/errors.ts'
import { parseIamArn } from '../domain/names.ts'
import { arraySource, defaultMaxItems, readRows } from '../domain/pagination.ts'
import { checkGivenPolicies, checkGivenPolicy } from '../domain/policy-documents.ts'
import { readExclusions } from '../domain/policy-exclusions.ts'
import { checkResourceHandling } from '../domain/resource-handling.ts'
import { inOrganization, type SimulatedCaller, simulatedCaller, unknownUserIn } from '../domain/simulated-caller.ts'
import { type Simulation, simulateActions } from '../domain/simulation.ts'
import { actionsOnPage } from '../domain/simulation-work.ts'
import { resourceTagContext } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { findPrincipal } from '../storage/entity-store.ts'
import { boundaryOf, collectPolicies } from '../storage/policy-sets.ts'
import { findPolicySource, parseSourceArn, policiesOfSource } from '../storage/policy-sources.ts'
import { actionOf } from './permissions.ts'

/** What both simulations take. */
type CommonRequest = Omit<Validated<SimulateCustomPolicyRequest>, 'PolicyInputList'>
type OrganizationLevel = NonNullable<CommonRequest['OrderedOrganizationPolicyInputList']>[number]

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
    identity: await given(call, 'PolicyInputList', PolicyInputList),
    boundary: await givenBoundary(call, request),
    serviceControl: levels && (await givenLevels(call, levels)),
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
  const organization = await directory.organizationOf(caller.accountId)
  const policies: PolicySet = {
    identity: [
      ...own.filter((policy) => !exclusions.excludes(policy)),
      ...(await given(call, 'PolicyInputList', PolicyInputList)),
    ],
    boundary: (await givenBoundary(call, request)) ?? (exclusions.boundary ? undefined : ownBoundary),
    serviceControl: exclusions.serviceControl ? undefined : organization?.serviceControl,
  }
  return simulateAll({ call, sealer }, request, inOrganization(caller, organization), policies)
}

/** Returns the permissions for operations about the policies of a user, group or role. */
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
  const names = rows.map(({ action }) => action)
  const EvaluationResults = await runInTurns(simulateActions(simulation, names, resources), paged.call)
  return { EvaluationResults, ...rest }
}

/** Returns the user that CallerArn names; it need not exist. @throws ServiceError InvalidInput for the ARN of anything else. */
async function userBehind(call: Call, arn: string): Promise<SimulatedCaller> {
  if (parseIamArn(arn)?.kind !== 'user') throw callerArnNotUser(arn)
  return callerBehind(call, arn)
}

/** The user, group or role that a simulation takes for its caller. */
async function callerBehind({ store }: Call, arn: string): Promise<SimulatedCaller> {
  return simulatedCaller(arn, parseSourceArn(arn), await findPrincipal(store, arn))
}

async function given(call: Call, label: string, documents: readonly string[]): Promise<NamedPolicy[]> {
  await runInTurns(checkGivenPolicies(label, documents), call)
  return named(label, documents)
}

const named = (label: string, documents: readonly string[]): NamedPolicy[] =>
  documents.map((document, index) => ({ name: `${label}.${index + 1}`, document }))

async function givenLevels(
  call: Call,
  levels: readonly OrganizationLevel[],
): Promise<NonNullable<PolicySet['serviceControl']>> {
  const given: NamedPolicy[][] = []
  for (const [index, { ServiceControlPolicyInputList = [] }] of levels.entries()) {
    const label = `OrderedOrganizationPolicyInputList.${index + 1}`
    await runInTurns(checkGivenPolicies(label, ServiceControlPolicyInputList, 'service-control'), call)
    given.push(named(label, ServiceControlPolicyInputList))
  }
  return given
}

async function givenBoundary(
  call: Call,
  { PermissionsBoundaryPolicyInputList = [] }: CommonRequest,
): Promise<NamedPolicy | undefined> {
  const [boundary, second] = await given(call, 'PermissionsBoundaryPolicyInputList', PermissionsBoundaryPolicyInputList)
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
