import { dayMs } from '../../../../core/durations.ts'
import type { Permission, RequestContext } from '../../../../core/operation.ts'
import type { GivenTag } from '../../../../kit/tags.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { invalidVersionId } from '../../domain/errors.ts'
import { type GivenAccess, givesAccess } from '../../domain/new-object.ts'
import { nullVersion } from '../../domain/object.ts'
import type { GivenLock } from '../../domain/object-lock.ts'
import { readTaggingHeader } from '../../domain/object-tags.ts'
import type { WriteConditions } from '../../domain/write-conditions.ts'
import type { S3Context } from '../../s3-context.ts'
import { latestVersion, type StoredVersion, versionWithId } from '../../storage/versions.ts'
import { findBucket, type OnBucket } from '../find-bucket.ts'
import { objectPermission } from '../permissions.ts'

export interface OnObject extends OnBucket {
  Key?: string | undefined
  VersionId?: string | undefined
}

/** The version that a request means, looked up once for each call; a delete marker too. */
export async function versionAt(
  { store, versions }: S3Context,
  bucket: Bucket,
  { Key = '', VersionId }: OnObject,
): Promise<StoredVersion | undefined> {
  if (VersionId !== undefined) checkVersionId(VersionId)
  return versions.find(JSON.stringify([bucket.id, Key, VersionId]), () => {
    const sql = store.sql('s3')
    return VersionId === undefined ? latestVersion(sql, bucket.id, Key) : versionWithId(sql, bucket.id, Key, VersionId)
  })
}

/** @throws ServiceError InvalidArgument. */
function checkVersionId(versionId: string): void {
  if (versionId !== nullVersion && !/^[\w.-]{32}$/.test(versionId)) throw invalidVersionId(versionId)
}

/** Condition keys of the tags that an object has. */
export const existingTagKeys = (version: StoredVersion | undefined): RequestContext =>
  version?.isMarker === false ? tagKeys('s3:ExistingObjectTag', version.details.tags) : {}

const tagKeys = (name: string, tags: readonly GivenTag[]): RequestContext =>
  Object.fromEntries(tags.map(({ Key, Value = '' }) => [`${name}/${Key}`, Value]))

/** Condition keys of the tags that a request gives to an object. */
export const requestedTagKeys = (tags: readonly GivenTag[]): RequestContext =>
  tags.length === 0
    ? {}
    : { ...tagKeys('s3:RequestObjectTag', tags), 's3:RequestObjectTagKeys': tags.map(({ Key = '' }) => Key) }

/**
 * For operations on an object that is there.
 * @param action - where a version is named, with `Version` behind it, or the second of two names.
 */
export const onObject =
  <I extends OnObject>(
    action: string | readonly [latest: string, version: string],
    keys: (input: I) => RequestContext = () => ({}),
  ) =>
  async (context: S3Context, input: I): Promise<Permission[]> => [
    await existingObjectPermission(context, await findBucket(context, input), input, action, () => keys(input)),
  ]

export async function existingObjectPermission(
  context: S3Context,
  bucket: Bucket,
  input: OnObject,
  action: string | readonly [latest: string, version: string],
  keys: () => RequestContext = () => ({}),
): Promise<Permission> {
  const [latest, ofVersion] = typeof action === 'string' ? [action, `${action}Version`] : action
  const version = await versionAt(context, bucket, input)
  const { Key = '', VersionId } = input
  return objectPermission(context, bucket, Key, VersionId === undefined ? latest : ofVersion, () => ({
    ...existingTagKeys(version),
    ...(VersionId !== undefined && { 's3:VersionId': VersionId }),
    ...keys(),
  }))
}

/** The members of requests that write an object, as far as permissions depend on them. */
export type WrittenObject = OnObject &
  GivenAccess &
  GivenLock &
  WriteConditions & {
    StorageClass?: string | undefined
    Tagging?: string | undefined
    ServerSideEncryption?: string | undefined
    SSEKMSKeyId?: string | undefined
    SSECustomerAlgorithm?: string | undefined
  }

/** Returns what a request that writes an object needs, with a permission for each thing that it gives the object. */
export async function writePermissions(
  context: S3Context,
  bucket: Bucket,
  input: WrittenObject,
  more: RequestContext = {},
): Promise<Permission[]> {
  const { Key = '', Tagging, IfMatch } = input
  // The policies that AWS gives for deliveries of its services allow PutObject alone, with an ACL for the owner of the bucket.
  const setsAcl = givesAccess(input) && context.call.caller.principal.kind !== 'service'
  const actions = [
    'PutObject',
    ...(Tagging === undefined ? [] : ['PutObjectTagging']),
    ...(setsAcl ? ['PutObjectAcl'] : []),
    ...(input.ObjectLockMode === undefined ? [] : ['PutObjectRetention']),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : ['PutObjectLegalHold']),
    ...(IfMatch === undefined ? [] : ['GetObject']),
  ]
  const keys = () => ({ ...writeKeys(context, bucket, input), ...more })
  return Promise.all(actions.map((action) => objectPermission(context, bucket, Key, action, keys)))
}

function writeKeys({ call }: S3Context, bucket: Bucket, input: WrittenObject): RequestContext {
  const { ObjectLockRetainUntilDate: until } = input
  const { algorithm, keyId: byDefault } = bucket.encryption
  const isKms = (input.ServerSideEncryption ?? (input.SSECustomerAlgorithm ? undefined : algorithm))?.startsWith(
    'aws:kms',
  )
  const keyId = input.ServerSideEncryption === undefined ? byDefault : input.SSEKMSKeyId
  const given: Record<string, string | undefined> = {
    's3:x-amz-acl': input.ACL,
    's3:x-amz-grant-full-control': input.GrantFullControl,
    's3:x-amz-grant-read': input.GrantRead,
    's3:x-amz-grant-read-acp': input.GrantReadACP,
    's3:x-amz-grant-write-acp': input.GrantWriteACP,
    's3:x-amz-storage-class': input.StorageClass,
    's3:x-amz-server-side-encryption': input.ServerSideEncryption,
    's3:x-amz-server-side-encryption-aws-kms-key-id': isKms && keyId ? keyArnOf(call, keyId) : undefined,
    's3:x-amz-server-side-encryption-customer-algorithm': input.SSECustomerAlgorithm,
    's3:object-lock-mode': input.ObjectLockMode,
    's3:object-lock-legal-hold': input.ObjectLockLegalHoldStatus,
    's3:if-match': input.IfMatch,
    's3:if-none-match': input.IfNoneMatch,
  }
  const keys: RequestContext = requestedTagKeys(readTaggingHeader(input.Tagging))
  for (const [name, value] of Object.entries(given)) if (value !== undefined) keys[name] = value
  return until ? { ...keys, ...retentionKeys(until, call.clock.nowMs()) } : keys
}

export const retentionKeys = (until: Date, nowMs: number): RequestContext => ({
  's3:object-lock-retain-until-date': until.toISOString(),
  's3:object-lock-remaining-retention-days': String(Math.ceil((until.getTime() - nowMs) / dayMs)),
})

/** A key as conditions name it: by its ARN. */
function keyArnOf({ region, accountId }: S3Context['call'], keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId
  return `arn:aws:kms:${region}:${accountId}:${keyId.startsWith('alias/') ? keyId : `key/${keyId}`}`
}
