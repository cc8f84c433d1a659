import { BoundedMap } from '../../core/bounded-map.ts'
import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { type SqsSettings, sqsManifest } from './manifest.ts'
import { DataKeys } from './operations/data-keys.ts'
import { discardRunner, discardWork, expireRunner } from './operations/discard-messages.ts'
import { moveRunner, moveWork } from './operations/move-work.ts'
import { requestQuotas } from './operations/request-quotas.ts'
import { outline } from './outline.ts'
import { QueueMetrics } from './queue-metrics.ts'
import { QueueWaiters } from './queue-waiters.ts'
import type { SqsContext } from './sqs-context.ts'
import { sqsOperations } from './sqs-service.ts'
import { expireWork } from './storage/queue-messages.ts'

const definition: ServiceDefinition<SqsContext> = { ...outline.head, operations: sqsOperations, requestQuotas }

/** Amazon SQS. */
export const sqs: ServiceModule<SqsSettings> = {
  definition,
  ...sqsManifest,
  open({ store, clock, identity, sealer, metrics, endpoint }, settings) {
    const dependencies = {
      ...{ identity, store, sealer, endpoint, waiters: new QueueWaiters(), dataKeys: new DataKeys(clock) },
      metrics: new QueueMetrics(metrics, store, clock),
      filledQueues: new BoundedMap<string, true>(10_000),
      holdsNames: settings['sqs.hold-names'],
    }
    const endWaking = clock.onMoved(() => dependencies.waiters.wakeAll())
    return {
      throttled: settings['sqs.throttle'],
      stop: async () => endWaking(),
      context: (call): SqsContext => ({ call, found: new FoundOnce(), ...dependencies }),
      work: {
        [discardWork]: discardRunner,
        [expireWork]: expireRunner({ clock }),
        [moveWork]: moveRunner({ clock, waiters: dependencies.waiters }),
      },
    }
  },
}
