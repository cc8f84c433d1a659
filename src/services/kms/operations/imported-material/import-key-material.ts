import type { ImportKeyMaterialRequest, ImportKeyMaterialResponse } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import { incorrectKeyMaterial, invalidCiphertext, invalidImportToken } from '../../domain/errors.ts'
import type { KmsKey } from '../../domain/key.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { checkImportable, checkImportMembers, expirationFrom } from '../../domain/material/import-rules.ts'
import { unwrapMaterial } from '../../domain/material/import-wrapping.ts'
import { checkImportedMaterial } from '../../domain/material/imported-material.ts'
import { withImport } from '../../domain/material/imported-versions.ts'
import type { RawMaterial } from '../../domain/material/key-generation.ts'
import { keyMaterial } from '../../domain/material/key-material.ts'
import type { KmsContext } from '../../kms-context.ts'
import { scopeOf } from '../../storage/collections.ts'
import { findImportPair, unwrappingKeyOf } from '../../storage/import-pair-store.ts'
import { putKey, putMaterial, rereadKey } from '../../storage/key-store.ts'
import { scheduleExpirationWork } from '../../storage/key-work.ts'
import { relatedKeys } from '../../storage/related-keys.ts'
import { openImportToken } from './import-token.ts'

/**
 * Takes key material into a key that was made without, or takes it anew: the same as before, or, for symmetric encryption
 * keys, further material that becomes current with RotateKeyOnDemand.
 * @param request - `ValidTo`: at most 365 days ahead; needed unless `ExpirationModel` is KEY_MATERIAL_DOES_NOT_EXPIRE.
 * @throws ServiceError ValidationException, UnsupportedOperationException, KMSInvalidStateException,
 *   InvalidImportTokenException, ExpiredImportTokenException, InvalidCiphertextException (cannot be unwrapped),
 *   IncorrectKeyMaterialException (unfit for the key spec, or not the material that it should be).
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
 */
export async function importKeyMaterial(
  context: KmsContext,
  request: Validated<ImportKeyMaterialRequest>,
): Promise<ImportKeyMaterialResponse> {
  const { call, keys, importRule } = context
  const nowMs = call.clock.nowMs()
  const found = await keys.get(request.KeyId)
  checkImportMembers(found.keySpec, request)
  const expiresAtMs = expirationFrom(request, nowMs)
  checkKeyState('ImportKeyMaterial', found)
  checkImportable(found.keySpec, importRule)
  const { secret, publicKey } = await unwrap(context, found, request)
  const material = keyMaterial(found.keyId, secret, nowMs)
  const { materialId } = material
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, found)
    checkKeyState('ImportKeyMaterial', key)
    const { ImportType: importType, KeyMaterialId: expectedId, KeyMaterialDescription: description } = request
    const imported = { materialId, importType, expectedId, description, expiresAtMs }
    for (const related of withImport(await relatedKeys(tx, key), key, imported)) {
      await putKey(tx, publicKey ? { ...related, publicKey: publicKey.toString('base64') } : related)
    }
    await putMaterial(tx, key, material)
    await scheduleExpirationWork(tx, key, materialId, expiresAtMs)
    return { KeyId: key.arn, ...(key.keySpec === 'SYMMETRIC_DEFAULT' && { KeyMaterialId: materialId }) }
  })
}

async function unwrap(
  { call, sealer }: KmsContext,
  key: KmsKey,
  { ImportToken, EncryptedKeyMaterial }: Validated<ImportKeyMaterialRequest>,
): Promise<RawMaterial> {
  const importId = openImportToken(sealer, key, ImportToken, call.clock.nowMs())
  const pair = await findImportPair(call.store, scopeOf(key), importId)
  if (!pair) throw invalidImportToken()
  const bytes = await unwrapMaterial(unwrappingKeyOf(pair), pair.algorithm, EncryptedKeyMaterial)
  if (!bytes) throw invalidCiphertext()
  const checked = await checkImportedMaterial(key.keySpec, bytes)
  bytes.fill(0)
  if ('reason' in checked) throw incorrectKeyMaterial(checked.reason)
  return checked.material
}
