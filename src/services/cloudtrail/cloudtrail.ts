import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModel } from '../../core/services/service-model.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { CloudTrailContext } from './cloudtrail-context.ts'
import { cloudtrailOperations } from './cloudtrail-service.ts'
import { requestQuotas } from './domain/request-quotas.ts'
import { type CloudTrailSettings, cloudtrailManifest } from './manifest.ts'

const definition: ServiceDefinition<CloudTrailContext> = {
  name: 'cloudtrail',
  title: 'AWS CloudTrail',
  principal: 'cloudtrail.amazonaws.com',
  apiVersion: '2013-11-01',
  bindings: [
    {
      protocol: 'awsJson1_1',
      targetPrefixes: ['CloudTrail_20131101', 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101'],
    },
  ],
  messageMember: 'message',
  validationErrorCode: 'ValidationException',
  validationShowsValues: true,
  loadModel: async () =>
    (await import('./model.generated.json', { with: { type: 'json' } })).default as unknown as ServiceModel,
  operations: cloudtrailOperations,
  requestQuotas,
}

/** AWS CloudTrail. */
export const cloudtrail: ServiceModule<CloudTrailSettings> = {
  ...cloudtrailManifest,
  definition,
  open({ history, sealer }, settings) {
    return {
      context: (call): CloudTrailContext => ({ call, history, sealer }),
      throttled: settings['cloudtrail.throttle'],
    }
  },
}
