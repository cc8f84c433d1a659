import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'athena',
    title: 'Amazon Athena',
    principal: 'athena.amazonaws.com',
    apiVersion: '2017-05-18',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['AmazonAthena'] }],
    messageMember: 'Message',
    validationErrorCode: 'InvalidRequestException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  work: { 'athena.run': { atOnce: 8, isPrompt: true }, 'athena.forget': 'shared' },
}
