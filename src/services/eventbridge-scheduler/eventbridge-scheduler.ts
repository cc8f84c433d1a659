import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { deliveriesOf } from '../../kit/deliveries/deliveries.ts'
import { RoleSessions } from '../../kit/role-sessions.ts'
import { schedulerPrincipal } from './domain/names.ts'
import { schedulerSource } from './operations/delivery-of.ts'
import { deleteGroupRunner, deleteGroupWork } from './operations/groups.ts'
import { runScheduleWork, scheduleRunner } from './operations/runs.ts'
import { sdkSender } from './operations/sdk-sender.ts'
import type { SchedulerContext } from './scheduler-context.ts'
import { schedulerOperations } from './scheduler-service.ts'

const definition: ServiceDefinition<SchedulerContext> = {
  name: 'scheduler',
  title: 'Amazon EventBridge Scheduler',
  principal: schedulerPrincipal,
  apiVersion: '2021-06-30',
  bindings: [
    {
      protocol: 'restJson1',
      paths: /^\/(schedules|schedule-groups)(\/|$)|^\/tags\/arn(:|%3A)aws[^:%]*(:|%3A)scheduler/i,
    },
  ],
  messageMember: 'Message',
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: schedulerOperations,
}

/** Amazon EventBridge Scheduler. */
export const eventbridgeScheduler: ServiceModule = {
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
