import type { CollectionSpec, Store } from '../../../core/store.ts'
import { type LedgerPosition, readPosition } from '../../../kit/ledger-follower.ts'

const positions: CollectionSpec<LedgerPosition> = { name: 'eventbridge.ledger-positions' }

/** Up to where the ledger is taken. */
export const apiCallsPosition = { positions, name: 'api-calls' }

/** Returns whether something wants events of calls, so that the ledger is followed. */
export const followsLedger = async (reader: Pick<Store, 'in'>): Promise<boolean> =>
  (await readPosition(reader, apiCallsPosition)) !== undefined
