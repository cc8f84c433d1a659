import { BoundedMap } from '../../core/bounded-map.ts'
import { minuteMs } from '../../core/durations.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import { type Store, StoreUnavailableError } from '../../core/store.ts'
import type { LastUse } from './domain/entities.ts'
import { accountScope, lastUses } from './storage/collections.ts'

type Use = Parameters<IdentityDirectory['noteUse']>[0]

/** How exact AWS is, and how rarely a busy key is written. */
const resolutionMs = 15 * minuteMs

// Forgetting a time costs one more look into the store, no more.
const rememberedAtMost = 10_000

interface PendingUse extends LastUse {
  accountId: string
}

/** Writes when access keys and roles were last used: outside requests, together, at most every 15 minutes each. */
export class LastUseRecorder {
  readonly #store: Store
  readonly #reportFault: (fault: unknown) => void
  /** When each key and role was last taken note of by this process. */
  readonly #notedAtMs = new BoundedMap<string, number>(rememberedAtMost)
  readonly #pending = new Map<string, PendingUse>()
  #writing: Promise<void> | undefined

  constructor(store: Store, reportFault: (fault: unknown) => void) {
    this.#store = store
    this.#reportFault = reportFault
  }

  note({ caller, service, region, atMs }: Use): void {
    const { principal, accessKeyId } = caller
    const id = principal.kind === 'assumed-role' ? principal.roleId : accessKeyId
    // Keys in the server's configuration and temporary ones of users are nowhere listed.
    if (!id || !/^A(KIA|ROA)[A-Z2-7]{16,17}$/.test(id) || !('accountId' in principal)) return
    const notedAtMs = this.#notedAtMs.get(id)
    if (notedAtMs !== undefined && !isDue(notedAtMs, atMs)) return
    this.#notedAtMs.set(id, atMs)
    this.#pending.set(id, { accountId: principal.accountId, atMs, service, region })
    this.#writing ??= this.#writeSoon()
  }

  /** Resolves when nothing is left to write, or nothing can be written. */
  async flush(): Promise<void> {
    await this.#writing
  }

  async #writeSoon(): Promise<void> {
    while (this.#pending.size > 0) {
      // The turn of the event loop that answers the request goes first.
      await new Promise((resolve) => setImmediate(resolve))
      const batch = [...this.#pending]
      this.#pending.clear()
      await this.#write(batch).catch((fault: unknown) => this.#tryAgainLater(batch, fault))
    }
    this.#writing = undefined
  }

  #tryAgainLater(batch: readonly [string, PendingUse][], fault: unknown): void {
    for (const [id] of batch) this.#notedAtMs.delete(id)
    // A store that cannot write fails every request loudly; this loses a time that the next use brings again.
    if (!(fault instanceof StoreUnavailableError)) this.#reportFault(fault)
  }

  #write(batch: readonly [string, PendingUse][]): Promise<void> {
    return this.#store.transaction(async (tx) => {
      for (const [id, { accountId, ...use }] of batch) {
        const scope = accountScope(accountId)
        const written = await tx.in(lastUses).get(scope, id)
        if (!written || isDue(written.atMs, use.atMs)) await tx.in(lastUses).put(scope, id, use)
      }
    })
  }
}

/** In both directions: the clock may have been moved back. */
const isDue = (thenMs: number, nowMs: number) => Math.abs(nowMs - thenMs) >= resolutionMs
