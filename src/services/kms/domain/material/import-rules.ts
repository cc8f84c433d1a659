import type { ExpirationModelType, ImportType, KeySpec } from '@aws-sdk/client-kms'
import { dayMs } from '../../../../core/durations.ts'
import {
  importMemberForSymmetricKeys,
  importRefusedBySetting,
  materialIdOfNewMaterial,
  materialNotImportable,
  validToNeeded,
  validToNotExpected,
  validToOutOfRange,
} from '../errors.ts'

/** Which keys take imported material: symmetric encryption keys alone, or any that AWS accepts today. */
export type ImportRule = 'symmetric' | 'any'

/** @throws ServiceError UnsupportedOperationException - the material of such keys cannot be imported. */
export function checkImportable(keySpec: KeySpec, rule: ImportRule): void {
  if (/^ML_/.test(keySpec)) throw materialNotImportable(keySpec)
  if (rule === 'symmetric' && keySpec !== 'SYMMETRIC_DEFAULT') throw importRefusedBySetting(keySpec)
}

const maxValidMs = 365 * dayMs

/**
 * Returns when imported material is to expire; undefined when it does not.
 * @throws ServiceError ValidationException - model and time do not fit, or a time that has passed or is over 365 days ahead.
 */
export function expirationFrom(
  { ExpirationModel = 'KEY_MATERIAL_EXPIRES', ValidTo }: { ExpirationModel?: ExpirationModelType; ValidTo?: Date },
  nowMs: number,
): number | undefined {
  if (ExpirationModel === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo) throw validToNotExpected()
    return undefined
  }
  if (!ValidTo) throw validToNeeded()
  const validMs = ValidTo.getTime() - nowMs
  if (!(validMs > 0 && validMs <= maxValidMs)) throw validToOutOfRange()
  return ValidTo.getTime()
}

interface ImportMembers {
  ImportType?: ImportType
  KeyMaterialId?: string
  KeyMaterialDescription?: string
}

/** @throws ServiceError ValidationException - members that go with other keys or other imports only. */
export function checkImportMembers(keySpec: KeySpec, members: ImportMembers): void {
  if (keySpec !== 'SYMMETRIC_DEFAULT') {
    for (const member of ['ImportType', 'KeyMaterialId', 'KeyMaterialDescription'] as const) {
      if (members[member] !== undefined) throw importMemberForSymmetricKeys(member)
    }
  }
  if (members.KeyMaterialId && members.ImportType === 'NEW_KEY_MATERIAL') throw materialIdOfNewMaterial()
}
