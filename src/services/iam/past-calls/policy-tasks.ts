import { parseArn } from '../../../core/arn.ts'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { IdentityDirectory } from '../../../core/identity.ts'
import { type Caller, printedArn } from '../../../core/principal.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { OperatorTask } from '../../../core/services/operator-task.ts'
import type { LedgerTail } from '../../../core/services/record-follower.ts'
import { serviceEvent } from '../../../core/services/service-event.ts'
import type { Store } from '../../../core/store.ts'
import { runInTurns } from '../../../core/turns.ts'
import { parseIamArn } from '../domain/names.ts'
import { checkGivenPolicy } from '../domain/policy-documents.ts'
import { findEntity, groupKind, instanceProfileKind, roleKind, userKind } from '../storage/entity-store.ts'
import { leastPolicies, type PolicyDocument } from './least-policy.ts'
import type { Need } from './needed-actions.ts'
import { readCalls } from './read-calls.ts'
import type { RecordedCall } from './recorded-call.ts'
import {
  callerOf,
  type PresentState,
  type ProposalType,
  proposalTypes,
  type ReplayReport,
  replayCalls,
} from './replay.ts'

export interface PastCallsDependencies {
  store: Store
  clock: Clock
  ledger: Pick<LedgerTail, 'lastSeq' | 'read'>
  identity: IdentityDirectory
  /** Where the records of what operators asked belong: the server's own account. */
  accountId: string
}

/** On what calls an answer rests. */
export interface Basis {
  principal: string
  days: number
  from: string
  to: string
  calls: number
  /** Of calls whose service records them only where a trail or an event data store asks for it. */
  dataEvents: number
  failed: number
  denied: readonly { action: string; resource: string; calls: number }[]
  /** Services that made calls for the principal, and for calls to KMS what `kms:ViaService` was. */
  byServices: readonly { service: string; calls: number; viaService?: string }[]
}

export interface GeneratedPolicies {
  policies: readonly PolicyDocument[]
  /** How many calls needed each action. */
  actions: Readonly<Record<string, number>>
  basis: Basis
}

export interface Replayed extends ReplayReport {
  type: ProposalType
  basis: Basis
}

/** The operator's task behind `strongroom policy generate`. */
export const generateTask = (dependencies: PastCallsDependencies): OperatorTask => ({
  action: 'strongroom:GeneratePolicy',
  async run(input, caller) {
    const { principal, days } = readRequest(input, ['principal', 'days'])
    const { calls, basis } = await pastCalls(dependencies, principal, days)
    const allowed = calls.filter(({ outcome }) => outcome !== 'denied')
    const actions: Record<string, number> = {}
    for (const { needs } of allowed) {
      for (const action of new Set(needs.map((need) => need.action))) actions[action] = (actions[action] ?? 0) + 1
    }
    const policies = leastPolicies(allowed.flatMap(({ needs }) => needs))
    await record(dependencies, 'GeneratePolicy', caller, { principal, days })
    return { policies, actions, basis } satisfies GeneratedPolicies
  },
})

/** The operator's task behind `strongroom policy replay`. */
export const replayTask = (dependencies: PastCallsDependencies): OperatorTask => ({
  action: 'strongroom:ReplayPolicy',
  async run(input, caller) {
    const { principal, days, policy, type = 'identity' } = readRequest(input, ['principal', 'days', 'policy', 'type'])
    if (typeof policy !== 'string') throw invalid('policy must be the text of a policy.')
    const proposed = proposalTypes.find((known) => known === type)
    if (!proposed) throw invalid(`type must be one of ${proposalTypes.join(', ')}.`)
    checkGivenPolicy('policy', policy, proposed === 'scp' ? 'service-control' : 'identity')
    const { calls, basis } = await pastCalls(dependencies, principal, days)
    const states = await statesOf(dependencies, calls)
    const stateOf = (call: RecordedCall) => states.get(stateKey(call)) ?? { policies: { identity: [] }, tags: {} }
    const proposal = { type: proposed, policy: { name: 'the proposed policy', document: policy } }
    const report = await runInTurns(replayCalls(calls, stateOf, proposal), { accountId: dependencies.accountId })
    await record(dependencies, 'ReplayPolicy', caller, { principal, days, type: proposed })
    return { ...report, type: proposed, basis } satisfies Replayed
  },
})

const invalid = (message: string) => new ServiceError('ValidationException', 400, message)

function readRequest(input: unknown, members: readonly string[]) {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const further = Object.keys(given).find((name) => !members.includes(name))
  if (further !== undefined) throw invalid(`There is no member ${further.slice(0, 100)}.`)
  const { principal, days = 90 } = given
  if (typeof principal !== 'string' || !isPrincipal(principal)) {
    throw invalid('principal must be the ARN of a user, a role, a session of a role, or a root user.')
  }
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 3650) {
    throw invalid('days must be a whole number from 1 to 3650.')
  }
  return { ...given, principal, days } as { principal: string; days: number; policy?: unknown; type?: unknown }
}

function isPrincipal(arn: string): boolean {
  const kind = parseIamArn(arn)?.kind
  const isRoot = /^arn:aws:iam::\d{12}:root$/.test(arn)
  return kind === 'user' || kind === 'role' || isRoot || /^arn:aws:sts::\d{12}:assumed-role\/[^/]+\/[^/]+$/.test(arn)
}

async function pastCalls({ ledger, clock, store }: PastCallsDependencies, principal: string, days: number) {
  const toMs = clock.nowMs()
  const fromMs = toMs - days * dayMs
  const read = await readCalls(ledger, principal, fromMs)
  const arns = new Map<string, string>()
  for (const { resource } of read.flatMap(({ needs }) => needs)) {
    if (/^arn:aws:iam::\d{12}:/.test(resource) && !arns.has(resource))
      arns.set(resource, await presentArn(store, resource))
  }
  const present = (need: Need): Need => ({ ...need, resource: arns.get(need.resource) ?? need.resource })
  const calls = read.map((call) => ({ ...call, needs: call.needs.map(present) }))
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString())
  return { calls, basis: { ...{ principal, days, from: from ?? '', to: to ?? '' }, ...countsOf(calls) } }
}

type Find = (store: Store, accountId: string, name: string) => Awaitable<{ arn: string } | undefined>

const finders: Readonly<Record<string, Find>> = {
  user: (...where) => findEntity(where[0], userKind, where[1], where[2]),
  group: (...where) => findEntity(where[0], groupKind, where[1], where[2]),
  role: (...where) => findEntity(where[0], roleKind, where[1], where[2]),
  'instance-profile': (...where) => findEntity(where[0], instanceProfileKind, where[1], where[2]),
}

/** Records name users, groups and roles without their paths: those that are still there have them. */
async function presentArn(store: Store, arn: string): Promise<string> {
  const { accountId = '', resource = '' } = parseArn(arn) ?? {}
  const [, kind = '', name = ''] = /^([a-z-]+)\/([^/]+)$/.exec(resource) ?? []
  const entity = await finders[kind]?.(store, accountId, name)
  return entity?.arn ?? arn
}

function countsOf(calls: readonly RecordedCall[]) {
  const denied = new Map<string, { action: string; resource: string; calls: number }>()
  const byServices = new Map<string, { service: string; calls: number; viaService?: string }>()
  for (const { outcome, needs, record } of calls) {
    if (outcome === 'denied') {
      for (const { action, resource } of needs) addTo(denied, `${action} ${resource}`, { action, resource })
    }
    const { invokedBy } = record.userIdentity
    if (!invokedBy) continue
    const viaService = needs.find((need) => need.viaService)?.viaService
    addTo(byServices, `${invokedBy} ${viaService}`, { service: invokedBy, ...(viaService && { viaService }) })
  }
  const inOrder = <T>(counted: ReadonlyMap<string, T>) =>
    [...counted].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value)
  return {
    calls: calls.length,
    dataEvents: calls.filter(({ record }) => record.eventCategory === 'Data').length,
    failed: calls.filter(({ outcome }) => outcome === 'failed').length,
    denied: inOrder(denied),
    byServices: inOrder(byServices),
  }
}

function addTo<T extends object>(counted: Map<string, T & { calls: number }>, key: string, value: T): void {
  counted.set(key, { ...value, calls: (counted.get(key)?.calls ?? 0) + 1 })
}

const stateKey = ({ record: { userIdentity } }: RecordedCall): string =>
  [userIdentity.type, userIdentity.sessionContext?.sessionIssuer?.principalId ?? userIdentity.principalId].join(' ')

/** What is known now of those who called: one principal, unless it was made anew meanwhile. */
async function statesOf({ identity }: PastCallsDependencies, calls: readonly RecordedCall[]) {
  const states = new Map<string, PresentState>()
  for (const call of calls) {
    const key = stateKey(call)
    if (states.has(key)) continue
    const caller = callerOf(call, {})
    const { principal } = caller
    const accountId = call.record.userIdentity.accountId ?? ''
    const organization = await identity.organizationOf(accountId)
    const policies = await identity.policiesOf(caller)
    const entity =
      principal.kind === 'user'
        ? await identity.findUser(accountId, principal.userId)
        : principal.kind === 'assumed-role'
          ? await identity.findRole(principal.roleArn)
          : undefined
    const serviceControl = organization?.serviceControl
    states.set(key, {
      policies: serviceControl ? { ...policies, serviceControl } : policies,
      tags: entity?.tags ?? {},
      organization,
    })
  }
  return states
}

/** Who looked into a principal's calls is recorded. */
const record = (
  { store, clock, accountId }: PastCallsDependencies,
  eventName: string,
  caller: Caller,
  serviceEventDetails: Record<string, unknown>,
): Promise<void> =>
  store.transaction(async (tx) => {
    tx.record(
      serviceEvent({
        ...{ eventSource: 'iam.amazonaws.com', eventName, timeMs: clock.nowMs() },
        ...{ scope: { accountId, region: 'us-east-1' }, invokedBy: printedArn(caller.principal), serviceEventDetails },
      }),
    )
  })
