import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { validationError } from './domain/errors.ts'
import { organizationsPrincipal } from './domain/names.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'organizations',
    title: 'AWS Organizations',
    principal: organizationsPrincipal,
    apiVersion: '2016-11-28',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['AWSOrganizationsV20161128'] }],
    globalRegion: 'us-east-1',
    messageMember: 'Message',
    validationErrorCode: 'InvalidInputException',
    validationShowsValues: false,
    validationError,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  work: {
    'organizations.create-account': { atOnce: 2, isPrompt: true },
    'organizations.forget-handshake': 'shared',
  },
}
