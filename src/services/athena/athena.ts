import { minuteMs } from '../../core/durations.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { SqlQueries } from '../../kit/sql-queries/sql-queries.ts'
import type { AthenaContext } from './athena-context.ts'
import { athenaOperations } from './athena-service.ts'
import { type AthenaSettings, athenaManifest } from './manifest.ts'
import { outline } from './outline.ts'
import { forgetKind, forgetRunner, runKind, runSpec } from './running/run-work.ts'
import { RunningQueries } from './running/running-queries.ts'

const definition: ServiceDefinition<AthenaContext> = { ...outline.head, operations: athenaOperations }

/** How long a query may run, as in AWS by default. */
const mostMs = 30 * minuteMs
/** Of rows that are expanded on the disk. */
const scratchBytes = 32 * 1024 ** 3

/** Amazon Athena. */
export const athena: ServiceModule<AthenaSettings> = {
  ...athenaManifest,
  definition,
  open({ store, clock, sealer, calls, signal, onFault }, settings) {
    const queries = new SqlQueries({
      most: settings['athena.processes'],
      limits: { memory: settings['athena.memory'], threads: 2, scratchBytes },
      mostMs,
    })
    const running = new RunningQueries()
    return {
      context: (call): AthenaContext => ({ call, sealer, running, found: new FoundOnce() }),
      work: {
        [runKind]: runSpec({ store, clock, calls, signal, onFault, queries, running }),
        [forgetKind]: forgetRunner,
      },
      stop: () => queries.close(),
    }
  },
}
