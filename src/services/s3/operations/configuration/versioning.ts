import type {
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  PutBucketVersioningRequest,
} from '@aws-sdk/client-s3'
import type { Validated } from '../../../../core/operation.ts'
import { illegalVersioning, versioningLocked, versioningReplicated } from '../../domain/configuration-errors.ts'
import { malformedXml, notSupported } from '../../domain/errors.ts'
import type { S3Context } from '../../s3-context.ts'
import { findBucket } from '../find-bucket.ts'
import { changeBucket } from './change-bucket.ts'

/**
 * Enables versioning, or suspends it. A bucket never goes back to what it was before.
 * @throws ServiceError IllegalVersioningConfigurationException, InvalidBucketState, MalformedXML, NotImplemented for MFA delete.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
 */
export async function putBucketVersioning(
  context: S3Context,
  input: Validated<PutBucketVersioningRequest>,
): Promise<undefined> {
  const { Status, MFADelete } = input.VersioningConfiguration ?? {}
  if (Status === undefined) throw illegalVersioning()
  if (Status !== 'Enabled' && Status !== 'Suspended') throw malformedXml()
  if (MFADelete === 'Enabled') throw notSupported('MFA delete')
  return changeBucket(context, input, (bucket) => {
    if (Status === 'Suspended' && bucket.objectLock) throw versioningLocked()
    if (Status === 'Suspended' && bucket.configurations.replication) throw versioningReplicated()
    return { ...bucket, versioning: Status }
  })
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export async function getBucketVersioning(
  context: S3Context,
  input: Validated<GetBucketVersioningRequest>,
): Promise<GetBucketVersioningOutput> {
  const { versioning } = await findBucket(context, input)
  return versioning ? { Status: versioning } : {}
}
