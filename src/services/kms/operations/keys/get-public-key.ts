import type { GetPublicKeyRequest, GetPublicKeyResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { keyType } from '../../domain/algorithms/key-specs.ts'
import { keyPendingImport, keySpecNotValid } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { keyDescription } from '../../domain/key-metadata.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'

/**
 * The public half of a key pair, for use outside KMS. It stays when imported material is deleted, and is shown of disabled
 * keys too.
 * @returns `PublicKey`: X.509 SubjectPublicKeyInfo, DER.
 * @throws ServiceError UnsupportedOperationException (no key pair), KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
 */
export async function getPublicKey(
  { keys }: KmsContext,
  { KeyId }: Validated<GetPublicKeyRequest>,
): Promise<GetPublicKeyResponse> {
  const key = await keys.get(KeyId, true)
  if (keyType(key.keySpec) !== 'asymmetric') throw keySpecNotValid(key.arn, key.keySpec, 'GetPublicKey')
  checkKeyState('GetPublicKey', key)
  return { KeyId: key.arn, PublicKey: publicKeyBytes(key), ...keyDescription(key) }
}

/** SubjectPublicKeyInfo, DER. @throws ServiceError KMSInvalidStateException - nothing was ever imported. */
function publicKeyBytes({ publicKey, arn }: KmsKey): Buffer {
  if (publicKey === undefined) throw keyPendingImport(arn)
  return Buffer.from(publicKey, 'base64')
}
