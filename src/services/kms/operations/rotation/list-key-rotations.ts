import type { ListKeyRotationsRequest, ListKeyRotationsResponse, RotationsListEntry } from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import type { KmsKey, MaterialVersion } from '../../domain/key.ts'
import { expirationOf } from '../../domain/key-metadata.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { readArray, readPage } from '../../domain/pagination.ts'
import type { KmsContext } from '../../kms-context.ts'

/**
 * The rotations of a key, first to last; with `ALL_KEY_MATERIAL` its first material too, and what waits for its rotation.
 * @throws ServiceError UnsupportedOperationException (asymmetric, HMAC, in a custom key store), InvalidMarkerException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
 */
export async function listKeyRotations(
  context: KmsContext,
  { KeyId, IncludeKeyMaterial = 'ROTATIONS_ONLY', ...page }: Validated<ListKeyRotationsRequest>,
): Promise<ListKeyRotationsResponse> {
  const key = await context.keys.get(KeyId)
  checkKeyState('ListKeyRotations', key)
  const all = IncludeKeyMaterial === 'ALL_KEY_MATERIAL'
  const shown = key.materials
    .filter(({ rotatedAtMs }) => all || rotatedAtMs !== undefined)
    .map((version, place) => ({ id: String(place).padStart(placeDigits, '0'), version }))
  const source = {
    list: [key.arn, IncludeKeyMaterial],
    defaultLimit: 100,
    idOf: ({ id }: Shown) => id,
    read: readArray(shown, ({ id }) => id),
  }
  const { rows, rest } = await readPage(context, source, page)
  return { Rotations: rows.map(({ version }) => entry(key, version)), ...rest }
}

interface Shown {
  id: string
  version: MaterialVersion
}

// Places in the list are compared as text.
const placeDigits = 9

const entry = ({ keyId }: KmsKey, version: MaterialVersion): RotationsListEntry => ({
  KeyId: keyId,
  KeyMaterialId: version.materialId,
  KeyMaterialDescription: version.description,
  ImportState: version.importState,
  KeyMaterialState: version.state,
  ...expirationOf(version),
  RotationDate: version.rotatedAtMs === undefined ? undefined : new Date(version.rotatedAtMs),
  RotationType: version.rotationType,
})
