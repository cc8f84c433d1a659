import { callerOf, callFixture, FixedClock, rootOf, userOf } from '../../../test/fixtures/call.ts'
import { daySeconds, minuteMs } from '../../core/durations.ts'
import type { IdentityDirectory, PolicySet } from '../../core/identity.ts'
import { conditionKeysOf, type Permission } from '../../core/operation.ts'
import type { Caller } from '../../core/principal.ts'
import type { Store, Transaction } from '../../core/store.ts'
import { askWithGrant } from '../../policy/ask-with-grant.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { randomSealer, testStore } from '../../storage/testing.ts'
import type { ImportRule } from './domain/import-rules.ts'
import { createKeyStores } from './key-stores/key-stores.ts'
import { kmsContext, kmsWork } from './kms.ts'
import type { KmsContext } from './kms-context.ts'
import { kmsOperations } from './kms-service.ts'
import { KeyUsageRecorder } from './storage/key-usage-recorder.ts'
import { createOwnedKeys } from './storage/owned-keys.ts'

type Operations = typeof kmsOperations
export type InputOf<Name extends keyof Operations> = Parameters<Operations[Name]['handle']>[1]
export type OutputOf<Name extends keyof Operations> = Awaited<ReturnType<Operations[Name]['handle']>>

export const accountId = '111122223333'
export const otherAccountId = '444455556666'
export const region = 'us-east-1'

export const root: Caller = callerOf(rootOf(accountId))
export const alice: Caller = callerOf(userOf(accountId, 'alice', 'AIDAALICEEXAMPLE12345'))
export const stranger: Caller = callerOf(userOf(otherAccountId, 'mallory', 'AIDAMALLORYEXAMPLE123'))

export interface CallOptions {
  caller?: Caller
  region?: string
  calledVia?: readonly string[]
}

/** IAM as these tests need it: who exists, and what each may do. */
export class FakeIdentity implements IdentityDirectory {
  /** ARN → unique id. */
  readonly principals = new Map<string, string>()
  /** Unique id of a user → its present ARN. */
  readonly userArns = new Map<string, string>()
  /** ARN of a caller → its policies; callers that are not here may do everything that identity policies can allow. */
  readonly policies = new Map<string, PolicySet>()

  async policiesOf({ principal }: Caller): Promise<PolicySet> {
    const everything = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' })
    const own = 'arn' in principal ? this.policies.get(principal.arn) : undefined
    return own ?? { identity: [{ document: everything, name: 'everything' }] }
  }

  async resolvePrincipal(arn: string): Promise<{ uniqueId?: string } | undefined> {
    const uniqueId = this.principals.get(arn)
    if (uniqueId) return { uniqueId }
    const takenAtTheirWord =
      /^(\*|\d{12}|arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:(assumed-role|federated-user)\/.+)$/
    return takenAtTheirWord.test(arn) ? {} : undefined
  }

  async principalArn(uniqueId: string): Promise<string | undefined> {
    const named = [...this.principals].find(([, id]) => id === uniqueId)
    return this.userArns.get(uniqueId) ?? named?.[0]
  }

  resourceControlOf = async () => undefined
  findRole = async () => undefined
  findUser = async () => undefined
  managedPolicy = async () => undefined
  noteUse = () => {}
}

/** What a caller was refused: the permission that the policies did not give. */
export class Refused extends Error {
  readonly permission: Permission
  constructor(permission: Permission) {
    super(`not allowed: ${permission.action} on ${permission.resource}`)
    this.permission = permission
  }
}

/** KMS over a store of its own. Operations are called as the gateway calls them: authorised by the policy engine, then run. */
export async function kmsFixture({
  keyStores = createKeyStores({ xks: {} }).providers,
  importRule = 'symmetric',
  crashes = false,
}: {
  keyStores?: KmsContext['keyStores']
  importRule?: ImportRule
  /** Each piece of due work crashes before it commits, and is run once more when it is done. */
  crashes?: boolean
} = {}) {
  const store = await testStore()
  const clock = new FixedClock()
  const identity = new FakeIdentity()
  const usages = new KeyUsageRecorder(store, (fault) => {
    throw fault
  })
  const context = kmsContext({
    ownedKeys: createOwnedKeys({ store, clock }),
    store,
    identity,
    usages,
    sealer: randomSealer(),
    keyStores,
    importRule,
  })
  const runners = kmsWork({ clock, store, keyStores })

  function contextOf(name: string, options: CallOptions = {}) {
    const caller = options.caller ?? root
    const inRegion = options.region ?? region
    const call = callFixture({ store, clock, service: 'kms', operation: name, caller, region: inRegion })
    const allows = async (permission: Permission) => {
      const policies = await identity.policiesOf(caller)
      const { decision } = await askWithGrant(permission, (asked) => ({
        decision: evaluate({ caller, permission: asked, context: conditionKeysOf(asked), policies }),
      }))
      return decision.allowed
    }
    return context(Object.assign(call, { allows, calledVia: options.calledVia ?? [] }))
  }

  // Each entry takes its own input; which one, the compiler cannot tell for a name that is a parameter.
  const declarationOf = <Name extends keyof Operations>(name: Name) =>
    kmsOperations[name] as unknown as {
      permissions(context: KmsContext, input: InputOf<Name>): readonly Permission[] | Promise<readonly Permission[]>
      handle(context: KmsContext, input: InputOf<Name>): Promise<OutputOf<Name>>
    }

  /** What a caller would need to be allowed. */
  const permissions = async <Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    options?: CallOptions,
  ) => {
    const needed = await declarationOf(name).permissions(contextOf(name, options), input)
    return needed.map((permission) => ({ ...permission, context: conditionKeysOf(permission) }))
  }

  /** @throws Refused - the first permission that is missing. */
  async function call<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Name>,
    options?: CallOptions,
  ): Promise<OutputOf<Name>> {
    return callIn(contextOf(name, options), name, input)
  }

  async function callIn<Name extends keyof Operations>(
    kms: KmsContext,
    name: Name,
    input: InputOf<Name>,
  ): Promise<OutputOf<Name>> {
    const { permissions: decide, handle } = declarationOf(name)
    for (const permission of await decide(kms, input)) {
      if (!(await kms.call.allows(permission))) throw new Refused(permission)
    }
    return handle(kms, input)
  }

  /** Makes a key and gives its id and ARN. */
  async function key(input: InputOf<'CreateKey'> = {}, options?: CallOptions): Promise<{ keyId: string; arn: string }> {
    const { KeyMetadata } = await call('CreateKey', input, options)
    return { keyId: present(KeyMetadata?.KeyId), arn: present(KeyMetadata?.Arn) }
  }

  /** Runs due work once more, as after a crash between its end and its removal. */
  async function repeatWork(kind: string, key: string, dueAtMs: number, inRegion = region): Promise<void> {
    const work = { kind, key, dueAtMs, scope: { accountId, region: inRegion }, payload: null }
    const change = await present(runners[kind])(work)
    await store.transaction(change)
  }

  /** Lets time pass and runs what falls due, in order. */
  async function advanceDays(days: number): Promise<void> {
    clock.advance(days * daySeconds)
    for (;;) {
      const leased = await store.leaseDue(Object.keys(runners), clock.nowMs(), clock.nowMs() + minuteMs)
      if (!leased) return
      const run = () => present(runners[leased.work.kind])(leased.work)
      if (crashes) await crashBeforeCommit(store, await run())
      await store.completeDue(leased, await run())
      if (crashes) await store.transaction(await run())
    }
  }

  return {
    store,
    clock,
    identity,
    usages,
    keyStores,
    runners,
    contextOf,
    permissions,
    call,
    callIn,
    key,
    advanceDays,
    repeatWork,
  }
}

async function crashBeforeCommit(store: Store, change: (tx: Transaction) => Promise<void>): Promise<void> {
  const crash = new Error('crashed before the commit')
  const work = async (tx: Transaction) => {
    await change(tx)
    throw crash
  }
  await store.transaction(work).catch((error) => {
    if (error !== crash) throw error
  })
}

export type KmsFixture = Awaited<ReturnType<typeof kmsFixture>>

export const policyOf = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** The parts of an answer that are there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks what the test looks at')
  return value
}
