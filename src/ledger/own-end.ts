import type { Sql } from '../core/sql.ts'
import { StoreUnavailableError } from '../core/store.ts'
import type { ChainHead } from './hash-chain.ts'
import { type Head, isSealedBy } from './head.ts'
import type { LedgerKey } from './ledger-key.ts'
import { type LedgerEnd, ledgerEnd } from './tables.ts'

/**
 * The end of the ledger as long as it is the one that this server, or another node, has left. An end that is another's is an
 * alarm: nothing is recorded behind it and nothing is signed until the database is as it was.
 */
export class OwnEnd {
  readonly #key: LedgerKey
  readonly #onAlarm: (reason: string | undefined) => void
  /** The last record that this process knows to be durable. */
  #seenSeq = 0
  #alarm: string | undefined

  /** @param onAlarm - called once with what is wrong, and once without when it is right again. */
  constructor(key: LedgerKey, onAlarm: (reason: string | undefined) => void) {
    this.#key = key
    this.#onAlarm = onAlarm
  }

  /** What is wrong, as far as is known. */
  get alarm(): string | undefined {
    return this.#alarm
  }

  /** Looks where the ledger ends. @throws StoreUnavailableError - the end is not the one that the server has left. */
  async look(sql: Sql): Promise<ChainHead> {
    const seenSeq = this.#seenSeq
    const end = await ledgerEnd(sql)
    return this.#checked(end.head, this.#foreign(end.head, seenSeq) ?? beyond(end))
  }

  /** Checks the head that a transaction has locked. @throws StoreUnavailableError likewise. */
  checkLocked(head: Head | undefined): ChainHead {
    return this.#checked(head, this.#foreign(head, this.#seenSeq))
  }

  /** Records up to this one are durable. */
  seen(seq: number): void {
    this.#seenSeq = Math.max(this.#seenSeq, seq)
  }

  #foreign(head: Head | undefined, seenSeq: number): string | undefined {
    if (!head) return 'the row that holds its end is gone'
    if (!isSealedBy(head, this.#key.headKey)) return 'the row that holds its end was not written by the server'
    if (head.seq < seenSeq) return `it was set back from record ${seenSeq} to record ${head.seq}`
    return undefined
  }

  #checked(head: Head | undefined, wrong: string | undefined): ChainHead {
    const alarm = wrong && `The ledger was changed by another program: ${wrong}. ${whatToDo}`
    if (alarm !== this.#alarm) {
      this.#alarm = alarm
      this.#onAlarm(alarm)
    }
    if (alarm !== undefined || !head) throw new StoreUnavailableError(alarm ?? whatToDo)
    return head
  }
}

const whatToDo = 'Nothing is recorded until it is as it was: stop the server and run strongroom ledger verify.'

function beyond({ last, head }: LedgerEnd): string | undefined {
  if (!head || last.seq === head.seq) return undefined
  if (last.seq < head.seq) return `records ${last.seq + 1} to ${head.seq} are gone`
  return `the server has written ${head.seq} records, but there is a record ${last.seq}`
}
