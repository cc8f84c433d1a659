import { type Awaitable, andThen } from '../../../../core/awaitable.ts'
import { type CiphertextBlob, parseBlob } from '../../domain/algorithms/ciphertext-blob.ts'
import { decryptOaep } from '../../domain/algorithms/rsa-encryption.ts'
import { dryRunModifierWithoutDryRun, incorrectKey, invalidCiphertext, memberNeeded } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import type { KmsContext } from '../../kms-context.ts'
import type { KeyTarget } from '../../storage/call-keys.ts'
import { findPrivateKey } from '../../storage/key-store.ts'
import { checkEncryptionKey, symmetricAlgorithm } from './encryption.ts'
import { type Decrypted, decryptWithKey } from './symmetric-cryptography.ts'

/** The part of Decrypt and ReEncrypt that finds what is to be decrypted. */
export interface CiphertextRequest {
  blob?: Uint8Array
  keyId?: string
  /** What the request calls the key: `keyId`, `sourceKeyId`. */
  keyMember: string
  algorithm?: string
  dryRun?: boolean
  dryRunModifiers?: readonly string[]
}

/** What a request was found to be about. */
export interface CiphertextSource {
  target: KeyTarget
  /** The request names the key, not the ciphertext alone. */
  named: boolean
  algorithm: string
  /** `ignored`: a dry run that only asks for permission. Undefined: the bytes are not a ciphertext blob. */
  blob: CiphertextBlob | 'ignored' | undefined
  /** The ciphertext as it was given. */
  bytes: Uint8Array | undefined
}

/**
 * Finds the key of a ciphertext: the one that is named, or the one that the ciphertext names.
 * @throws ServiceError ValidationException, NotFoundException, InvalidArnException, InvalidCiphertextException.
 */
export function findSource(context: KmsContext, request: CiphertextRequest): Awaitable<CiphertextSource> {
  const blob = blobOf(request)
  const { keyId, algorithm = symmetricAlgorithm, blob: bytes } = request
  const named = keyId !== undefined
  return andThen(named ? namedTarget(context, keyId, blob) : originOf(context, blob), (target) => {
    return { target, named, algorithm, blob, bytes }
  })
}

function originOf({ keys }: KmsContext, blob: CiphertextSource['blob']): Awaitable<KeyTarget> {
  // Ciphertexts of RSA keys do not name their key.
  if (!blob || blob === 'ignored') throw invalidCiphertext()
  return keys.findOrigin(blob)
}

function blobOf({ blob, keyId, keyMember, dryRun, dryRunModifiers }: CiphertextRequest): CiphertextSource['blob'] {
  if (dryRunModifiers?.length && !dryRun) throw dryRunModifierWithoutDryRun()
  if (dryRunModifiers?.includes('IGNORE_CIPHERTEXT')) {
    if (keyId === undefined) throw memberNeeded(keyMember)
    return 'ignored'
  }
  if (!blob) throw memberNeeded('ciphertextBlob')
  return parseBlob(blob)
}

// A bare key id may be that of another account's key here, because the ciphertext names the owner.
function namedTarget({ call, keys }: KmsContext, keyId: string, blob: CiphertextSource['blob']): Awaitable<KeyTarget> {
  const isForeign = blob && blob !== 'ignored' && blob.keyId === keyId && blob.accountId !== call.accountId
  return isForeign ? keys.findOrigin(blob) : keys.find(keyId, true)
}

/**
 * Checks that the key is the ciphertext's and can decrypt.
 * @throws ServiceError IncorrectKeyException, InvalidKeyUsageException, ValidationException (a context with an RSA key).
 */
export function checkSource(
  { blob, algorithm }: CiphertextSource,
  key: KmsKey,
  encodedContext: Buffer,
  operation: string,
): void {
  const isOrigin = !blob || blob === 'ignored' || (blob.keyId === key.keyId && blob.accountId === key.accountId)
  if (!isOrigin) throw incorrectKey()
  checkEncryptionKey(key, algorithm, encodedContext, operation)
}

/**
 * @returns the plaintext, and the version of the key material that it was encrypted under (of symmetric keys only);
 *   undefined when the ciphertext is ignored.
 * @throws ServiceError InvalidCiphertextException - whatever is wrong with ciphertext or context.
 */
export function decryptSource(
  context: KmsContext,
  { blob, algorithm, bytes }: CiphertextSource,
  key: KmsKey,
  encodedContext: Buffer,
): Awaitable<Decrypted | undefined> {
  if (blob === 'ignored') return undefined
  if (algorithm !== symmetricAlgorithm) return decryptWithPrivateKey(context, key, algorithm, bytes)
  return andThen(blob && decryptWithKey(context, key, blob, encodedContext), (decrypted) => {
    if (!decrypted) throw invalidCiphertext()
    return decrypted
  })
}

async function decryptWithPrivateKey(
  { call }: KmsContext,
  key: KmsKey,
  algorithm: string,
  bytes: Uint8Array | undefined,
): Promise<Decrypted> {
  const privateKey = await findPrivateKey(call.store, key)
  const plaintext = bytes && (await decryptOaep(privateKey, algorithm, bytes))
  if (!plaintext) throw invalidCiphertext()
  return { plaintext }
}
