import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Call } from '../../../../core/call.ts'
import type { Clock } from '../../../../core/clock.ts'
import { minuteMs } from '../../../../core/durations.ts'
import { ExpiringMap } from '../../../../core/expiring-map.ts'
import { type Caller, printedArn, userIdOf } from '../../../../core/principal.ts'
import type { Bucket } from '../../domain/bucket.ts'
import { bucketArn } from '../../domain/bucket-name.ts'
import { kmsRefusal } from '../../domain/configuration-errors.ts'

interface CachedKey {
  key: KeyObject
  /** As KMS encrypted it; base64. */
  encrypted: string
  keyArn: string
}

type Context = Readonly<Record<string, string>> | undefined

/** How long a bucket's data key is used before KMS is asked again. */
const reuseMs = 5 * minuteMs
const mostKeys = 2000

/**
 * S3 Bucket Keys: one data key of KMS for a bucket, under which the data keys of objects are sealed. It is used again for a short
 * time, for the same principal alone, so that KMS decides about each of them.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
export class BucketKeys {
  readonly #cached: ExpiringMap<string, CachedKey>

  constructor(clock: Clock) {
    this.#cached = new ExpiringMap(clock, mostKeys)
  }

  /** Makes a data key for a new object. @throws ServiceError AccessDenied, KMS.… */
  async forWriting(
    call: Call,
    bucket: Bucket,
    { keyId, given }: { keyId: string; given: Context },
  ): Promise<{ keyArn: string; dataKey: KeyObject; sealed: string; bucketKey: string }> {
    const place = placeOf('write', call.caller, [bucket.id, keyId, given])
    const { key, encrypted, keyArn } =
      this.#cached.get(place) ?? (await this.#generate(place, call, bucket, keyId, given))
    const dataKey = randomBytes(32)
    return {
      keyArn,
      dataKey: createSecretKey(dataKey),
      sealed: sealed(key, dataKey).toString('base64'),
      bucketKey: encrypted,
    }
  }

  /** Opens the data key of an object. @throws ServiceError AccessDenied, KMS.… */
  async open(
    call: Call,
    bucket: Bucket,
    { dataKey, bucketKey, given }: { dataKey: string; bucketKey: string; given: Context },
  ): Promise<KeyObject> {
    const place = placeOf('read', call.caller, [bucket.id, bucketKey, given])
    const { key } = this.#cached.get(place) ?? (await this.#decrypt(place, call, bucket, bucketKey, given))
    return createSecretKey(opened(key, Buffer.from(dataKey, 'base64')))
  }

  async #generate(place: string, call: Call, bucket: Bucket, keyId: string, given: Context): Promise<CachedKey> {
    const { Plaintext, CiphertextBlob, KeyId } = await call
      .invoke('kms', 'GenerateDataKey', {
        KeyId: keyId,
        KeySpec: 'AES_256',
        EncryptionContext: { ...given, 'aws:s3:arn': bucketArn(bucket.name) },
      })
      .catch(refused)
    return this.#keep(place, call, Plaintext, Buffer.from(CiphertextBlob).toString('base64'), KeyId)
  }

  async #decrypt(place: string, call: Call, bucket: Bucket, encrypted: string, given: Context): Promise<CachedKey> {
    const { Plaintext } = await call
      .invoke('kms', 'Decrypt', {
        CiphertextBlob: Buffer.from(encrypted, 'base64'),
        EncryptionContext: { ...given, 'aws:s3:arn': bucketArn(bucket.name) },
      })
      .catch(refused)
    return this.#keep(place, call, Plaintext, encrypted, '')
  }

  #keep(place: string, call: Call, plaintext: Uint8Array, encrypted: string, keyArn: string): CachedKey {
    const cached = { key: createSecretKey(plaintext), encrypted, keyArn }
    this.#cached.set(place, cached, call.clock.nowMs() + reuseMs)
    return cached
  }
}

// A session has the permissions of its own policies, so it counts as a principal of its own.
const placeOf = (use: 'read' | 'write', { principal, accessKeyId }: Caller, of: readonly unknown[]) =>
  JSON.stringify([use, printedArn(principal), userIdOf(principal), accessKeyId, ...of])

function refused(error: unknown): never {
  throw kmsRefusal(error)
}

const nonceBytes = 12
const tagBytes = 16

function sealed(key: KeyObject, dataKey: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
}

function opened(key: KeyObject, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()])
}
