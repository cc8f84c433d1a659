import type { Clock } from '../core/clock.ts'
import { printedArn } from '../core/principal.ts'
import { ServiceError } from '../core/service-error.ts'
import type { OperatorTask } from '../core/services/operator-task.ts'
import { serviceEvent } from '../core/services/service-event.ts'
import type { Store } from '../core/store.ts'
import { NoProofError } from '../ledger/event-proof.ts'
import type { Ledger } from '../ledger/ledger.ts'

export interface ProofDependencies {
  ledger: Pick<Ledger, 'prove'>
  store: Pick<Store, 'transaction'>
  clock: Clock
  /** Where the records of proofs belong: the server's own account and Region. */
  home: { accountId: string; region: string }
}

/** The operator's task behind `strongroom ledger prove --endpoint`: who took a proof out of the ledger is recorded. */
export const proofTask = ({ ledger, store, clock, home }: ProofDependencies): OperatorTask => ({
  action: 'strongroom:ProveEvent',
  async run(input, caller) {
    const eventId = eventIdIn(input)
    const proof = await ledger.prove(eventId).catch((thrown) => {
      if (!(thrown instanceof NoProofError)) throw thrown
      const [code, status] = answers[thrown.reason]
      throw new ServiceError(code, status, thrown.message)
    })
    await store.transaction(async (tx) => {
      tx.record(
        serviceEvent({
          eventSource: 'cloudtrail.amazonaws.com',
          eventName: 'ProveEvent',
          timeMs: clock.nowMs(),
          scope: home,
          invokedBy: printedArn(caller.principal),
          serviceEventDetails: { eventId },
        }),
      )
    })
    return proof
  },
})

const answers = {
  unknown: ['EventNotFoundException', 404],
  removed: ['EventRemovedException', 404],
  unsigned: ['EventNotSignedException', 409],
  unsound: ['LedgerNotSoundException', 409],
} as const

function eventIdIn(input: unknown): string {
  const { eventId } = (typeof input === 'object' && input !== null ? input : {}) as { eventId?: unknown }
  if (typeof eventId === 'string' && eventId.length > 0 && eventId.length <= 100) return eventId
  throw new ServiceError('ValidationException', 400, 'Send {"eventId": "…"}, the eventID of a record.')
}
