import type { DeriveSharedSecretRequest, DeriveSharedSecretResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { parsePeerKey, sharedSecret } from '../../domain/algorithms/key-agreement.ts'
import { checkAlgorithm } from '../../domain/algorithms/key-specs.ts'
import { dryRunSucceeded, peerKeyInvalid, recipientNotSupported } from '../../domain/errors.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findPrivateKey } from '../../storage/key-store.ts'

/**
 * @param request - `PublicKey`: the other party's, on the same curve, as SubjectPublicKeyInfo in DER.
 * @returns `SharedSecret`: the x-coordinate as it is (32, 48 or 66 bytes); callers derive their keys from it.
 * @throws ServiceError ValidationException (without text: a public key that does not fit), InvalidKeyUsageException,
 *   DisabledException, KMSInvalidStateException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
 */
export async function deriveSharedSecret(
  { call, keys }: KmsContext,
  { KeyId, KeyAgreementAlgorithm, PublicKey, Recipient, DryRun }: Validated<DeriveSharedSecretRequest>,
): Promise<DeriveSharedSecretResponse> {
  if (Recipient) throw recipientNotSupported()
  const key = await keys.get(KeyId, true)
  checkKeyState('DeriveSharedSecret', key)
  checkAlgorithm(key, 'KEY_AGREEMENT', KeyAgreementAlgorithm, 'DeriveSharedSecret')
  const privateKey = await findPrivateKey(call.store, key)
  const peer = parsePeerKey(PublicKey, privateKey)
  if (!peer) throw peerKeyInvalid()
  if (DryRun) throw dryRunSucceeded()
  const SharedSecret = await sharedSecret(privateKey, peer)
  return { KeyId: key.arn, SharedSecret, KeyAgreementAlgorithm, KeyOrigin: key.origin }
}
