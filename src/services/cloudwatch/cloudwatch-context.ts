import type { Call } from '../../core/call.ts'
import type { Sealer } from '../../core/sealer.ts'
import type { Store } from '../../core/store.ts'
import type { Deliveries } from '../../kit/deliveries/deliveries.ts'

export interface CloudWatchDependencies {
  /** For page tokens. */
  sealer: Sealer
  /** Reads of the data of metrics, which are in tables of their own. */
  data: Pick<Store, 'sql' | 'sqlApart'>
  /** Writes what services have published. */
  flush(): Promise<void>
  /** Takes the actions of alarms. */
  deliveries: Deliveries
}

/** What CloudWatch's handlers work with. */
export interface CloudWatchContext extends CloudWatchDependencies {
  call: Call
}
