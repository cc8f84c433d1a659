import { randomUUID } from 'node:crypto'
import type { CreateBucketOutput, CreateBucketRequest } from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { createdTagKeys } from '../../../../kit/tag-keys.ts'
import { type Bucket, newBucket } from '../../domain/bucket.ts'
import { bucketArn, checkBucketName } from '../../domain/bucket-name.ts'
import { bucketAclWithOwnership } from '../../domain/configuration-errors.ts'
import {
  bucketAlreadyExists,
  bucketAlreadyOwned,
  headerNotImplemented,
  illegalLocationConstraint,
  invalidLocationConstraint,
  notSupported,
} from '../../domain/errors.ts'
import { bucketTagging } from '../../domain/object-tags.ts'
import { readOwnership } from '../../domain/ownership.ts'
import type { S3Context } from '../../s3-context.ts'
import { bucketCounts, buckets, everywhere } from '../../storage/buckets.ts'
import { scheduleStorageMetrics } from '../metrics/storage-metrics.ts'
import { newBucketPermission } from '../permissions.ts'

type Request = Validated<CreateBucketRequest>

const firstRegion = 'us-east-1'

/** CreateBucket needs a permission for each thing that it sets up. */
export function onNewBucket(context: S3Context, input: Request): Permission[] {
  const { Bucket: name = '', ACL, CreateBucketConfiguration: { LocationConstraint, Tags = [] } = {} } = input
  checkBucketName(name)
  const keys = {
    ...createdTagKeys(Tags),
    ...(LocationConstraint && { 's3:LocationConstraint': LocationConstraint }),
    ...(ACL && { 's3:x-amz-acl': ACL }),
    ...(input.ObjectOwnership && { 's3:x-amz-object-ownership': input.ObjectOwnership }),
  }
  const actions = [
    'CreateBucket',
    ...(ACL || hasGrants(input) ? ['PutBucketAcl'] : []),
    ...(input.ObjectLockEnabledForBucket ? ['PutBucketObjectLockConfiguration', 'PutBucketVersioning'] : []),
    ...(input.ObjectOwnership ? ['PutBucketOwnershipControls'] : []),
    ...(Tags.length > 0 ? ['TagResource'] : []),
  ]
  return actions.map((action) => newBucketPermission(context, name, action, keys))
}

const hasGrants = (input: Request) =>
  [input.GrantFullControl, input.GrantRead, input.GrantReadACP, input.GrantWrite, input.GrantWriteACP].some(
    (grant) => grant !== undefined,
  )

/**
 * Creates a bucket in the Region of the request, private, encrypted by default and without ACLs.
 * @throws ServiceError InvalidBucketName, InvalidLocationConstraint, IllegalLocationConstraintException, BucketAlreadyExists,
 *   BucketAlreadyOwnedByYou, TooManyBuckets, InvalidBucketAclWithObjectOwnership.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export async function createBucket({ call }: S3Context, input: Request): Promise<CreateBucketOutput> {
  const { Bucket: name = '', CreateBucketConfiguration: configuration = {} } = input
  checkBucketName(name)
  checkLocation(call.region, configuration.LocationConstraint)
  if (configuration.Location || configuration.Bucket) throw notSupported('A directory bucket')
  if (input.BucketNamespace !== undefined && input.BucketNamespace !== 'global') {
    throw headerNotImplemented('x-amz-bucket-namespace')
  }
  const ownership = readOwnership(input.ObjectOwnership ?? 'BucketOwnerEnforced')
  if ((input.ACL && input.ACL !== 'private') || hasGrants(input)) {
    if (ownership === 'BucketOwnerEnforced') throw bucketAclWithOwnership()
    throw notSupported('An access control list beside the private one')
  }
  const made: Bucket = {
    ...newBucket({
      ...{ id: randomUUID(), name, accountId: call.accountId, region: call.region },
      createdAtMs: call.clock.nowMs(),
    }),
    ownership,
    tags: bucketTagging.merge([], configuration.Tags ?? []),
    ...(input.ObjectLockEnabledForBucket && { objectLock: {}, versioning: 'Enabled' }),
  }
  return call.transaction(async (tx) => {
    const existing = await tx.in(buckets).get(everywhere, name)
    if (existing) checkOwn(existing, made)
    else {
      await bucketCounts.change(tx, { accountId: made.accountId, region: '' }, 'all', { buckets: 1 })
      await tx.in(buckets).put(everywhere, name, made)
      await scheduleStorageMetrics(tx, made, made.createdAtMs)
    }
    return {
      Location: call.region === firstRegion ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
      BucketArn: bucketArn(name),
    }
  })
}

/** In the first Region alone, making one's own bucket again changes nothing and succeeds. */
function checkOwn(existing: Bucket, made: Bucket): void {
  if (existing.accountId !== made.accountId) throw bucketAlreadyExists(made.name)
  if (existing.region !== firstRegion || made.region !== firstRegion) throw bucketAlreadyOwned(made.name)
}

function checkLocation(region: string, constraint: string | undefined): void {
  if (region === firstRegion) {
    if (constraint === firstRegion) throw invalidLocationConstraint(constraint)
    if (constraint !== undefined && constraint !== '') throw illegalLocationConstraint(constraint)
    return
  }
  const meant = constraint === 'EU' ? 'eu-west-1' : constraint
  if (meant !== region) throw illegalLocationConstraint(constraint || undefined)
}
