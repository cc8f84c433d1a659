import { callerOf, callFixture, FixedClock, rootOf, userOf } from '../../../test/fixtures/call.ts'
import { zipOf } from '../../../test/fixtures/zip.ts'
import { hourMs, minuteMs } from '../../core/durations.ts'
import type { IdentityDirectory, PolicySet } from '../../core/identity.ts'
import { conditionKeysOf, type Permission, type RequestContext } from '../../core/operation.ts'
import type { Caller } from '../../core/principal.ts'
import { ServiceError } from '../../core/service-error.ts'
import { globalContext } from '../../policy/context.ts'
import { evaluate } from '../../policy/evaluate.ts'
import { BlobStore } from '../../storage/blobs/blob-store.ts'
import { RowContent } from '../../storage/blobs/row-content.ts'
import { randomSealer, testStore } from '../../storage/testing.ts'
import type { FunctionVersion } from './domain/function.ts'
import type { FunctionEvent, InvocationResult } from './execution/invocation.ts'
import { lambdaContext, lambdaWork } from './lambda.ts'
import type { LambdaContext, LambdaResources } from './lambda-context.ts'
import { lambdaOperations } from './lambda-service.ts'
import { openLambda } from './open-lambda.ts'

type Operations = typeof lambdaOperations
export type InputOf<Name extends keyof Operations> = Parameters<Operations[Name]['handle']>[1]
type OutputOf<Name extends keyof Operations> = Awaited<ReturnType<Operations[Name]['handle']>>

export const accountId = '111122223333'
export const otherAccountId = '444455556666'
export const region = 'us-east-1'
export const scope = { accountId, region }
export const root: Caller = callerOf(rootOf(accountId))
export const alice: Caller = callerOf(userOf(accountId, 'alice', 'AIDAALICEEXAMPLE12345'))
export const stranger: Caller = callerOf(userOf(otherAccountId, 'mallory', 'AIDAMALLORYEXAMPLE123'))
export const roleArn = `arn:aws:iam::${accountId}:role/function`

/** IAM as these tests need it: who exists, and what each may do. */
class FakeIdentity {
  /** ARN → unique id. */
  readonly principals = new Map<string, string>()
  /** ARN of a caller → its policies; callers that are not here may do everything that identity policies can allow. */
  readonly policies = new Map<string, PolicySet>()

  async policiesOf({ principal }: Caller): Promise<PolicySet> {
    const own = 'arn' in principal ? this.policies.get(principal.arn) : undefined
    return own ?? policySet({ Effect: 'Allow', Action: '*', Resource: '*' })
  }

  async resolvePrincipal(arn: string): Promise<{ uniqueId?: string } | undefined> {
    const uniqueId = this.principals.get(arn)
    if (uniqueId) return { uniqueId }
    return /^(\*|\d{12}|arn:aws:iam::\d{12}:root)$/.test(arn) ? {} : undefined
  }

  async principalArn(uniqueId: string): Promise<string | undefined> {
    return [...this.principals].find(([, id]) => id === uniqueId)?.[0]
  }
}

export const policySet = (...statements: object[]): PolicySet => ({
  identity: [{ name: 'own', document: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }],
})

/** What a caller was refused. */
export class Refused extends Error {
  readonly permission: Permission
  constructor(permission: Permission) {
    super(`not allowed: ${permission.action} on ${permission.resource}`)
    this.permission = permission
  }
}

interface CallOptions {
  caller?: Caller
  region?: string
}

/**
 * Lambda over a store of its own, as the gateway calls it: authorised by the policy engine, then run. Functions do not run:
 * `answer` stands for them. KMS only turns bytes around; STS refuses the roles in `untrusting`.
 */
export async function lambdaFixture() {
  const store = await testStore()
  const clock = new FixedClock()
  const identity = new FakeIdentity()
  const untrusting = new Set<string>()
  const kmsCalls: { operation: string; input: Record<string, unknown> }[] = []
  const runs: { version: FunctionVersion; event: FunctionEvent }[] = []
  const fixture = { answer: async (_event: FunctionEvent): Promise<Partial<InvocationResult>> => ({}) }

  async function kms(operation: string, input: Record<string, unknown>): Promise<unknown> {
    kmsCalls.push({ operation, input })
    const turned = (bytes: unknown) => Buffer.from(bytes as Uint8Array).reverse()
    if (operation === 'Encrypt') return { CiphertextBlob: turned(input.Plaintext), KeyId: input.KeyId }
    return operation === 'Decrypt'
      ? { Plaintext: turned(input.CiphertextBlob) }
      : { GrantId: `grant-${kmsCalls.length}` }
  }
  const blobs = new BlobStore(store, new RowContent(store), clock)
  const resources = openLambda({
    store,
    blobs,
    clock,
    identity: identity as unknown as IdentityDirectory,
    sealer: randomSealer(),
    credentials: { resolve: async () => ({ caller: root, secretAccessKey: '' }) },
    calls: {
      invoke: async ({ service, operation, input }) => {
        if (service === 'kms') return kms(operation, input as Record<string, unknown>)
        if (untrusting.has((input as { RoleArn: string }).RoleArn)) throw new ServiceError('AccessDenied', 403, 'no')
        const Expiration = new Date(clock.nowMs() + hourMs)
        return { Credentials: { AccessKeyId: 'ASIA', SecretAccessKey: 's', SessionToken: 't', Expiration } }
      },
    },
    endpoint: () => 'http://127.0.0.1:4566',
    accountConcurrency: 1000,
    onFault: (fault) => {
      throw fault
    },
  })
  const host: Pick<LambdaResources['host'], 'run' | 'discard'> = {
    run: async (version, _limits, event) => {
      runs.push({ version, event })
      return { payload: Buffer.from('null'), failed: false, log: 'START\n', ...(await fixture.answer(event)) }
    },
    discard: async () => {},
  }
  const runners: LambdaResources['runners'] = { find: async () => ({ protection: 'none' }) }
  const lambda = { ...resources, host: host as LambdaResources['host'], runners }
  const context = lambdaContext(lambda)

  function contextOf(name: string, { caller = root, region: inRegion = region }: CallOptions = {}): LambdaContext {
    const call = callFixture({ store, clock, service: 'lambda', operation: name, caller, region: inRegion })
    const invoke = (_service: string, operation: string, input: object) =>
      kms(operation, input as Record<string, unknown>)
    return context(Object.assign(call, { invoke }))
  }

  // Each entry takes its own input; which one, the compiler cannot tell for a name that is a parameter.
  const declarationOf = <Name extends keyof Operations>(name: Name) =>
    lambdaOperations[name] as unknown as {
      permissions(context: LambdaContext, input: InputOf<Name>): Promise<readonly Permission[]>
      handle(context: LambdaContext, input: InputOf<Name>): Promise<OutputOf<Name>>
    }

  /** @throws Refused - the first permission that is missing. */
  async function call<Name extends keyof Operations>(name: Name, input: InputOf<Name>, options: CallOptions = {}) {
    const lambdaContext = contextOf(name, options)
    const { permissions, handle } = declarationOf(name)
    const { caller } = lambdaContext.call
    const policies = await identity.policiesOf(caller)
    for (const permission of await permissions(lambdaContext, input)) {
      const request = { caller, permission, policies, context: contextKeys(caller, permission) }
      if (!evaluate(request as never).allowed) throw new Refused(permission)
    }
    return handle(lambdaContext, input)
  }

  /** Makes a function of one file. */
  async function create(FunctionName: string, more: Partial<InputOf<'CreateFunction'>> = {}) {
    const ZipFile = await zipOf({ 'index.mjs': 'export const handler = async () => 1' })
    const request = { FunctionName, Runtime: 'nodejs22.x', Handler: 'index.handler', Role: roleArn, Code: { ZipFile } }
    return call('CreateFunction', { ...request, ...more } as InputOf<'CreateFunction'>)
  }

  /** Lets time pass and runs what falls due, in order, each at its time. */
  async function advance(seconds: number): Promise<void> {
    const endMs = clock.nowMs() + seconds * 1000
    const runners = { ...lambdaWork(lambda), ...blobs.work }
    const kinds = Object.keys(runners)
    for (;;) {
      const nextMs = await store.nextDueAtMs(kinds)
      if (nextMs === undefined || nextMs > endMs) break
      clock.timeMs = Math.max(clock.timeMs, nextMs)
      const leased = await store.leaseDue(kinds, clock.nowMs(), clock.nowMs() + minuteMs)
      const runner = leased && runners[leased.work.kind]
      if (leased && runner) await store.completeDue(leased, await runner(leased.work))
    }
    clock.timeMs = endMs
  }

  return Object.assign(fixture, {
    store,
    blobs,
    clock,
    identity,
    untrusting,
    kmsCalls,
    runs,
    lambda,
    call,
    create,
    advance,
  })
}

function contextKeys(caller: Caller, permission: Permission): RequestContext {
  const facts = { timeMs: 0, requestedRegion: region, secureTransport: false, calledVia: [] }
  return { ...(globalContext(caller, facts) as RequestContext), ...conditionKeysOf(permission) }
}
