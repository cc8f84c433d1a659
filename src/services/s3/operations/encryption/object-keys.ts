import { createSecretKey } from 'node:crypto'
import type { Bucket } from '../../domain/bucket.ts'
import { objectArn } from '../../domain/bucket-name.ts'
import {
  customerKeyNotApplicable,
  customerKeyRequired,
  kmsRefusal,
  secureConnectionRequired,
} from '../../domain/configuration-errors.ts'
import {
  type CustomerKeyMembers,
  givesCustomerKey,
  keyFor,
  readCustomerKey,
  sealedUnder,
} from '../../domain/customer-keys.ts'
import { chooseEncryption, type GivenEncryption } from '../../domain/encryption-choice.ts'
import { accessDenied } from '../../domain/errors.ts'
import type { ObjectEncryption } from '../../domain/object-encryption.ts'
import type { S3Context } from '../../s3-context.ts'
import type { SealingKey } from '../../storage/contents.ts'

/** The encryption of an object, and the key under which its bytes are sealed; none beside the server's own with SSE-S3. */
export interface KeyedEncryption {
  encryption: ObjectEncryption
  key?: SealingKey
}

/**
 * Chooses the encryption of a new object and gets its data key: from KMS as the caller, or from the request.
 * @throws ServiceError InvalidArgument, InvalidRequest, InvalidEncryptionAlgorithmError, AccessDenied, KMS.…
 */
export async function newEncryption(
  context: S3Context,
  bucket: Bucket,
  objectKey: string,
  input: GivenEncryption & CustomerKeyMembers,
): Promise<KeyedEncryption> {
  if (givesCustomerKey(input)) {
    const customerKey = readCustomerKey(input)
    requireSecure(context)
    if (bucket.encryption.blocksCustomerKeys) throw accessDenied()
    const { encryption, key } = sealedUnder(customerKey)
    return { encryption, key: { key } }
  }
  const choice = chooseEncryption(bucket.encryption, input)
  if (choice.algorithm === 'AES256') return { encryption: { algorithm: 'AES256' } }
  const { algorithm, keyId, context: given } = choice
  const common = { algorithm, ...(given && { context: given }) }
  if (choice.bucketKey) {
    const { keyArn, dataKey, sealed, bucketKey } = await context.bucketKeys.forWriting(context.call, bucket, {
      keyId,
      given,
    })
    return { encryption: { ...common, keyArn, dataKey: sealed, bucketKey }, key: { key: dataKey } }
  }
  const { Plaintext, CiphertextBlob, KeyId } = await context.call
    .invoke('kms', 'GenerateDataKey', {
      KeyId: keyId,
      KeySpec: 'AES_256',
      EncryptionContext: { ...given, 'aws:s3:arn': objectArn(bucket.name, objectKey) },
    })
    .catch(refused)
  return {
    encryption: { ...common, keyArn: KeyId, dataKey: Buffer.from(CiphertextBlob).toString('base64') },
    key: { key: createSecretKey(Plaintext), hasTwoLayers: algorithm === 'aws:kms:dsse' },
  }
}

/**
 * The key under which the bytes of an object are sealed, from KMS as the caller, or from the request.
 * @throws ServiceError InvalidRequest, InvalidArgument, AccessDenied, KMS.…
 */
export async function keyOf(
  context: S3Context,
  bucket: Bucket,
  objectKey: string,
  encryption: ObjectEncryption,
  input: CustomerKeyMembers,
): Promise<SealingKey | undefined> {
  if (encryption.algorithm === 'SSE-C') {
    if (!givesCustomerKey(input)) throw customerKeyRequired()
    requireSecure(context)
    return { key: keyFor(readCustomerKey(input), encryption) }
  }
  if (givesCustomerKey(input)) throw customerKeyNotApplicable()
  if (encryption.algorithm === 'AES256') return undefined
  const { dataKey, bucketKey, context: given } = encryption
  if (bucketKey !== undefined) {
    return { key: await context.bucketKeys.open(context.call, bucket, { dataKey, bucketKey, given }) }
  }
  const { Plaintext } = await context.call
    .invoke('kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(dataKey, 'base64'),
      EncryptionContext: { ...given, 'aws:s3:arn': objectArn(bucket.name, objectKey) },
    })
    .catch(refused)
  return { key: createSecretKey(Plaintext), hasTwoLayers: encryption.algorithm === 'aws:kms:dsse' }
}

/** Customers' keys come over TLS, where the server is set to demand it. @throws ServiceError InvalidRequest. */
function requireSecure({ call, customerKeysOverHttp }: S3Context): void {
  if (!customerKeysOverHttp && !call.source.tls && call.calledVia.length === 0) throw secureConnectionRequired()
}

function refused(error: unknown): never {
  throw kmsRefusal(error)
}

/** The members of an answer that say how an object is encrypted. */
export function encryptionMembers(encryption: ObjectEncryption) {
  if (encryption.algorithm === 'SSE-C') {
    return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: encryption.keyMd5 }
  }
  if (encryption.algorithm === 'AES256') return { ServerSideEncryption: 'AES256' as const }
  const { algorithm, keyArn, bucketKey } = encryption
  return {
    ServerSideEncryption: algorithm,
    SSEKMSKeyId: keyArn,
    ...(bucketKey !== undefined && { BucketKeyEnabled: true }),
  }
}
