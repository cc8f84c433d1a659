import type { Call } from '../../../core/call.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { ServiceClient } from '../../../core/services/service-operations.ts'
import { asymmetricKey, decryptionFailure, encryptionFailure, kmsDenied } from '../domain/errors.ts'
import type { EncryptedValue, PlainValue, Secret, SecretVersion } from '../domain/secret.ts'
import { checkVersionId } from '../domain/secret-value.ts'
import { decryptValue, encryptValue, type ValueContext } from '../domain/value-encryption.ts'

/** KMS as one caller reaches it. */
export type Kms = ServiceClient<'kms'>

/** KMS as the caller of an operation, by way of Secrets Manager. */
export const kmsFor =
  (call: Call): Kms =>
  (operation, input) =>
    call.invoke('kms', operation, input)

const defaultKey = 'alias/aws/secretsmanager'

/** The name that means the key which secrets have when they name none. */
export const isDefaultKey = (kmsKeyId: string): boolean => kmsKeyId === '' || kmsKeyId.endsWith(defaultKey)

/** Returns the key's ARN as in the account of the secret, which may not be the caller's. */
export function keyOf({ accountId, region, kmsKeyId = defaultKey }: Pick<Secret, 'accountId' | 'region' | 'kmsKeyId'>) {
  if (kmsKeyId.startsWith('arn:')) return kmsKeyId
  const resource = kmsKeyId.startsWith('alias/') ? kmsKeyId : `key/${kmsKeyId}`
  return `arn:aws:kms:${region}:${accountId}:${resource}`
}

const contextOf = ({ arn }: Pick<Secret, 'arn'>, versionId: string): ValueContext => ({
  SecretARN: arn,
  SecretVersionId: versionId,
})

type SecretPlace = Pick<Secret, 'accountId' | 'region' | 'arn' | 'kmsKeyId'>

/**
 * Encrypts a value for a version under a data key of its own.
 * @throws ServiceError EncryptionFailure, AccessDeniedException, InvalidParameterException (an asymmetric key, an id that is not
 *   text).
 */
export async function encryptFor(
  kms: Kms,
  secret: SecretPlace,
  versionId: string,
  value: PlainValue,
): Promise<EncryptedValue> {
  checkVersionId(versionId)
  const EncryptionContext = contextOf(secret, versionId)
  const input = { KeyId: keyOf(secret), KeySpec: 'AES_256', EncryptionContext } as const
  const { Plaintext, CiphertextBlob } = await kms('GenerateDataKey', input).catch(writeRefused)
  try {
    return encryptValue(value, Plaintext, CiphertextBlob, EncryptionContext)
  } finally {
    Plaintext.fill(0)
  }
}

/** @throws ServiceError DecryptionFailure, AccessDeniedException. */
export async function decryptVersion(
  kms: Kms,
  secret: Pick<Secret, 'arn'>,
  { versionId }: Pick<SecretVersion, 'versionId'>,
  value: EncryptedValue,
): Promise<PlainValue> {
  const EncryptionContext = contextOf(secret, versionId)
  const dataKey = await unwrap(kms, value, EncryptionContext)
  try {
    const plain = decryptValue(value, dataKey, EncryptionContext)
    if (!plain) throw decryptionFailure()
    return plain
  } finally {
    dataKey.fill(0)
  }
}

/**
 * Puts a version's data key under another KMS key; the value stays as it is encrypted.
 * @returns undefined when the caller may not do so, or the present key does not work: the version then keeps it.
 * @throws ServiceError EncryptionFailure - the new key does not work.
 */
export async function rewrap(
  kms: Kms,
  secret: SecretPlace,
  { versionId }: Pick<SecretVersion, 'versionId'>,
  value: EncryptedValue,
): Promise<EncryptedValue | undefined> {
  const EncryptionContext = contextOf(secret, versionId)
  const dataKey = await unlessRefused(unwrap(kms, value, EncryptionContext))
  if (!dataKey) return undefined
  try {
    const input = { KeyId: keyOf(secret), Plaintext: dataKey, EncryptionContext }
    const wrapped = await unlessDenied(kms('Encrypt', input).catch(writeRefused))
    return wrapped && { ...value, wrappedKey: Buffer.from(wrapped.CiphertextBlob).toString('base64') }
  } finally {
    dataKey.fill(0)
  }
}

/**
 * Shows that the caller can use a key that a secret is to have, before anything depends on it.
 * @throws ServiceError as encryptFor and decryptVersion.
 */
export async function checkKey(kms: Kms, secret: SecretPlace): Promise<void> {
  const version = { versionId: 'RequestToValidateKeyAccess' }
  const probe: PlainValue = { kind: 'SecretBinary', bytes: Buffer.of(0) }
  await decryptVersion(kms, secret, version, await encryptFor(kms, secret, version.versionId, probe))
}

async function unwrap(kms: Kms, { wrappedKey }: EncryptedValue, EncryptionContext: ValueContext): Promise<Uint8Array> {
  const input = { CiphertextBlob: Buffer.from(wrappedKey, 'base64'), EncryptionContext }
  const { Plaintext } = await kms('Decrypt', input).catch(readRefused)
  return Plaintext
}

function writeRefused(error: unknown): never {
  if (error instanceof ServiceError && error.code === 'InvalidKeyUsageException') throw asymmetricKey()
  throw translated(error, encryptionFailure)
}

function readRefused(error: unknown): never {
  throw translated(error, decryptionFailure)
}

/** Translates refusals of KMS. Its faults, and its throttling, pass through. */
function translated(error: unknown, failure: () => ServiceError): unknown {
  if (!(error instanceof ServiceError) || error.status >= 500 || error.code === 'ThrottlingException') return error
  return error.code === 'AccessDeniedException' ? kmsDenied() : failure()
}

const unlessRefused = <T>(work: Promise<T>) => unlessCode(work, ['AccessDeniedException', 'DecryptionFailure'])
const unlessDenied = <T>(work: Promise<T>) => unlessCode(work, ['AccessDeniedException'])

async function unlessCode<T>(work: Promise<T>, codes: readonly string[]): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ServiceError && codes.includes(error.code)) return undefined
    throw error
  }
}
