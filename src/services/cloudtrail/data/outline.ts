import type { ServiceModel } from '../../../core/services/service-model.ts'
import type { ServiceOutline } from '../../../core/services/service-module.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'cloudtrail-data',
    title: 'AWS CloudTrail Data',
    principal: 'cloudtrail.amazonaws.com',
    apiVersion: '2021-08-11',
    bindings: [{ protocol: 'restJson1', paths: /^\/PutAuditEvents$/ }],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  },
}
