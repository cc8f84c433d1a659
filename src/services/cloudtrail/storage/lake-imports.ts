import type { CollectionSpec, DocumentReader } from '../../../core/store.ts'
import { inOrder } from './pending.ts'

export type ImportStatus = 'INITIALIZING' | 'IN_PROGRESS' | 'FAILED' | 'STOPPED' | 'COMPLETED'

/** Events that are copied from a trail's bucket into a store. */
export interface LakeImport {
  id: string
  accountId: string
  region: string
  storeId: string
  storeArn: string
  source: { uri: string; region: string; roleArn: string }
  startMs?: number
  endMs?: number
  status: ImportStatus
  createdAtMs: number
  updatedAtMs: number
  /** The last object that was read: the import goes on behind it. */
  afterKey?: string
  /** The last folder of a day that objects were found in. */
  lastPrefix?: string
  /** The number of the retry; the first run is 0. */
  round: number
  statistics: { prefixes: number; prefixesCompleted: number; files: number; events: number; failed: number }
}

/** In the scope of account and Region, by id. */
export const lakeImports: CollectionSpec<LakeImport> = {
  name: 'cloudtrail.imports',
  indexes: {
    running: (one) => (isRunning(one) ? ['all', one.storeId] : []),
    time: ({ createdAtMs }) => [inOrder(createdAtMs)],
  },
}

export const isRunning = ({ status }: LakeImport): boolean => status === 'INITIALIZING' || status === 'IN_PROGRESS'

/** Returns the import that runs in an account and Region, or into one store of it. */
export async function runningImport(
  reader: DocumentReader,
  { accountId, region }: { accountId: string; region: string },
  value = 'all',
): Promise<LakeImport | undefined> {
  const [found] = await reader
    .in(lakeImports)
    .list({ accountId, region }, { index: { name: 'running', value }, limit: 1 })
  return found?.document
}

export const importRunningInto = (
  reader: DocumentReader,
  store: { id: string; accountId: string; region: string },
): Promise<LakeImport | undefined> => runningImport(reader, store, store.id)

/** An object that could not be imported. */
export interface ImportFailure {
  location: string
  status: 'FAILED' | 'RETRY' | 'SUCCEEDED'
  errorType: string
  message: string
  updatedAtMs: number
}

/** By import and location, in the scope of account and Region. */
export const importFailures: CollectionSpec<ImportFailure> = { name: 'cloudtrail.import-failures' }
