import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { cloudWatchMigrations } from './storage/migrations.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
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
  },
  migrations: cloudWatchMigrations,
  work: {
    'monitoring.roll-up': 'shared',
    'monitoring.evaluate-alarms': { atOnce: 1 },
    'monitoring.end-suppression': 'shared',
    'monitoring.deliver': { atOnce: 1, isPrompt: true },
  },
  takesMetrics: true,
}
