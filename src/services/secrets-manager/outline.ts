import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { secretsManagerMigrations } from './storage/migrations.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'secretsmanager',
    title: 'AWS Secrets Manager',
    principal: 'secretsmanager.amazonaws.com',
    apiVersion: '2017-10-17',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['secretsmanager'] }],
    messageMember: 'Message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  migrations: secretsManagerMigrations,
  work: {
    'secretsmanager.delete-secret': 'shared',
    'secretsmanager.replicate': 'shared',
    'secretsmanager.rotate': 'shared',
    'secretsmanager.prune-versions': 'shared',
    'secretsmanager.count-secrets': 'shared',
  },
}
