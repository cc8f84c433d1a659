import type { Clock } from '../../../core/clock.ts'
import type { OwnedKeys } from '../../../core/owned-keys.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../../../core/store.ts'
import { newOwnedMaterial, openOwnedKey, type StoredOwnedKey } from '../domain/material/owned-key.ts'
import { defaultRotationPeriodDays, rotationFrom } from '../domain/material/rotation.ts'

/** Under the name of the service. */
export const ownedKeys: CollectionSpec<StoredOwnedKey> = { name: 'kms.owned-keys', sealed: ['materials'] }

/** The kind of due work that gives an AWS owned key new material. */
export const rotateOwnedKeyWork = 'kms.rotate-owned-key'

/** Where they are: no account has this id. */
const scopeIn = (region: string): Scope => ({ accountId: 'aws', region })

/** The keys of the server's own services, sealed in the store like every other. */
export const createOwnedKeys = ({ store, clock }: { store: Store; clock: Clock }): OwnedKeys => ({
  of: async (service, region) => {
    const stored = await store.in(ownedKeys).get(scopeIn(region), service)
    return openOwnedKey(stored ?? (await makeOwnedKey(store, clock.nowMs(), service, region)))
  },
})

/** Makes a key, or returns the one that another call has made meanwhile. */
const makeOwnedKey = (store: Store, nowMs: number, service: string, region: string): Promise<StoredOwnedKey> => {
  const made: StoredOwnedKey = { createdAtMs: nowMs, materials: [newOwnedMaterial()] }
  return store.transaction(async (tx) => {
    const existing = await tx.in(ownedKeys).get(scopeIn(region), service)
    if (existing) return existing
    await tx.in(ownedKeys).put(scopeIn(region), service, made)
    await scheduleRotation(tx, service, region, nowMs)
    return made
  })
}

/** Every year. What was encrypted before is decrypted for ever. */
const scheduleRotation = (tx: Transaction, service: string, region: string, nowMs: number): Promise<void> =>
  tx.schedule({
    kind: rotateOwnedKeyWork,
    key: `${service} ${region}`,
    dueAtMs: rotationFrom(nowMs, defaultRotationPeriodDays).nextAtMs,
    scope: scopeIn(region),
    payload: { service },
  })

export const rotateOwnedKeyRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, payload }) => {
    const { service } = payload as { service: string }
    const material = newOwnedMaterial()
    return async (tx) => {
      const key = await tx.in(ownedKeys).get(scope, service)
      if (!key) return
      await tx.in(ownedKeys).put(scope, service, { ...key, materials: [...key.materials, material] })
      await scheduleRotation(tx, service, scope.region, clock.nowMs())
    }
  }
