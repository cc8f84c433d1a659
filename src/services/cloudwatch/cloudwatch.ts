import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { CloudWatchContext } from './cloudwatch-context.ts'
import { cloudWatchOperations } from './cloudwatch-service.ts'
import { cloudwatchManifest } from './manifest.ts'
import { alarmDeliveries } from './operations/alarms/alarm-deliveries.ts'
import { evaluationRunner } from './operations/alarms/evaluate-alarms.ts'
import { suppressionRunner, suppressionWork } from './operations/alarms/suppression.ts'
import { outline } from './outline.ts'
import { evaluationWork } from './storage/evaluation-schedule.ts'
import { MetricFlush } from './storage/metric-flush.ts'
import { rollUpRunner, rollUpWork } from './storage/roll-up.ts'

const definition: ServiceDefinition<CloudWatchContext> = { ...outline.head, operations: cloudWatchOperations }

/** Amazon CloudWatch: metrics and alarms. */
export const cloudwatch: ServiceModule = {
  ...cloudwatchManifest,
  definition,
  migrations: outline.migrations,
  open(host) {
    const { store, clock, sealer, collectedMetrics: collected, onFault } = host
    const deliveries = alarmDeliveries(clock)
    const metrics = new MetricFlush({ store, clock, collected, onFault })
    const flush = () => metrics.flush()
    return {
      context: (call): CloudWatchContext => ({ call, sealer, data: store, flush, deliveries }),
      work: {
        [rollUpWork]: rollUpRunner({ clock }),
        [evaluationWork]: { run: evaluationRunner({ store, clock, flush, deliveries, onFault }), atOnce: 1 },
        [suppressionWork]: suppressionRunner({ clock, deliveries }),
        ...deliveries.work(host),
      },
      takeMetrics: flush,
      stop: flush,
    }
  },
}
