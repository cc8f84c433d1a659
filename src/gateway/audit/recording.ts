import type { AuditRecord } from '../../core/audit.ts'
import type { DataEvent, DataEventInterest } from '../../core/services/data-events.ts'
import type { ActiveCall } from '../active-call.ts'

/**
 * Decides which records of a call are kept: of management events all, of data events those that something wants, and of operations
 * that AWS never records none. A call without a record is decided, authorised and explained like every other, and costs the ledger
 * nothing.
 */
export class Recording {
  readonly #all: boolean
  readonly #interests: () => readonly DataEventInterest[]

  constructor({ allDataEvents, interests }: { allDataEvents: boolean; interests(): readonly DataEventInterest[] }) {
    this.#all = allDataEvents
    this.#interests = interests
  }

  /** @param make - makes the records of the call; called only when they may be kept. */
  keptOf(call: ActiveCall, make: () => AuditRecord[]): AuditRecord[] {
    const { declaration } = call.loaded
    if (declaration?.audit?.onlySigned && call.caller.principal.kind === 'anonymous') return []
    if (declaration?.recorded === 'never') return []
    if (this.#all || declaration?.category !== 'Data') return make()
    const event: DataEvent = {
      eventSource: call.served.definition.principal,
      eventName: declaration.audit?.eventName ?? call.operation,
      region: call.region,
      accountId: call.accountId,
      readOnly: declaration.readOnly,
    }
    const interested = this.#interests().filter((interest) => interest.mayWant(event))
    if (interested.length === 0) return []
    return make().filter((record) => interested.some((interest) => interest.wants(record)))
  }
}
