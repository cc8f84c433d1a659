import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { httpDeliveries, serviceDeliveries } from './delivery/outboxes.ts'
import { type SnsSettings, snsManifest } from './manifest.ts'
import { EncryptionChecks } from './operations/encryption-checks.ts'
import { fanOutSpec, fanOutWork } from './operations/fan-out.ts'
import { dropRunner } from './operations/subscribe.ts'
import { discardRunner, discardWork } from './operations/topics.ts'
import { outline } from './outline.ts'
import { SigningKeys } from './signing/signing-keys.ts'
import type { SnsContext } from './sns-context.ts'
import { snsOperations } from './sns-service.ts'
import { dropWork } from './storage/topic-subscriptions.ts'
import { TopicMetrics } from './topic-metrics.ts'

const definition: ServiceDefinition<SnsContext> = { ...outline.head, operations: snsOperations }

/** Amazon SNS. */
export const sns: ServiceModule<SnsSettings> = {
  definition,
  ...snsManifest,
  open(host, settings) {
    const { store, clock, identity, sealer, endpoint } = host
    const httpEndpoints = settings['sns.http-endpoints']
    const metrics = new TopicMetrics(host.metrics)
    const signingKeys = new SigningKeys({ store, clock, endpoint })
    const dependencies = {
      ...{ clock, identity, sealer, endpoint, signingKeys, httpEndpoints, encryption: new EncryptionChecks() },
      ...{ deliveries: serviceDeliveries(metrics), httpDeliveries: httpDeliveries(httpEndpoints, metrics), metrics },
    }
    return {
      context: (call): SnsContext => ({ call, found: new FoundOnce(), ...dependencies }),
      work: {
        ...dependencies.deliveries.work(host),
        ...dependencies.httpDeliveries.work(host),
        [fanOutWork]: fanOutSpec(dependencies),
        [discardWork]: discardRunner,
        [dropWork]: dropRunner,
      },
      publicDocument: (path) => signingKeys.certificateAt(path),
    }
  },
}
