import type { KeyState } from '@aws-sdk/client-kms'
import { dayMs } from '../../../core/durations.ts'
import { windowOutOfRange } from './errors.ts'
import type { KmsKey, MaterialVersion } from './key.ts'
import { checkKeyState, transitions } from './key-states.ts'
import { isPrimary } from './multi-region.ts'

export const defaultWindowDays = 30

const minWindowDays = 7
const maxWindowDays = 30

export function enableKey(key: KmsKey): KmsKey {
  checkKeyState('EnableKey', key)
  return key.state === 'Disabled' ? inState(key, 'Enabled') : key
}

export function disableKey(key: KmsKey): KmsKey {
  checkKeyState('DisableKey', key)
  return key.state === 'Enabled' ? inState(key, 'Disabled') : key
}

/**
 * @param windowDays - 7 to 30; the service model allows 1 to 365, the service does not.
 * @returns the key with the time from which it no longer exists; a primary key without one, as long as it has replicas.
 */
export function scheduleDeletion(key: KmsKey, windowDays: number, nowMs: number): KmsKey {
  if (windowDays < minWindowDays || windowDays > maxWindowDays) throw windowOutOfRange()
  checkKeyState('ScheduleKeyDeletion', key)
  if (isPrimary(key) && key.regions?.replicas.length) {
    return { ...inState(key, 'PendingReplicaDeletion'), pendingWindowDays: windowDays }
  }
  return { ...inState(key, 'PendingDeletion'), deletionAtMs: nowMs + windowDays * dayMs }
}

/** The waiting period of a primary key begins when its last replica is gone. */
export function afterReplicaDeletion({ pendingWindowDays, ...key }: KmsKey, nowMs: number): KmsKey {
  if (pendingWindowDays === undefined) return key
  if (key.regions?.replicas.length) return { ...key, pendingWindowDays }
  return { ...inState(key, 'PendingDeletion'), deletionAtMs: nowMs + pendingWindowDays * dayMs }
}

/** While the primary Region changes. */
export const updating = (key: KmsKey): KmsKey => (key.state === 'Updating' ? key : inState(key, 'Updating'))

/** The end of a creation or a change that takes some moments. */
export const completed = (key: KmsKey): KmsKey => settle(inState(key, 'Enabled'))

/** A key that is not deleted after all is disabled, whatever it was before; without its material it waits for that. */
export function cancelDeletion(key: KmsKey): KmsKey {
  checkKeyState('CancelKeyDeletion', key)
  const { deletionAtMs: _, pendingWindowDays: _window, ...kept } = inState(key, 'Disabled')
  return settle(kept)
}

/** Returns whether material waits to become the current one; until then the key does without it. */
export const isPending = ({ state }: MaterialVersion): boolean => state !== 'CURRENT' && state !== 'NON_CURRENT'

/** Returns whether all material is there that the key ever encrypted with, or will now. Only what was imported can be missing. */
const hasItsMaterial = ({ origin, currentMaterialId, materials }: KmsKey): boolean =>
  origin !== 'EXTERNAL' ||
  (currentMaterialId !== undefined &&
    materials.every((version) => isPending(version) || version.importState !== 'PENDING_IMPORT'))

/** The state that follows from which material is there. Keys that are made or deleted just now stay as they are. */
export function settle(key: KmsKey): KmsKey {
  if (hasItsMaterial(key)) return key.state === 'PendingImport' ? inState(key, 'Enabled') : key
  return key.state === 'Enabled' || key.state === 'Disabled' || key.state === 'Updating'
    ? inState(key, 'PendingImport')
    : key
}

/** Returns whether a deletion that was due at a time is still wanted: it may have been cancelled, and scheduled anew. */
export const isDeletionDue = ({ state, deletionAtMs }: KmsKey, dueAtMs: number): boolean =>
  state === 'PendingDeletion' && deletionAtMs !== undefined && deletionAtMs <= dueAtMs

function inState(key: KmsKey, state: KeyState): KmsKey {
  if (!transitions[key.state].includes(state)) throw new Error(`a key in state ${key.state} cannot become ${state}`)
  return { ...key, state }
}
