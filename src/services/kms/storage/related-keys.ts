import type { Transaction } from '../../../core/store.ts'
import type { KmsKey } from '../domain/key.ts'
import { keys, type Reader } from './collections.ts'
import { putKey } from './key-store.ts'

/**
 * A key with those related to it in other Regions, the primary key first; a single-Region key alone.
 * There are never more than there are Regions.
 */
export async function relatedKeys(tx: Reader, key: KmsKey): Promise<KmsKey[]> {
  if (!key.regions) return [key]
  const { accountId, keyId } = key
  const found: KmsKey[] = []
  for (const region of [key.regions.primary, ...key.regions.replicas]) {
    const related = region === key.region ? key : await tx.in(keys).get({ accountId, region }, keyId)
    if (!related) throw new Error(`${key.arn} has lost its relative in ${region}`)
    found.push(related)
  }
  return found
}

/** Changes a key and all that are related to it alike, in one transaction. @returns the key itself, changed. */
export async function changeRelated(tx: Transaction, key: KmsKey, change: (key: KmsKey) => KmsKey): Promise<KmsKey> {
  for (const related of await relatedKeys(tx, key)) await putKey(tx, change(related))
  return change(key)
}
