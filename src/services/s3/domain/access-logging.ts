import type { LoggingEnabled } from '@aws-sdk/client-s3'
import { aclNotSupported, invalidArgument, malformedXml } from './errors.ts'

const permissions = new Set(['FULL_CONTROL', 'READ', 'WRITE'])
const dateSources = new Set(['EventTime', 'DeliveryTime'])

/**
 * Checks where the access logs of a bucket are to go.
 * @throws ServiceError MalformedXML, InvalidArgument, AccessControlListNotSupported for grants: buckets here have none.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
 */
export function checkLoggingTarget(given: LoggingEnabled): LoggingEnabled & { TargetBucket: string } {
  const { TargetBucket, TargetPrefix, TargetGrants = [], TargetObjectKeyFormat: format } = given
  if (!TargetBucket || TargetPrefix === undefined) throw malformedXml()
  if (Buffer.byteLength(TargetPrefix) > 800) {
    throw invalidArgument('The target prefix is too long', 'TargetPrefix', TargetPrefix)
  }
  if (TargetGrants.some(({ Permission }) => !Permission || !permissions.has(Permission))) throw malformedXml()
  if (TargetGrants.length > 0) throw aclNotSupported()
  if (format) {
    const { SimplePrefix, PartitionedPrefix } = format
    if ((SimplePrefix === undefined) === (PartitionedPrefix === undefined)) throw malformedXml()
    const { PartitionDateSource } = PartitionedPrefix ?? {}
    if (PartitionedPrefix && (!PartitionDateSource || !dateSources.has(PartitionDateSource))) throw malformedXml()
  }
  return { ...given, TargetBucket }
}
