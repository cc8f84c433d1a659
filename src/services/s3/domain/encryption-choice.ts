import type { DefaultEncryption } from './bucket.ts'
import { invalidEncryption } from './configuration-errors.ts'
import { invalidArgument } from './errors.ts'

/** The members of a request that say how a new object is encrypted. */
export interface GivenEncryption {
  ServerSideEncryption?: string | undefined
  SSEKMSKeyId?: string | undefined
  SSEKMSEncryptionContext?: string | undefined
  BucketKeyEnabled?: boolean | undefined
}

export type EncryptionChoice =
  | { algorithm: 'AES256' }
  | {
      algorithm: 'aws:kms' | 'aws:kms:dsse'
      /** As KMS takes it. */
      keyId: string
      bucketKey: boolean
      context?: Record<string, string>
    }

/** The key of AWS that encrypts where none is named. It is made with its first use. */
const managedKey = 'alias/aws/s3'

/**
 * How a new object is encrypted: as its request says, else as its bucket does by default.
 * @throws ServiceError InvalidArgument, InvalidEncryptionAlgorithmError.
 */
export function chooseEncryption(byDefault: DefaultEncryption, given: GivenEncryption): EncryptionChoice {
  const { ServerSideEncryption, SSEKMSKeyId, SSEKMSEncryptionContext, BucketKeyEnabled } = given
  if (ServerSideEncryption === undefined) {
    if (SSEKMSKeyId !== undefined || SSEKMSEncryptionContext !== undefined) throw kmsHeaderMissing()
    const { algorithm, keyId = managedKey } = byDefault
    if (algorithm === 'AES256') return { algorithm }
    const bucketKey = algorithm === 'aws:kms' && (BucketKeyEnabled ?? byDefault.bucketKey)
    return { algorithm, keyId, bucketKey }
  }
  if (ServerSideEncryption === 'AES256') {
    if (SSEKMSKeyId !== undefined || SSEKMSEncryptionContext !== undefined) throw kmsHeaderMissing()
    return { algorithm: 'AES256' }
  }
  if (ServerSideEncryption !== 'aws:kms' && ServerSideEncryption !== 'aws:kms:dsse') throw invalidEncryption()
  const context = readContext(SSEKMSEncryptionContext)
  const usesBucketKey = BucketKeyEnabled ?? (byDefault.algorithm === 'aws:kms' && byDefault.bucketKey)
  return {
    algorithm: ServerSideEncryption,
    keyId: SSEKMSKeyId || managedKey,
    bucketKey: ServerSideEncryption === 'aws:kms' && usesBucketKey,
    ...(context && { context }),
  }
}

const kmsHeaderMissing = () =>
  invalidArgument(
    'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    'x-amz-server-side-encryption',
    null,
  )

/** Base64 of JSON whose values are texts. @throws ServiceError InvalidArgument. */
function readContext(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined
  try {
    const context: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
    if (isContext(context)) return context
  } catch {
    // JSON.parse throws for nothing but what is not JSON.
  }
  throw invalidArgument(
    'The header x-amz-server-side-encryption-context shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map',
    'x-amz-server-side-encryption-context',
    text,
  )
}

const isContext = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, one]) => typeof one === 'string' && name !== 'aws:s3:arn')
