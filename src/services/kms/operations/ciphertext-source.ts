import { type CiphertextBlob, parseBlob } from '../domain/ciphertext-blob.ts'
import { dryRunModifierWithoutDryRun, incorrectKey, invalidCiphertext, memberNeeded } from '../domain/errors.ts'
import type { KmsKey } from '../domain/key.ts'
import { checkAlgorithm } from '../domain/key-specs.ts'
import type { KmsContext } from '../kms-context.ts'
import type { KeyTarget } from '../storage/call-keys.ts'
import { symmetricAlgorithm } from './encrypt.ts'
import { type Decrypted, decryptWithKey } from './symmetric-cryptography.ts'

/** The part of Decrypt and ReEncrypt that tells what is to be decrypted. */
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
  /** `ignored`: a dry run that only asks for permission. Undefined: the bytes are no blob of ours. */
  blob: CiphertextBlob | 'ignored' | undefined
}

/**
 * Finds the key of a ciphertext: the one that is named, or the one that the ciphertext names.
 * @throws ServiceError ValidationException, NotFoundException, InvalidArnException, InvalidCiphertextException.
 */
export async function findSource(context: KmsContext, request: CiphertextRequest): Promise<CiphertextSource> {
  const blob = blobOf(request)
  const { keyId, algorithm = symmetricAlgorithm } = request
  if (keyId !== undefined) return { target: await namedTarget(context, keyId, blob), named: true, algorithm, blob }
  if (!blob || blob === 'ignored') throw invalidCiphertext()
  return { target: await context.keys.findOrigin(blob), named: false, algorithm, blob }
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

// A bare key id may be that of another account's key here, because the ciphertext tells the owner.
function namedTarget({ call, keys }: KmsContext, keyId: string, blob: CiphertextSource['blob']): Promise<KeyTarget> {
  const isForeign = blob && blob !== 'ignored' && blob.keyId === keyId && blob.accountId !== call.accountId
  return isForeign ? keys.findOrigin(blob) : keys.find(keyId, true)
}

/**
 * Checks that the key is the ciphertext's and can decrypt.
 * @throws ServiceError IncorrectKeyException, InvalidKeyUsageException.
 */
export function checkSource({ blob, algorithm }: CiphertextSource, key: KmsKey, operation: string): void {
  const isOrigin = !blob || blob === 'ignored' || (blob.keyId === key.keyId && blob.accountId === key.accountId)
  if (!isOrigin) throw incorrectKey()
  checkAlgorithm(key, 'ENCRYPT_DECRYPT', algorithm, operation)
}

/**
 * @returns the plaintext, and the version of the key material that it was encrypted under; undefined when the ciphertext
 *   is ignored.
 * @throws ServiceError InvalidCiphertextException - whatever is wrong with ciphertext or context.
 */
export async function decryptSource(
  context: KmsContext,
  { blob }: CiphertextSource,
  key: KmsKey,
  encodedContext: Buffer,
): Promise<Decrypted | undefined> {
  if (blob === 'ignored') return undefined
  const decrypted = blob && (await decryptWithKey(context, key, blob, encodedContext))
  if (!decrypted) throw invalidCiphertext()
  return decrypted
}
