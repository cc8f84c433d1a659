import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { snsModel } from './sns-model.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'sns',
    title: 'Amazon SNS',
    principal: 'sns.amazonaws.com',
    apiVersion: '2010-03-31',
    bindings: [
      {
        protocol: 'awsQuery',
        version: '2010-03-31',
        xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
        errorCodes: { AccessDenied: 'AuthorizationError' },
      },
    ],
    messageMember: 'message',
    validationErrorCode: 'ValidationError',
    validationShowsValues: true,
    documents: /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/,
    loadModel: async () =>
      snsModel((await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel),
  },
  work: {
    'sns.deliver': { atOnce: 1, isPrompt: true },
    'sns.http.deliver': { atOnce: 1, isPrompt: true },
    'sns.fan-out': { atOnce: 1, isPrompt: true },
    'sns.discard-subscriptions': 'shared',
    'sns.drop-unconfirmed': 'shared',
  },
}
