import type { PutObjectRequest } from '@aws-sdk/client-s3'
import { ServiceError } from '../../../core/service-error.ts'
import { type ServiceCalls, servicePrincipal } from '../../../core/services/service-calls.ts'
import type { InputOf } from '../../../core/services/service-operations.ts'
import type { Trail } from '../domain/trail.ts'

export const cloudtrailPrincipal = 'cloudtrail.amazonaws.com'

/** Returns the caller that CloudTrail is when it acts for a trail. */
export const trailCaller = ({ arn, accountId }: Pick<Trail, 'arn' | 'accountId'>) =>
  servicePrincipal(cloudtrailPrincipal, { arn, accountId })

export type WritingTrail = Pick<Trail, 'arn' | 'accountId' | 'bucket' | 'bucketRegion' | 'kmsKeyArn'>

/** Returns the request by which a trail writes an object to its bucket. */
export const objectOf = (
  { arn, bucket, kmsKeyArn }: Pick<Trail, 'arn' | 'bucket' | 'kmsKeyArn'>,
  key: string,
): Pick<PutObjectRequest, 'ServerSideEncryption' | 'SSEKMSKeyId' | 'SSEKMSEncryptionContext'> & {
  Bucket: string
  Key: string
  ACL: 'bucket-owner-full-control'
} => ({
  ...{ Bucket: bucket, Key: key, ACL: 'bucket-owner-full-control' as const },
  ...(kmsKeyArn === undefined
    ? { ServerSideEncryption: 'AES256' as const }
    : {
        ServerSideEncryption: 'aws:kms' as const,
        SSEKMSKeyId: kmsKeyArn,
        SSEKMSEncryptionContext: Buffer.from(JSON.stringify({ 'aws:cloudtrail:arn': arn })).toString('base64'),
      }),
})

/**
 * Writes a compressed JSON file to the bucket of a trail, as CloudTrail.
 * @returns the code of the refusal; undefined when it was written.
 * @throws what is not a refusal: it is to be tried again soon.
 */
export async function writeFile(
  calls: ServiceCalls,
  trail: WritingTrail,
  key: string,
  file: { body: Uint8Array; metadata?: Readonly<Record<string, string>> },
): Promise<string | undefined> {
  const input: InputOf<'s3', 'PutObject'> = {
    ...objectOf(trail, key),
    ...{ Body: file.body, ContentType: 'application/json', ContentEncoding: 'gzip' },
    ...(file.metadata && { Metadata: { ...file.metadata } }),
  }
  const { bucketRegion: region } = trail
  return refusalOf(() =>
    calls.invoke({ caller: trailCaller(trail), region, service: 's3', operation: 'PutObject', input }),
  )
}

/** Returns the code with which a call is refused; undefined when it is not. @throws what is not a refusal. */
export async function refusalOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await call()
    return undefined
  } catch (error) {
    if (error instanceof ServiceError && error.status < 500) return error.code
    throw error
  }
}
