import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { CloudWatchContext } from './cloudwatch-context.ts'
import { cloudWatchOperations } from './cloudwatch-service.ts'
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

/** Amazon CloudWatch: metrics. */
export const cloudwatch: ServiceModule = {
  definition,
  migrations: cloudWatchMigrations,
  open({ store, clock, sealer }) {
    return {
      context: (call): CloudWatchContext => ({ call, sealer, data: store }),
      work: { [rollUpWork]: rollUpRunner({ clock }) },
    }
  },
}
