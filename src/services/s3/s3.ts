import type { ServiceDefinition } from '../../core/services/service-definition.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { FoundOnce } from '../../kit/found-once.ts'
import { type S3Settings, s3Manifest } from './manifest.ts'
import { askedBucket, originRulesOf } from './operations/configuration/origin-rules.ts'
import { BucketKeys } from './operations/encryption/bucket-keys.ts'
import { lifecycleRunner, lifecycleWork } from './operations/lifecycle/run-lifecycle.ts'
import { answeredRequests } from './operations/metrics/answered.ts'
import { storageMetricsRunner, storageMetricsWork } from './operations/metrics/storage-metrics.ts'
import { forgetUploadRunner, forgetUploadWork } from './operations/multipart/complete-upload.ts'
import {
  removeUploadRunner,
  removeUploadsRunner,
  removeUploadsWork,
  removeUploadWork,
} from './operations/multipart/remove-uploads.ts'
import { notificationDeliveries } from './operations/notifications/notify.ts'
import { outline } from './outline.ts'
import type { S3Context } from './s3-context.ts'
import { s3Operations } from './s3-service.ts'
import { buckets, everywhere } from './storage/buckets.ts'
import { Contents } from './storage/contents.ts'

const definition: ServiceDefinition<S3Context> = { ...outline.head, operations: s3Operations }

/** Amazon S3. */
export const s3: ServiceModule<S3Settings> = {
  definition,
  ...s3Manifest,
  migrations: outline.migrations,
  open(host, settings) {
    const { blobs, calls, clock, identity, sealer, store, endpoint } = host
    const deliveries = notificationDeliveries()
    const contents = new Contents({ blobs, clock, sealer, store })
    const dependencies = {
      ...{ store, contents, identity, sealer, endpoint, calls, deliveries, bucketKeys: new BucketKeys(clock) },
      customerKeysOverHttp: settings['s3.customer-keys-over-http'],
    }
    return {
      context: (call): S3Context => ({
        call,
        buckets: new FoundOnce(),
        versions: new FoundOnce(),
        ...dependencies,
      }),
      answered: answeredRequests(host),
      askedResource: async (name) => {
        const bucket = await store.in(buckets).get(everywhere, name)
        return bucket && askedBucket(bucket)
      },
      originRules: async (name) => {
        const bucket = await store.in(buckets).get(everywhere, name)
        return bucket ? originRulesOf(bucket) : 'missing'
      },
      work: {
        ...contents.work,
        ...deliveries.work(host),
        [removeUploadsWork]: removeUploadsRunner({ store, contents }),
        [removeUploadWork]: removeUploadRunner({ store, contents }),
        [forgetUploadWork]: forgetUploadRunner,
        [storageMetricsWork]: storageMetricsRunner(host),
        [lifecycleWork]: lifecycleRunner({ store, clock, contents, deliveries }),
      },
    }
  },
}
