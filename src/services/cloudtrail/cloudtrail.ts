import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import type { CloudTrailContext } from './cloudtrail-context.ts'
import { cloudtrailOperations } from './cloudtrail-service.ts'
import { requestQuotas } from './domain/request-quotas.ts'
import { type CloudTrailSettings, cloudtrailManifest } from './manifest.ts'
import { outline } from './outline.ts'

const definition: ServiceDefinition<CloudTrailContext> = {
  ...outline.head,
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
