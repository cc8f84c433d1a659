import type { Call } from '../../../core/call.ts'
import type { Permission, RequestContext } from '../../../core/operation.ts'
import { accountOf } from '../../../core/principal.ts'
import type { Bucket } from '../domain/bucket.ts'
import { bucketArn, objectArn } from '../domain/bucket-name.ts'
import { bucketPolicies } from '../domain/bucket-policy.ts'
import { isPublicPolicy } from '../domain/public-policy.ts'
import type { S3Context } from '../s3-context.ts'
import { isBlocked } from '../storage/account-access.ts'
import { findBucket, type OnBucket } from './find-bucket.ts'

// Actions, resources and condition keys: Service Authorization Reference, "Amazon S3".

/** Condition keys of every request to S3. */
const requestKeys = ({ source }: Call, accountId?: string): RequestContext => ({
  's3:signatureversion': 'AWS4-HMAC-SHA256',
  ...(accountId !== undefined && { 's3:ResourceAccount': accountId }),
  ...(source.isForm && { 's3:authType': 'POST' }),
  ...(source.signature && {
    's3:authType': source.signature.form === 'header' ? 'REST-HEADER' : 'REST-QUERY-STRING',
    's3:signatureAge': String(Math.max(0, source.signature.ageMs)),
    's3:x-amz-content-sha256': source.signature.payloadHash,
  }),
  ...(source.tls && { 's3:TlsVersion': source.tls.version.replace(/^TLSv/, '') }),
})

/** S3 quotes the resource in its denials. */
const quotedArn = (arn: string) => `"${arn}"`

/** What the root user of the owner can always do, so that no policy locks the owner out. */
const ofPolicies = new Set(['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy'])

async function permissionOn(
  { call, identity }: S3Context,
  bucket: Bucket,
  action: string,
  resource: string,
  keys: () => RequestContext,
): Promise<Permission> {
  const { accountId, policy } = bucket
  const isOwnersRoot = call.caller.principal.kind === 'root' && accountOf(call.caller.principal) === accountId
  const counts =
    policy && !(isOwnersRoot && ofPolicies.has(action)) && !(await isWithheld(call, bucket, policy.document))
  return {
    action: `s3:${action}`,
    resource,
    resourceAccountId: accountId,
    printedResource: quotedArn(resource),
    foreignDenial: 'Access Denied',
    ...(counts && { policy: await bucketPolicies.inForce(identity, policy) }),
    context: () => ({ ...requestKeys(call, accountId), ...keys() }),
  }
}

/** With RestrictPublicBuckets, a public policy allows only principals of the owner and AWS services. */
async function isWithheld({ caller: { principal }, store }: Call, bucket: Bucket, document: string): Promise<boolean> {
  if (principal.kind === 'service' || accountOf(principal) === bucket.accountId) return false
  return (await isBlocked(store, bucket, 'RestrictPublicBuckets')) && isPublicPolicy(document)
}

const noKeys = (): RequestContext => ({})

export const bucketPermission = (
  context: S3Context,
  bucket: Bucket,
  action: string,
  keys: () => RequestContext = noKeys,
): Promise<Permission> => permissionOn(context, bucket, action, bucketArn(bucket.name), keys)

export const objectPermission = (
  context: S3Context,
  bucket: Bucket,
  key: string,
  action: string,
  keys: () => RequestContext = noKeys,
): Promise<Permission> => permissionOn(context, bucket, action, objectArn(bucket.name, key), keys)

/** For operations on a bucket. @param action - where it is not the operation's name. */
export const onBucket =
  <I extends OnBucket = OnBucket>(action?: string, keys: (input: I) => RequestContext = noKeys) =>
  async (context: S3Context, input: I): Promise<Permission[]> => [
    await bucketPermission(context, await findBucket(context, input), action ?? context.call.operation, () =>
      keys(input),
    ),
  ]

/** For operations on no bucket. */
export const onAccount =
  (action: string) =>
  ({ call }: S3Context): Permission[] => [
    { action: `s3:${action}`, resource: 'arn:aws:s3:::*', printedResource: null, context: () => requestKeys(call) },
  ]

/** Returns a permission for a bucket that is to be. */
export const newBucketPermission = (
  { call }: S3Context,
  name: string,
  action: string,
  keys: RequestContext = {},
): Permission => ({
  action: `s3:${action}`,
  resource: bucketArn(name),
  printedResource: quotedArn(bucketArn(name)),
  context: () => ({ ...requestKeys(call), ...keys }),
})

/** Refuses a caller who may not know whether a key exists. @throws AccessRefused. */
export async function authorizeAbsence(context: S3Context, bucket: Bucket): Promise<void> {
  await context.call.authorize(await bucketPermission(context, bucket, 'ListBucket'))
}
