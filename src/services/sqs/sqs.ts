import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { queryErrorCodes, queryErrorMessages } from './domain/errors.ts'
import { type SqsSettings, sqsManifest } from './manifest.ts'
import { DataKeys } from './operations/data-keys.ts'
import { discardRunner, discardWork, expireRunner } from './operations/discard-messages.ts'
import { moveRunner, moveWork } from './operations/move-work.ts'
import { QueueWaiters } from './queue-waiters.ts'
import type { SqsContext } from './sqs-context.ts'
import { sqsModel } from './sqs-model.ts'
import { sqsOperations } from './sqs-service.ts'
import { expireWork } from './storage/queue-messages.ts'

const definition: ServiceDefinition<SqsContext> = {
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
  operations: sqsOperations,
}

/** Amazon SQS. */
export const sqs: ServiceModule<SqsSettings> = {
  definition,
  ...sqsManifest,
  open({ clock, identity, sealer, endpoint }, settings) {
    const dependencies = {
      ...{ identity, sealer, endpoint, waiters: new QueueWaiters(), dataKeys: new DataKeys() },
      holdsNames: settings['sqs.hold-names'],
    }
    return {
      context: (call): SqsContext => ({ call, found: new FoundOnce(), ...dependencies }),
      work: {
        [discardWork]: discardRunner({ clock }),
        [expireWork]: expireRunner({ clock }),
        [moveWork]: moveRunner({ clock, waiters: dependencies.waiters }),
      },
    }
  },
}
