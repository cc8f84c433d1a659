import type { Blobs } from '../../../core/blobs.ts'
import type { IdentityDirectory } from '../../../core/identity.ts'
import type { LedgerTail } from '../../../core/services/record-follower.ts'
import type { FoundOnce } from '../../../kit/found-once.ts'
import type { EventDataStore } from '../domain/lake/event-data-store.ts'
import type { LakeEngine } from './lake-engine.ts'
import type { RunningQueries } from './running-queries.ts'
import type { StoreDirectory } from './store-directory.ts'

/** What handlers of CloudTrail Lake work with, beside those of all of CloudTrail. */
export interface LakeParts {
  stores: StoreDirectory
  ledger: LedgerTail
  blobs: Blobs
  identity: IdentityDirectory
  engine: LakeEngine
  running: RunningQueries
}

/** What the call was found to be about, by id. */
export type FoundStores = FoundOnce<EventDataStore | undefined>
