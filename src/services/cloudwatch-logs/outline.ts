import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { logsMigrations } from './storage/migrations.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'logs',
    title: 'Amazon CloudWatch Logs',
    principal: 'logs.amazonaws.com',
    apiVersion: '2014-03-28',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['Logs_20140328'] }],
    messageMember: 'message',
    validationErrorCode: 'InvalidParameterException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  migrations: logsMigrations,
  work: {
    'logs.expire': 'shared',
    'logs.discard': 'shared',
    'logs.discard-stream': 'shared',
    'logs.merge': 'shared',
    'logs.query': { atOnce: 2, isPrompt: true },
    'logs.forget-query': 'shared',
    'logs.deliver': { atOnce: 1, isPrompt: true },
  },
}
