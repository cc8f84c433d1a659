import type { BoundedMap } from '../../core/bounded-map.ts'
import type { Call } from '../../core/call.ts'
import type { IdentityDirectory } from '../../core/identity.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { Store } from '../../core/store.ts'
import type { FoundOnce } from '../../kit/found-once.ts'
import type { Queue } from './domain/queue.ts'
import type { DataKeys } from './operations/data-keys.ts'
import type { QueueMetrics } from './queue-metrics.ts'
import type { QueueWaiters } from './queue-waiters.ts'

export interface SqsDependencies {
  identity: IdentityDirectory
  /** For what is not of a call's own change. */
  store: Pick<Store, 'transaction'>
  /** For receipt handles and page tokens. */
  sealer: Sealer
  waiters: QueueWaiters
  metrics: QueueMetrics
  dataKeys: DataKeys
  /** By id: the queues that the last receive found something in. */
  filledQueues: BoundedMap<string, true>
  /** Whether the name of a deleted queue cannot be used again for a minute. */
  holdsNames: boolean
  /** Where the server answers: the beginning of queue URLs. */
  endpoint(): string
}

/** What SQS's handlers work with. */
export interface SqsContext extends SqsDependencies {
  call: Call
  /** The queues that the call is about, by account and name. */
  found: FoundOnce<Queue | undefined>
}
