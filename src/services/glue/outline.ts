import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'glue',
    title: 'AWS Glue Data Catalog',
    principal: 'glue.amazonaws.com',
    apiVersion: '2017-03-31',
    bindings: [{ protocol: 'awsJson1_1', targetPrefixes: ['AWSGlue'] }],
    messageMember: 'Message',
    validationErrorCode: 'InvalidInputException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
  work: { 'glue.discard': 'shared' },
}
