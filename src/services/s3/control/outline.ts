import type { ServiceModel } from '../../../core/services/service-model.ts'
import type { ServiceOutline } from '../../../core/services/service-module.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 's3control',
    title: 'Amazon S3 Control',
    signingName: 's3',
    principal: 's3.amazonaws.com',
    apiVersion: '2018-08-20',
    bindings: [
      {
        protocol: 'restXml',
        xmlNamespace: 'http://awss3control.amazonaws.com/doc/2018-08-20/',
        errors: 'wrapped',
        paths: /^\/v20180820\//,
      },
    ],
    messageMember: 'message',
    validationErrorCode: 'InvalidRequest',
    validationShowsValues: false,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
}
