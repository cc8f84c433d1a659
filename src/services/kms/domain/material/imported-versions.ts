import { timingSafeEqual } from 'node:crypto'
import type { ImportType } from '@aws-sdk/client-kms'
import { incorrectKeyMaterial, keyMaterialNotFound, notPrimaryKey, otherMaterialPending } from '../errors.ts'
import type { KmsKey, MaterialVersion } from '../key.ts'
import { isPending, settle } from '../key-lifecycle.ts'
import { isReplica } from '../multi-region.ts'

// What imports and deletions of material do to a key and the keys related to it. Each function takes the whole family, one
// key where there are no relatives, and returns it changed.

export interface MaterialImport {
  materialId: string
  importType?: ImportType
  /** The material that the caller means it to be. */
  expectedId?: string
  description?: string
  expiresAtMs?: number
}

/**
 * A key's first material is its current one at once; further material waits for its rotation.
 * @throws ServiceError IncorrectKeyMaterialException (known where it should be new, or the other way round),
 *   KMSInvalidStateException (other material waits already), UnsupportedOperationException (new, in a replica).
 */
export function withImport(family: readonly KmsKey[], key: KmsKey, material: MaterialImport): KmsKey[] {
  const { materialId, importType = defaultImportType(key), expectedId, description, expiresAtMs } = material
  if (expectedId !== undefined && !sameId(expectedId, materialId)) throw incorrectKeyMaterial()
  const known = key.materials.find((version) => sameId(version.materialId, materialId))
  if (importType === 'NEW_KEY_MATERIAL') checkNew(key, materialId, known)
  else if (!known) throw incorrectKeyMaterial()
  const isFirst = key.materials.length === 0
  const version: MaterialVersion = known ?? { materialId, state: isFirst ? 'CURRENT' : 'PENDING_ROTATION' }
  return settled(
    family.map((related) => ({
      ...related,
      ...(isFirst && { currentMaterialId: materialId }),
      materials: withVersion(related.materials, version, {
        ...(description !== undefined && { description }),
        ...(related.region === key.region ? { importState: 'IMPORTED', expiresAtMs } : !known && missing),
      }),
    })),
  )
}

const missing = { importState: 'PENDING_IMPORT', expiresAtMs: undefined } as const

const defaultImportType = ({ materials }: KmsKey): ImportType =>
  materials.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL'

function checkNew(key: KmsKey, materialId: string, known: MaterialVersion | undefined): void {
  if (isReplica(key)) throw notPrimaryKey(key.arn)
  if (known) throw incorrectKeyMaterial()
  const pending = key.materials.find(isPending)
  if (pending) throw otherMaterialPending(materialId, key.arn, pending.materialId)
}

/** Ids tell nothing that could be used, but they are made of secrets. */
const sameId = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

/**
 * The material that a deletion means: the current one when none is named.
 * @returns undefined when none was ever imported.
 * @throws ServiceError NotFoundException.
 */
export function versionToDelete(key: KmsKey, materialId = key.currentMaterialId): MaterialVersion | undefined {
  if (materialId === undefined) return undefined
  const version = key.materials.find((known) => known.materialId === materialId)
  if (!version) throw keyMaterialNotFound(materialId, key.arn)
  return version
}

/**
 * Without its material a key waits for the same to be imported again. Material that waits for its rotation is forgotten
 * instead, in all related keys, unless it is deleted from a replica alone.
 */
export function withoutMaterial(family: readonly KmsKey[], key: KmsKey, version: MaterialVersion): KmsKey[] {
  const { materialId } = version
  if (isForgottenWith(key, version)) {
    return settled(
      family.map((related) => ({
        ...related,
        materials: related.materials.filter((known) => known.materialId !== materialId),
      })),
    )
  }
  return settled(
    family.map((related) =>
      related.region === key.region
        ? { ...related, materials: withVersion(related.materials, version, missing) }
        : related,
    ),
  )
}

/** Returns whether related keys lose the material too. */
export const isForgottenWith = (key: KmsKey, version: MaterialVersion): boolean => isPending(version) && !isReplica(key)

function withVersion(
  materials: readonly MaterialVersion[],
  version: MaterialVersion,
  changes: Partial<MaterialVersion>,
): MaterialVersion[] {
  const own = materials.find(({ materialId }) => materialId === version.materialId)
  const changed = { ...(own ?? version), ...changes }
  return own ? materials.map((known) => (known === own ? changed : known)) : [...materials, changed]
}

/**
 * Key states follow from which material is there, and material is pending its rotation only once it is there in every
 * Region.
 */
export function settled(family: readonly KmsKey[]): KmsKey[] {
  const isEverywhere = (materialId: string) =>
    family.every(({ materials }) =>
      materials.some((version) => version.materialId === materialId && version.importState === 'IMPORTED'),
    )
  const withState = (version: MaterialVersion): MaterialVersion =>
    isPending(version)
      ? {
          ...version,
          state: isEverywhere(version.materialId) ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
        }
      : version
  return family.map((key) => settle({ ...key, materials: key.materials.map(withState) }))
}
