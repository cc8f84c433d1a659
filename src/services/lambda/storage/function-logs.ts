import { BoundedMap } from '../../../core/bounded-map.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../../../core/store.ts'
import { functions, listOf } from './collections.ts'

/** What one invocation wrote. */
export interface InvocationLog {
  timeMs: number
  requestId: string
  version: string
  /** In Lambda's form, `START` to `REPORT`; the end of it, where it was long. */
  text: string
}

/** Where what functions write is kept. */
export interface FunctionLogs {
  /** Prepares to keep a log; what is returned writes it with the change that the invocation is part of. */
  keep(scope: Scope, functionName: string, log: InvocationLog): Promise<(tx: Transaction) => Promise<void>>
  /** The last logs of a function, oldest first; none where there is no such function. */
  read(scope: Scope, functionName: string): Promise<InvocationLog[]>
  /** Returns whether there is a function that could have logs. */
  isFunction(scope: Scope, functionName: string): Promise<boolean>
  /** Forgets a function's logs. */
  remove(tx: Transaction, scope: Scope, functionName: string): Promise<void>
}

/** Under function and place in the ring. Sealed: functions write what they like. */
const invocationLogs: CollectionSpec<InvocationLog & { sequence: number }> = {
  name: 'lambda.invocation-logs',
  sealed: ['text'],
}

const keptInvocations = 50
const keptCharacters = 64 * 1024

/** Of how many functions the next place is kept in memory; that of others is looked up. */
const keptPlaces = 10_000

/** Keeps the logs of each function's last invocations in the database, in a ring of fixed size. */
export class RecentFunctionLogs implements FunctionLogs {
  readonly #store: Store
  /** The next sequence number of functions. */
  readonly #next: BoundedMap<string, Promise<{ sequence: number }>>

  constructor(store: Store, maxPlaces = keptPlaces) {
    this.#store = store
    this.#next = new BoundedMap(maxPlaces)
  }

  /** Of how many functions the next place is in memory. */
  get places(): number {
    return this.#next.size
  }

  async keep(scope: Scope, functionName: string, log: InvocationLog): Promise<(tx: Transaction) => Promise<void>> {
    const next = await this.#nextOf(scope, functionName)
    const sequence = next.sequence++
    const kept = { ...log, text: log.text.slice(-keptCharacters), sequence }
    return async (tx) => {
      // It may have been deleted while it ran.
      if (!(await tx.in(functions).get(scope, functionName))) return
      await tx.in(invocationLogs).put(scope, logId(functionName, sequence), kept)
    }
  }

  async isFunction(scope: Scope, functionName: string): Promise<boolean> {
    return (await this.#store.in(functions).get(scope, functionName)) !== undefined
  }

  async read(scope: Scope, functionName: string): Promise<InvocationLog[]> {
    const found = await this.#all(scope, functionName)
    return found.map(({ sequence: _, ...log }) => log)
  }

  async remove(tx: Transaction, scope: Scope, functionName: string): Promise<void> {
    this.#next.delete(keyOf(scope, functionName))
    for (let place = 0; place < keptInvocations; place++) {
      await tx.in(invocationLogs).delete(scope, logId(functionName, place))
    }
  }

  #nextOf(scope: Scope, functionName: string): Promise<{ sequence: number }> {
    const key = keyOf(scope, functionName)
    const known = this.#next.get(key)
    if (known) return known
    const found = this.#lookUp(scope, functionName)
    this.#next.set(key, found)
    found.catch(() => this.#next.delete(key))
    return found
  }

  async #lookUp(scope: Scope, functionName: string): Promise<{ sequence: number }> {
    const logs = await this.#all(scope, functionName)
    return { sequence: (logs.at(-1)?.sequence ?? -1) + 1 }
  }

  async #all(scope: Scope, functionName: string) {
    const stored = await listOf(this.#store.in(invocationLogs), scope, functionName, { limit: keptInvocations })
    return stored.map(({ document }) => document).sort((a, b) => a.sequence - b.sequence)
  }
}

const keyOf = ({ accountId, region }: Scope, functionName: string) => `${accountId}/${region}/${functionName}`

const logId = (functionName: string, sequence: number) =>
  `${functionName}/${String(sequence % keptInvocations).padStart(3, '0')}`
