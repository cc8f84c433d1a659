import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import type { Archive } from '../domain/archive.ts'
import { removeBefore } from '../storage/archive.ts'
import { archiveSizes, archives } from '../storage/collections.ts'

/** The kinds of due work that remove archived events: those whose time is over, and those of a deleted archive. */
export const expireArchiveWork = 'events.expire-archive'
export const emptyArchiveWork = 'events.empty-archive'

/** How many events are removed in one transaction. */
const removedAtOnce = 500

type Pending = Pick<Archive, 'name' | 'id'>

/** Looks for expired events every day. An archive without a retention period needs none of it. */
export async function planExpiry(tx: Transaction, scope: Scope, archive: Archive, nowMs: number): Promise<void> {
  const { name, id, retentionDays } = archive
  const payload: Pending = { name, id }
  if (retentionDays === 0) await tx.unschedule(expireArchiveWork, id)
  else await tx.schedule({ kind: expireArchiveWork, key: id, dueAtMs: nowMs + dayMs, scope, payload })
}

export const expireArchiveRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, payload }) =>
  async (tx) => {
    const { name, id } = payload as Pending
    const archive = await tx.in(archives).get(scope, name)
    if (archive?.id !== id || archive.retentionDays === 0) return undefined
    const nowMs = clock.nowMs()
    const removed = await removeBefore(tx, scope, id, nowMs - archive.retentionDays * dayMs, removedAtOnce)
    if (removed === removedAtOnce) return { payload }
    await planExpiry(tx, scope, archive, nowMs)
    return undefined
  }

/** Removes all events of an archive that is deleted. */
export const emptyArchive = (tx: Transaction, scope: Scope, { id }: Archive, nowMs: number): Promise<void> =>
  tx.schedule({ kind: emptyArchiveWork, key: id, dueAtMs: nowMs, scope, payload: null })

export const emptyArchiveRunner: WorkRunner =
  async ({ scope, key: id, payload }) =>
  async (tx) => {
    const removed = await removeBefore(tx, scope, id, Number.POSITIVE_INFINITY, removedAtOnce)
    if (removed === removedAtOnce) return { payload }
    await tx.in(archiveSizes).delete(scope, id)
    return undefined
  }
