import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { deliveriesOf } from '../../kit/deliveries/deliveries.ts'
import { RoleSessions } from '../../kit/role-sessions.ts'
import { eventbridgeSchedulerManifest } from './manifest.ts'
import { schedulerSource } from './operations/delivery-of.ts'
import { deleteGroupRunner, deleteGroupWork } from './operations/groups.ts'
import { runScheduleWork, scheduleRunner } from './operations/runs.ts'
import { sdkSender } from './operations/sdk-sender.ts'
import { outline } from './outline.ts'
import type { SchedulerContext } from './scheduler-context.ts'
import { schedulerOperations } from './scheduler-service.ts'

const definition: ServiceDefinition<SchedulerContext> = { ...outline.head, operations: schedulerOperations }

/** Amazon EventBridge Scheduler. */
export const eventbridgeScheduler: ServiceModule = {
  ...eventbridgeSchedulerManifest,
  definition,
  open(host) {
    const { sealer, calls, clock } = host
    const roles = new RoleSessions(host)
    const deliveries = deliveriesOf(schedulerSource({ sdk: sdkSender(host, roles) }))
    return {
      context: (call): SchedulerContext => ({ call, sealer, calls, roles }),
      work: {
        ...deliveries.work(host),
        [runScheduleWork]: { run: scheduleRunner({ deliveries, clock }), atOnce: 4 },
        [deleteGroupWork]: deleteGroupRunner,
      },
    }
  },
}
