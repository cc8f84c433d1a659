import type { KeyObject } from 'node:crypto'
import { type Awaitable, andThen } from '../../../core/awaitable.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import { keyNotFound, keyPendingImport, tooManyKeys } from '../domain/errors.ts'
import type { KmsKey } from '../domain/key.ts'
import { type KeyMaterial, privateKeyOf, secretKeyOf } from '../domain/material/key-material.ts'
import { quotas } from '../domain/quotas.ts'
import {
  aliases,
  keyCountId,
  keyCounts,
  keyMaterialId,
  keyMaterials,
  keys,
  keyUsages,
  type Reader,
  scopeOf,
} from './collections.ts'
import { enterKey, leaveKeyStore } from './custom-key-store-store.ts'
import { scheduleRotationWork, unscheduleKeyWork } from './key-work.ts'

/** Names a key where it is kept. */
export type KeyPlace = Pick<KmsKey, 'accountId' | 'region' | 'keyId' | 'arn'>

/** Reads a key anew, inside the transaction that changes it. @throws ServiceError NotFoundException - deleted meanwhile. */
export async function rereadKey(tx: Reader, key: KeyPlace): Promise<KmsKey> {
  const current = await tx.in(keys).get(scopeOf(key), key.keyId)
  if (!current) throw keyNotFound(key.arn)
  return current
}

/** Reads a key for due work, which may come when the key is gone. */
export const findKey = (tx: Reader, scope: Scope, keyId: string): Awaitable<KmsKey | undefined> =>
  tx.in(keys).get(scope, keyId)

export const putMaterial = (tx: Transaction, key: KeyPlace, material: KeyMaterial): Promise<void> =>
  tx.in(keyMaterials).put(scopeOf(key), keyMaterialId(key.keyId, material.materialId), material)

/** Gives a replica a version of its primary key's material. */
export async function copyMaterial(tx: Transaction, from: KeyPlace, to: KeyPlace, materialId: string): Promise<void> {
  const material = await tx.in(keyMaterials).get(scopeOf(from), keyMaterialId(from.keyId, materialId))
  if (!material) throw new Error(`${from.arn} has lost key material`)
  await putMaterial(tx, to, material)
}

export async function deleteMaterial(tx: Transaction, key: KeyPlace, materialId: string): Promise<void> {
  await tx.in(keyMaterials).delete(scopeOf(key), keyMaterialId(key.keyId, materialId))
}

export const putKey = (tx: Transaction, key: KmsKey): Promise<void> => tx.in(keys).put(scopeOf(key), key.keyId, key)

/**
 * @param material - absent where KMS has none, or none yet.
 * @throws ServiceError LimitExceededException; CustomKeyStoreInvalidStateException, XksKeyAlreadyInUseException.
 */
export async function addKey(tx: Transaction, key: KmsKey, material?: KeyMaterial): Promise<void> {
  await countKey(tx, key, 1)
  if (key.keyStore) await enterKey(tx, key, key.keyStore)
  await putKey(tx, key)
  if (material) await putMaterial(tx, key, material)
  await scheduleRotationWork(tx, key)
}

/** Removes a key with its material, its aliases and its due work: what it encrypted is lost. */
export async function removeKey(tx: Transaction, key: KmsKey): Promise<void> {
  const scope = scopeOf(key)
  for (const { materialId } of key.materials) await deleteMaterial(tx, key, materialId)
  for (const name of key.aliasNames) await tx.in(aliases).delete(scope, name)
  await leaveKeyStore(tx, key)
  await tx.in(keyUsages).delete(scope, key.keyId)
  await tx.in(keys).delete(scope, key.keyId)
  await unscheduleKeyWork(tx, key)
  await countKey(tx, key, -1)
}

const counts = counters({
  collection: keyCounts,
  none: { customerManaged: 0 },
  quotas: { customerManaged: { most: quotas.keys, exceeded: tooManyKeys } },
})

/** AWS managed keys do not count. */
async function countKey(tx: Transaction, key: KmsKey, change: 1 | -1): Promise<void> {
  if (key.keyManager === 'CUSTOMER') await counts.change(tx, key, keyCountId, { customerManaged: change })
}

/** The secret of a version of a key's material; undefined when the key has no such version. */
export function findSecretKey(reader: Reader, key: KeyPlace, materialId: string): Awaitable<KeyObject | undefined> {
  const material = reader.in(keyMaterials).get(key, keyMaterialId(key.keyId, materialId))
  return andThen(material, (material) => material && secretKeyOf(material))
}

/** The private key of a key pair. @throws ServiceError NotFoundException, KMSInvalidStateException - gone meanwhile. */
export const findPrivateKey = async (reader: Reader, key: KmsKey) => privateKeyOf(await onlyMaterial(reader, key))

/** The secret of an HMAC key. @throws ServiceError NotFoundException, KMSInvalidStateException - gone meanwhile. */
export const findMacKey = async (reader: Reader, key: KmsKey) => secretKeyOf(await onlyMaterial(reader, key))

/** Of keys that have one material for life. */
async function onlyMaterial(reader: Reader, key: KmsKey): Promise<KeyMaterial> {
  const id = keyMaterialId(key.keyId, key.currentMaterialId ?? '')
  const material = await reader.in(keyMaterials).get(scopeOf(key), id)
  if (material) return material
  const { origin, arn } = await rereadKey(reader, key)
  throw origin === 'EXTERNAL' ? keyPendingImport(arn) : new Error(`${arn} has lost its key material`)
}
