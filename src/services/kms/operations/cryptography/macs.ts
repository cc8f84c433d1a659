import { createHmac, timingSafeEqual } from 'node:crypto'
import type { GenerateMacRequest, GenerateMacResponse, VerifyMacRequest, VerifyMacResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { checkAlgorithm } from '../../domain/algorithms/key-specs.ts'
import { dryRunSucceeded, invalidMac } from '../../domain/errors.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { findMacKey } from '../../storage/key-store.ts'

/**
 * @returns `Mac`: HMAC (RFC 2104) in full length.
 * @throws ServiceError InvalidKeyUsageException, DisabledException, KMSInvalidStateException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
 */
export async function generateMac(
  context: KmsContext,
  request: Validated<GenerateMacRequest>,
): Promise<GenerateMacResponse> {
  const { arn, mac } = await macOf(context, request, 'GenerateMac')
  if (request.DryRun) throw dryRunSucceeded()
  return { KeyId: arn, Mac: mac, MacAlgorithm: request.MacAlgorithm }
}

/**
 * @returns `MacValid`: always true; a MAC that is not valid is an error.
 * @throws ServiceError - as GenerateMac, and KMSInvalidMacException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html
 */
export async function verifyMac(context: KmsContext, request: Validated<VerifyMacRequest>): Promise<VerifyMacResponse> {
  const { arn, mac } = await macOf(context, request, 'VerifyMac')
  if (mac.length !== request.Mac.length || !timingSafeEqual(mac, request.Mac)) throw invalidMac()
  if (request.DryRun) throw dryRunSucceeded()
  return { KeyId: arn, MacValid: true, MacAlgorithm: request.MacAlgorithm }
}

async function macOf(
  { call, keys }: KmsContext,
  { KeyId, MacAlgorithm, Message }: Validated<GenerateMacRequest>,
  operation: 'GenerateMac' | 'VerifyMac',
): Promise<{ arn: string; mac: Buffer }> {
  const key = await keys.get(KeyId, true)
  checkKeyState(operation, key)
  checkAlgorithm(key, 'GENERATE_VERIFY_MAC', MacAlgorithm, operation)
  const hash = MacAlgorithm.replace('HMAC_SHA_', 'sha')
  return {
    arn: key.arn,
    mac: createHmac(hash, await findMacKey(call.store, key))
      .update(Message)
      .digest(),
  }
}
