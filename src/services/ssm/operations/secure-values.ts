import type { Call } from '../../../core/call.ts'
import { InnerCallRefused } from '../../../core/service-error.ts'
import type { InputOf, OperationName, OutputOf } from '../../../core/services/service-operations.ts'
import { dataKeyBytes, decryptMessage, encryptMessage, parseMessage } from '../domain/encrypted-message.ts'
import { keyAccessDenied, keyRefused } from '../domain/errors.ts'
import type { StoredVersion, VersionFacts } from '../domain/parameter.ts'

// SecureString: KMS is asked as the caller, so that the key's policy decides over the value as well.

const contextOf = (arn: string) => ({ PARAMETER_ARN: arn })

/**
 * Encrypts the value of a SecureString: one Encrypt for a standard parameter, envelope encryption for an advanced one.
 * @param arn - the parameter's; only with it can the value be decrypted.
 * @returns what is kept as the value, in base64.
 * @throws ServiceError InvalidKeyId, AccessDeniedException.
 */
export async function encryptValue(
  call: Call,
  { tier, keyId: KeyId = '' }: Pick<VersionFacts, 'tier' | 'keyId'>,
  arn: string,
  value: string,
): Promise<string> {
  const EncryptionContext = contextOf(arn)
  const Plaintext = Buffer.from(value)
  if (tier === 'Standard') {
    const { CiphertextBlob } = await askKms(call, 'Encrypt', { KeyId, Plaintext, EncryptionContext })
    return Buffer.from(CiphertextBlob).toString('base64')
  }
  const dataKey = await askKms(call, 'GenerateDataKey', { KeyId, NumberOfBytes: dataKeyBytes, EncryptionContext })
  const { Plaintext: plaintext, CiphertextBlob: encrypted, KeyId: keyArn } = dataKey
  const message = encryptMessage(Plaintext, { plaintext, encrypted, keyArn }, EncryptionContext)
  plaintext.fill(0)
  return message.toString('base64')
}

/**
 * Opens the value of a version of a SecureString.
 * @throws ServiceError InvalidKeyId (the key is disabled or gone, or the value is not of this parameter),
 *   AccessDeniedException.
 */
export async function decryptValue(call: Call, { tier, value }: StoredVersion, arn: string): Promise<string> {
  const EncryptionContext = contextOf(arn)
  const stored = Buffer.from(value, 'base64')
  const message = tier === 'Advanced' ? parseMessage(stored) : undefined
  const CiphertextBlob = message?.encryptedDataKey ?? stored
  const { Plaintext } = await askKms(call, 'Decrypt', { CiphertextBlob, EncryptionContext })
  if (!message) return Buffer.from(Plaintext).toString()
  if (message.encryptionContext.PARAMETER_ARN !== arn) throw new Error(`${arn} holds the value of another parameter`)
  return decryptMessage(message, Plaintext).toString()
}

/** Faults of the key, which callers see in KMS's words. */
const keyFaults = new Set([
  'DisabledException',
  'IncorrectKeyException',
  'InvalidArnException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'KMSInvalidStateException',
  'KeyUnavailableException',
  'NotFoundException',
  'UnsupportedOperationException',
  'ValidationException',
])

async function askKms<O extends OperationName<'kms'>>(
  call: Call,
  operation: O,
  request: InputOf<'kms', O>,
): Promise<OutputOf<'kms', O>> {
  try {
    return await call.invoke('kms', operation, request)
  } catch (refused) {
    if (!(refused instanceof InnerCallRefused)) throw refused
    if (refused.code === 'AccessDeniedException') throw keyAccessDenied(refused)
    throw keyFaults.has(refused.code) ? keyRefused(refused) : refused
  }
}
