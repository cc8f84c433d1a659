import { callerOf, callFixture, FixedClock, rootOf } from '../../../test/fixtures/call.ts'
import { minuteMs } from '../../core/durations.ts'
import { InnerCallRefused, ServiceError } from '../../core/service-error.ts'
import { randomSealer, testStore } from '../../storage/testing.ts'
import { principalDirectory } from '../iam/storage/trust-policies.ts'
import { ssmWork } from './ssm.ts'
import type { SsmContext } from './ssm-context.ts'
import { ssmOperations } from './ssm-service.ts'
import { PublicCatalogue } from './storage/public-catalogue.ts'
import { PublicParameters } from './storage/public-parameters.ts'

type Operations = typeof ssmOperations
type InputOf<Name extends keyof Operations> = Parameters<Operations[Name]['handle']>[1]
type OutputOf<Name extends keyof Operations> = Awaited<ReturnType<Operations[Name]['handle']>>

export const accountId = '111122223333'
export const region = 'us-east-1'

/** Another service as these tests need it: what it answers to an operation, or throws. */
export type OtherService = (operation: string, input: Record<string, unknown>) => unknown

/** Parameter Store over a store of its own, beside services that a test makes up; callers may do everything. */
export async function ssmFixture(others: Readonly<Record<string, OtherService>> = {}) {
  const store = await testStore()
  const clock = new FixedClock()
  const identity = principalDirectory(store)
  const publicParameters = new PublicParameters(new PublicCatalogue())
  const sealer = randomSealer()
  const context = (call: SsmContext['call']): SsmContext => ({ call, identity, sealer, publicParameters })

  /** Calls an operation as the root of the account. */
  async function call<Name extends keyof Operations>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
    const caller = callerOf(rootOf(accountId))
    const fixture = callFixture({ store, clock, service: 'ssm', operation: name, caller, region })
    const invoke = async (service: string, operation: string, asked: object) =>
      others[service]?.(operation, asked as Record<string, unknown>)
    // Each entry takes its own input; which one, the compiler cannot tell for a name that is a parameter.
    const handle = ssmOperations[name].handle as unknown as (
      context: unknown,
      input: unknown,
    ) => Promise<OutputOf<Name>>
    return handle(context(Object.assign(fixture, { invoke })), input)
  }

  /** Runs what is due, in order. */
  async function runDue(): Promise<void> {
    const runners = ssmWork({ clock, store, publicParameters })
    for (;;) {
      const leased = await store.leaseDue(Object.keys(runners), clock.nowMs(), clock.nowMs() + minuteMs)
      const runner = leased && runners[leased.work.kind]
      if (!leased || !runner) return
      await store.completeDue(leased, await runner(leased.work))
    }
  }

  return { store, clock, call, runDue }
}

/** What a service gets when another one refuses. */
export const refusedBy = (code: string, message: string): InnerCallRefused =>
  new InnerCallRefused(new ServiceError(code, 400, message), '00000000-0000-4000-8000-000000000000')
