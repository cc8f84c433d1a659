import type { CollectionSpec, DocumentReader } from '../../../core/store.ts'
import { type LedgerPosition, readPosition } from '../../../kit/ledger-follower.ts'

const positions: CollectionSpec<LedgerPosition> = { name: 'cloudtrail.ledger-positions' }

/** Up to where the ledger is taken. */
export const followedPosition = { positions, name: 'events' }

/** Returns whether something takes events, so that the ledger is followed. */
export const followsLedger = async (reader: DocumentReader): Promise<boolean> =>
  (await readPosition(reader, followedPosition)) !== undefined
