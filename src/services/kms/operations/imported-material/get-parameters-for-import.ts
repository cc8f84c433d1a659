import { randomUUID } from 'node:crypto'
import type { GetParametersForImportRequest, GetParametersForImportResponse } from '@aws-sdk/client-kms'
import { dayMs } from '../../../../core/durations.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { checkImportable } from '../../domain/material/import-rules.ts'
import { checkWrapping } from '../../domain/material/import-wrapping.ts'
import { generateMaterial } from '../../domain/material/key-generation.ts'
import type { KmsContext } from '../../kms-context.ts'
import { scopeOf } from '../../storage/collections.ts'
import { addImportPair, removeImportPair } from '../../storage/import-pair-store.ts'
import { rereadKey } from '../../storage/key-store.ts'
import { sealImportToken } from './import-token.ts'

const validMs = dayMs

/**
 * Makes a key pair to wrap key material with, and the token that goes with it. Both are good for 24 hours, beside all that
 * were made before.
 * @throws ServiceError UnsupportedOperationException (origin, a wrapping that the key's material cannot come in, or, by the
 *   setting kms.import, an asymmetric or HMAC key), KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
 */
export async function getParametersForImport(
  { call, keys, sealer, importRule }: KmsContext,
  { KeyId, WrappingAlgorithm, WrappingKeySpec }: Validated<GetParametersForImportRequest>,
): Promise<GetParametersForImportResponse> {
  const found = await keys.get(KeyId)
  checkKeyState('GetParametersForImport', found)
  checkImportable(found.keySpec, importRule)
  const pairSpec = checkWrapping(found.keySpec, WrappingAlgorithm, WrappingKeySpec)
  const { secret, publicKey } = await generateMaterial(pairSpec)
  const privateKey = secret.toString('base64')
  secret.fill(0)
  const importId = randomUUID()
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, found)
    checkKeyState('GetParametersForImport', key)
    const { keyId, arn } = key
    const expiresAtMs = call.clock.nowMs() + validMs
    const pair = { importId, keyId, algorithm: WrappingAlgorithm, privateKey, expiresAtMs }
    await addImportPair(tx, scopeOf(key), pair)
    return {
      KeyId: arn,
      ImportToken: sealImportToken(sealer, key, { importId, expiresAtMs }),
      PublicKey: publicKey,
      ParametersValidTo: new Date(expiresAtMs),
    }
  })
}

/** Destroys a wrapping key pair that has expired. */
export const forgetImportPairRunner: WorkRunner =
  async ({ scope, key: importId }) =>
  (tx) =>
    removeImportPair(tx, scope, importId)
