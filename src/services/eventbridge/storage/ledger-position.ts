import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'

export const everywhere: Scope = { accountId: '', region: '' }
export const onlyPosition = 'api-calls'

/** Up to where the ledger is taken; no document while nothing wants events of calls. */
export const ledgerPositions: CollectionSpec<{ seq: number }> = { name: 'eventbridge.ledger-positions' }

/** Returns whether something wants events of calls, so that the ledger is followed. */
export const followsLedger = async (reader: Pick<Store, 'in'>): Promise<boolean> =>
  (await reader.in(ledgerPositions).get(everywhere, onlyPosition)) !== undefined
