import { daySeconds } from '../../core/durations.ts'
import type { WorkChange, WorkRunner } from '../../core/scheduler.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { Store, Transaction } from '../../core/store.ts'
import { accountId, region } from '../../testing/callers.ts'
import { type CallOptions, serviceFixture } from '../../testing/service-fixture.ts'
import * as typed from '../../testing/typed-calls.ts'
import type { ImportRule } from './domain/material/import-rules.ts'
import { kms, openKms } from './kms.ts'
import type { KmsContext } from './kms-context.ts'
import type { kmsOperations } from './kms-service.ts'
import type { KeyUsageRecorder } from './storage/key-usage-recorder.ts'

export * from '../../testing/callers.ts'
export { refusedAction } from '../../testing/typed-calls.ts'

type Operations = typeof kmsOperations
export type InputOf<Name extends keyof Operations> = typed.InputOf<Operations, Name>

interface KmsFixtureOptions {
  /** In place of the connections to proxies and to CloudHSM. */
  keyStores?: KmsContext['keyStores']
  importRule?: ImportRule
  /** Each piece of due work crashes before it commits, and is run once more when it is done. */
  crashes?: boolean
}

/** KMS in the pipeline. */
export async function kmsFixture({ keyStores, importRule = 'symmetric', crashes = false }: KmsFixtureOptions = {}) {
  const crashing = new CrashingWork()
  const module: ServiceModule = keyStores
    ? { ...kms, open: (host, settings) => openKms(host, settings, keyStores) }
    : kms
  const fixture = await serviceFixture([module], {
    settings: { 'kms.import': importRule, 'kms.throttle': false },
    ...(crashes && { wrapWork: (run, store) => crashing.wrap(run, store) }),
  })
  const { store, clock } = fixture
  const { call, permissions } = typed.typedCalls<Operations>(fixture, 'kms')

  const runWork: WorkRunner = (work) => {
    const spec = present(fixture.runners[work.kind])
    return typeof spec === 'function' ? spec(work) : spec.run(work)
  }

  return {
    ...fixture,
    call,
    permissions,
    /** What the handler of an operation would get. */
    contextOf: (operation: string, options?: CallOptions) =>
      fixture.begin('kms', operation, options).context as KmsContext,
    /** Notes and writes the uses of keys. */
    usages: fixture.begin('kms', 'Encrypt').context.usages as KeyUsageRecorder,
    /** Lets something happen once, between the decision that a call is allowed and its handler. */
    beforeHandling: (operation: keyof Operations, work: (context: KmsContext) => unknown) =>
      fixture.beforeHandling('kms', operation, work),
    /** Makes a key and returns its id and ARN. */
    async key(input: InputOf<'CreateKey'> = {}, options?: CallOptions): Promise<{ keyId: string; arn: string }> {
      const { KeyMetadata } = await call('CreateKey', input, options)
      return { keyId: present(KeyMetadata?.KeyId), arn: present(KeyMetadata?.Arn) }
    },
    /** Does what a piece of work does before its change. @returns the change. */
    runWork,
    /** Runs due work once more, as after a crash between its end and its removal. */
    repeatWork: async (kind: string, key: string, dueAtMs: number, inRegion = region): Promise<void> =>
      commit(store, await runWork({ kind, key, dueAtMs, scope: { accountId, region: inRegion }, payload: null })),
    /** Lets time pass, and then runs what has fallen due, in order. */
    async advanceDays(days: number): Promise<void> {
      clock.advance(days * daySeconds)
      do await fixture.settle()
      while (await crashing.repeatLast())
      if (fixture.faults.length > 0) throw fixture.faults[0]
    },
  }
}

export type KmsFixture = Awaited<ReturnType<typeof kmsFixture>>

/** Work that crashes before it commits, and that runs once more when it is done. */
class CrashingWork {
  #repeat: (() => Promise<void>) | undefined

  wrap(run: WorkRunner, store: Store): WorkRunner {
    return async (work) => {
      await this.repeatLast()
      await crashBeforeCommit(store, await run(work))
      this.#repeat = async () => commit(store, await run(work))
      return run(work)
    }
  }

  /** @returns false when there is nothing left to repeat. */
  async repeatLast(): Promise<boolean> {
    const repeat = this.#repeat
    this.#repeat = undefined
    await repeat?.()
    return repeat !== undefined
  }
}

const commit = (store: Store, change: WorkChange): Promise<void> =>
  store.transaction(async (tx) => {
    await change(tx)
  })

async function crashBeforeCommit(store: Store, change: WorkChange): Promise<void> {
  const crash = new Error('crashed before the commit')
  const work = async (tx: Transaction) => {
    await change(tx)
    throw crash
  }
  await store.transaction(work).catch((error) => {
    if (error !== crash) throw error
  })
}

/** The parts of an answer that are there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks what the test looks at')
  return value
}
