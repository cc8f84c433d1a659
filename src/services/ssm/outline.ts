import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { ssmMigrations } from './storage/migrations.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'ssm',
    title: 'AWS Systems Manager',
    principal: 'ssm.amazonaws.com',
    apiVersion: '2014-11-06',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['AmazonSSM'] }],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  migrations: ssmMigrations,
  work: {
    'ssm.parameter-policy': 'shared',
    'ssm.validate-image': 'shared',
    'ssm.discard-import': 'shared',
  },
  tasks: { 'public-parameters': 'strongroom:ImportPublicParameters' },
}
