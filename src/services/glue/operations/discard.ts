import type { WorkRunner } from '../../../core/scheduler.ts'
import type { CollectionSpec, DueWork, Scope, Transaction } from '../../../core/store.ts'
import { idOf } from '../domain/catalog.ts'
import { partitions, tables, tableVersions } from '../storage/collections.ts'

export const discardKind = 'glue.discard'

/** How many documents a slice removes. */
const atOnce = 200

interface Discarded {
  of: 'database' | 'table'
  id: string
}

/** Removes what belongs to a database or table that is gone. */
export const discardWork = (scope: Scope, payload: Discarded, dueAtMs: number): DueWork => ({
  ...{ kind: discardKind, key: payload.id, dueAtMs, scope, payload },
})

export const discardRunner: WorkRunner =
  async ({ scope, payload, dueAtMs }) =>
  async (tx) => {
    const { of, id } = payload as Discarded
    const idPrefix = idOf(id, '')
    if (of === 'database') {
      const inside = await tx.in(tables).list(scope, { idPrefix, limit: atOnce })
      for (const { id: key, document } of inside) {
        await tx.in(tables).delete(scope, key)
        await tx.schedule(discardWork(scope, { of: 'table', id: document.id }, dueAtMs))
      }
      return inside.length === atOnce ? { payload } : undefined
    }
    const left =
      (await discardIn(tx, tableVersions, scope, idPrefix)) || (await discardIn(tx, partitions, scope, idPrefix))
    return left ? { payload } : undefined
  }

/** @returns whether there may be more. */
async function discardIn<T>(
  tx: Transaction,
  collection: CollectionSpec<T>,
  scope: Scope,
  idPrefix: string,
): Promise<boolean> {
  const inside = await tx.in(collection).list(scope, { idPrefix, limit: atOnce })
  for (const { id } of inside) await tx.in(collection).delete(scope, id)
  return inside.length === atOnce
}
