import { minuteMs } from '../../../core/durations.ts'
import { type Store, StoreUnavailableError } from '../../../core/store.ts'
import type { KmsKey } from '../domain/key.ts'
import type { KeyUsages, KeyUse } from '../domain/key-usage.ts'
import { keys, keyUsages, scopeOf } from './collections.ts'

/** How late a use is written; AWS takes up to an hour. */
const writeAfterMs = minuteMs

/** Written at once when there are so many, so that memory stays bounded. */
const pendingAtMost = 10_000

/** In one transaction, so that others do not wait long for theirs. */
const writtenTogether = 100

/**
 * Remembers when keys were last used: in memory first, and written together a little later, so that no call waits for it.
 * A crash loses no more than the last minute.
 */
export class KeyUsageRecorder implements KeyUsages {
  readonly #store: Store
  readonly #reportFault: (fault: unknown) => void
  /** By key ARN: what is not written yet. */
  readonly #pending = new Map<string, KeyUse>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(store: Store, reportFault: (fault: unknown) => void) {
    this.#store = store
    this.#reportFault = reportFault
  }

  note(keyArn: string, use: KeyUse): void {
    this.#pending.set(keyArn, use)
    if (this.#pending.size >= pendingAtMost) void this.flush()
    else this.#writeLater()
  }

  async lastUse(key: KmsKey): Promise<KeyUse | undefined> {
    return this.#pending.get(key.arn) ?? (await this.#store.in(keyUsages).get(scopeOf(key), key.keyId))
  }

  /** Resolves when nothing is left to write, or nothing can be written. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => this.flush(), writeAfterMs).unref()
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#pending.size > 0) await this.#write([...this.#pending].slice(0, writtenTogether))
    } catch (fault) {
      // What stays noted is written later. A store that cannot write fails every request loudly.
      if (!(fault instanceof StoreUnavailableError)) this.#reportFault(fault)
      if (this.#pending.size >= pendingAtMost) this.#pending.clear()
      else this.#writeLater()
    }
  }

  async #write(batch: readonly [arn: string, use: KeyUse][]): Promise<void> {
    await this.#store.transaction(async (tx) => {
      for (const [arn, use] of batch) {
        const [, , , region = '', accountId = '', resource = ''] = arn.split(':')
        const scope = { accountId, region }
        const keyId = resource.slice('key/'.length)
        const written = await tx.in(keyUsages).get(scope, keyId)
        const isNews = (written?.atMs ?? 0) <= use.atMs
        // A key may have been deleted since.
        if (isNews && (await tx.in(keys).get(scope, keyId))) await tx.in(keyUsages).put(scope, keyId, use)
      }
    })
    // A use that was noted meanwhile is still to be written.
    for (const [arn, use] of batch) if (this.#pending.get(arn) === use) this.#pending.delete(arn)
  }
}
