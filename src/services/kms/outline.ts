import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { kmsMigrations } from './storage/migrations.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'kms',
    title: 'AWS Key Management Service',
    principal: 'kms.amazonaws.com',
    apiVersion: '2014-11-01',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['TrentService'] }],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  migrations: kmsMigrations,
  work: {
    'kms.delete-key': 'shared',
    'kms.rotate-key': 'shared',
    'kms.remove-grants': 'shared',
    'kms.connect-key-store': 'shared',
    'kms.disconnect-key-store': 'shared',
    'kms.delete-backing-key': 'shared',
    'kms.settle-key': 'shared',
    'kms.expire-key-material': 'shared',
    'kms.report-expiration': 'shared',
    'kms.forget-import-pair': 'shared',
    'kms.rotate-owned-key': 'shared',
  },
}
