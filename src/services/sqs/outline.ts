import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceOutline } from '../../core/services/service-module.ts'
import { queryErrorCodes, queryErrorMessages } from './domain/errors.ts'
import { sqsModel } from './sqs-model.ts'

/** The part of the service that a server needs from its start. */
export const outline: ServiceOutline = {
  head: {
    name: 'sqs',
    title: 'Amazon SQS',
    principal: 'sqs.amazonaws.com',
    apiVersion: '2012-11-05',
    bindings: [
      { protocol: 'awsJson1_0', targetPrefixes: ['AmazonSQS'] },
      {
        protocol: 'awsQuery',
        version: '2012-11-05',
        xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
        errorCodes: queryErrorCodes,
        errorMessages: queryErrorMessages,
        writesDetail: true,
        pathParameter: 'QueueUrl',
      },
    ],
    messageMember: 'message',
    validationErrorCode: 'ValidationException',
    validationShowsValues: true,
    loadModel: async () =>
      sqsModel((await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel),
  },
  work: {
    'sqs.discard-messages': 'shared',
    'sqs.expire-messages': 'shared',
    'sqs.move-messages': 'shared',
  },
}
