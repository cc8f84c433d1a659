import type { SignRequest, SignResponse, VerifyRequest, VerifyResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { checkAlgorithm } from '../../domain/algorithms/key-specs.ts'
import { signMessage, verifyMessage } from '../../domain/algorithms/signatures.ts'
import { type SignableMessage, signableMessage } from '../../domain/algorithms/signing-algorithms.ts'
import { dryRunSucceeded, invalidSignature } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { publicKeyOf } from '../../domain/material/key-material.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findPrivateKey } from '../../storage/key-store.ts'

/**
 * @param request - `MessageType`: RAW (default; KMS hashes), DIGEST (already hashed), EXTERNAL_MU (ML-DSA's μ, 64 bytes).
 * @returns `Signature`: RSA as long as the modulus; ECDSA in DER (ANSI X9.62); Ed25519 64 bytes; ML-DSA as FIPS 204 has it.
 * @throws ServiceError ValidationException (message type or length), InvalidKeyUsageException, DisabledException,
 *   KMSInvalidStateException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
export async function sign(context: KmsContext, request: Validated<SignRequest>): Promise<SignResponse> {
  const { key, signable } = await signatureOf(context, request, 'Sign')
  if (request.DryRun) throw dryRunSucceeded()
  const Signature = await signMessage(await findPrivateKey(context.call.store, key), signable)
  return { KeyId: key.arn, Signature, SigningAlgorithm: request.SigningAlgorithm }
}

/**
 * A signature over RAW verifies as one over the DIGEST of the same message, and the other way round.
 * @returns `SignatureValid`: always true; a signature that is not valid is an error.
 * @throws ServiceError - as Sign, and KMSInvalidSignatureException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
 */
export async function verify(context: KmsContext, request: Validated<VerifyRequest>): Promise<VerifyResponse> {
  const { key, signable } = await signatureOf(context, request, 'Verify')
  if (!(await verifyMessage(publicKeyOf(key), signable, request.Signature))) throw invalidSignature()
  if (request.DryRun) throw dryRunSucceeded()
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: request.SigningAlgorithm }
}

async function signatureOf(
  { keys }: KmsContext,
  { KeyId, SigningAlgorithm, MessageType = 'RAW', Message }: Validated<SignRequest>,
  operation: 'Sign' | 'Verify',
): Promise<{ key: KmsKey; signable: SignableMessage }> {
  const key = await keys.get(KeyId, true)
  checkKeyState(operation, key)
  checkAlgorithm(key, 'SIGN_VERIFY', SigningAlgorithm, operation)
  return { key, signable: signableMessage(SigningAlgorithm, MessageType, Message) }
}
