import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { CloudWatchContext } from './cloudwatch-context.ts'
import { cloudWatchOperations } from './cloudwatch-service.ts'
import { alarmDeliveries } from './operations/alarms/alarm-deliveries.ts'
import { evaluationRunner } from './operations/alarms/evaluate-alarms.ts'
import { suppressionRunner, suppressionWork } from './operations/alarms/suppression.ts'
import { evaluationWork } from './storage/evaluation-schedule.ts'
import { cloudWatchMigrations } from './storage/migrations.ts'
import { rollUpRunner, rollUpWork } from './storage/roll-up.ts'

const definition: ServiceDefinition<CloudWatchContext> = {
  name: 'monitoring',
  title: 'Amazon CloudWatch',
  principal: 'monitoring.amazonaws.com',
  apiVersion: '2010-08-01',
  bindings: [
    { protocol: 'awsJson1_0', targetPrefixes: ['GraniteServiceVersion20100801'] },
    { protocol: 'rpcv2Cbor', serviceName: 'GraniteServiceVersion20100801' },
    {
      protocol: 'awsQuery',
      version: '2010-08-01',
      xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    },
  ],
  messageMember: 'message',
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: cloudWatchOperations,
}

/** Amazon CloudWatch: metrics and alarms. */
export const cloudwatch: ServiceModule = {
  definition,
  migrations: cloudWatchMigrations,
  open(host) {
    const { store, clock, sealer, onFault } = host
    const deliveries = alarmDeliveries(clock)
    return {
      context: (call): CloudWatchContext => ({ call, sealer, data: store, deliveries }),
      work: {
        [rollUpWork]: rollUpRunner({ clock }),
        [evaluationWork]: { run: evaluationRunner({ store, clock, deliveries, onFault }), atOnce: 1 },
        [suppressionWork]: suppressionRunner({ clock, deliveries }),
        ...deliveries.work(host),
      },
    }
  },
}
