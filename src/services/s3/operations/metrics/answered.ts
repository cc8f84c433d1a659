import type { AnsweredRequest } from '../../../../core/services/answered-request.ts'
import type { ServiceHost } from '../../../../core/services/service-module.ts'
import type { Bucket } from '../../domain/bucket.ts'
import type { S3Context } from '../../s3-context.ts'
import { buckets, everywhere } from '../../storage/buckets.ts'
import { measureRequest, measureSource } from './request-metrics.ts'

/** Makes what takes note of answered requests: their metrics, where buckets want them. */
export function answeredRequests({ store, metrics, onFault }: Pick<ServiceHost, 'store' | 'metrics' | 'onFault'>) {
  const note = (bucket: Bucket, request: AnsweredRequest, context: S3Context | undefined) =>
    measureRequest(metrics, bucket, request, context)
  return (request: AnsweredRequest, context: S3Context | undefined): void => {
    const { resource: name } = request
    if (name === undefined) return
    if (context) {
      const bucket = context.buckets.known(name)
      if (bucket) note(bucket, request, context)
      measureSource(metrics, request, context)
      return
    }
    // Refused before its bucket was looked up: its signature is wrong, or its document.
    Promise.resolve(store.in(buckets).get(everywhere, name)).then(
      (bucket) => bucket && note(bucket, request, context),
      onFault,
    )
  }
}
