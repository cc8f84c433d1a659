import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'sts',
    title: 'AWS Security Token Service',
    principal: 'sts.amazonaws.com',
    apiVersion: '2011-06-15',
    bindings: [
      {
        protocol: 'awsQuery',
        version: '2011-06-15',
        xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
        times: 'seconds',
      },
    ],
    messageMember: 'message',
    validationErrorCode: 'ValidationError',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
}
