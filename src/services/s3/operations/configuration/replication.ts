import type { GetBucketReplicationOutput, PutBucketReplicationRequest } from '@aws-sdk/client-s3'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { Store } from '../../../../core/store.ts'
import {
  noReplication,
  noReplicationTarget,
  replicationNeedsVersioning,
  unversionedReplicationTarget,
} from '../../domain/configuration-errors.ts'
import { checkReplication, type ReplicationTarget } from '../../domain/replication.ts'
import { fromStored } from '../../domain/stored-document.ts'
import type { S3Context } from '../../s3-context.ts'
import { buckets, everywhere } from '../../storage/buckets.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'
import { bucketPermission } from '../permissions.ts'
import { changeBucket } from './change-bucket.ts'
import { removal, withDocument } from './stored-document.ts'

// The configuration is kept for the programs that manage it. Nothing is copied.

type Request = Validated<PutBucketReplicationRequest>

/** Asks for the permission to pass the role, beside that for the configuration. */
export async function onReplication(context: S3Context, input: Request): Promise<Permission[]> {
  const put = await bucketPermission(context, await findBucket(context, input), 'PutReplicationConfiguration')
  const resource = input.ReplicationConfiguration?.Role
  if (!resource) return [put]
  const resourceAccountId = /^arn:[^:]+:iam::(\d{12}):/.exec(resource)?.[1] ?? context.call.accountId
  const passed = { 'iam:PassedToService': 's3.amazonaws.com', 'iam:AssociatedResourceArn': put.resource }
  return [put, { action: 'iam:PassRole', resource, resourceAccountId, context: passed }]
}

/**
 * @throws ServiceError MalformedXML, InvalidArgument, InvalidRequest.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
 */
export async function putBucketReplication(context: S3Context, input: Request): Promise<undefined> {
  const { configuration, targets } = checkReplication(input.ReplicationConfiguration)
  return changeBucket(context, input, async (bucket, tx) => {
    if (bucket.versioning !== 'Enabled') throw replicationNeedsVersioning()
    for (const target of targets) await checkTarget(tx, target)
    return withDocument(bucket, 'replication', configuration)
  })
}

async function checkTarget(tx: Pick<Store, 'in'>, { bucket: name, accountId }: ReplicationTarget): Promise<void> {
  const bucket = await tx.in(buckets).get(everywhere, name)
  if (!bucket || (accountId !== undefined && accountId !== bucket.accountId)) throw noReplicationTarget()
  if (bucket.versioning !== 'Enabled') throw unversionedReplicationTarget()
}

/** @throws ServiceError ReplicationConfigurationNotFoundError. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
export async function getBucketReplication(context: S3Context, input: OnBucket): Promise<GetBucketReplicationOutput> {
  const { name, configurations } = await findBucket(context, input)
  if (!configurations.replication) throw noReplication(name)
  return fromStored({ ReplicationConfiguration: configurations.replication }) as GetBucketReplicationOutput
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html */
export const deleteBucketReplication = removal('replication')
