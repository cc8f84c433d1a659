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

interface Pending {
  name: string
  id: string
  /** Tells work at one time apart. */
  turn: number
}

const keyOf = ({ id, turn }: Pending) => `${id}/${turn}`

/** Looks for expired events every day. An archive without a retention period needs none of it. */
export async function planExpiry(tx: Transaction, scope: Scope, archive: Archive, nowMs: number): Promise<void> {
  const payload: Pending = { name: archive.name, id: archive.id, turn: 0 }
  if (archive.retentionDays === 0) await tx.unschedule(expireArchiveWork, keyOf(payload))
  else await tx.schedule({ kind: expireArchiveWork, key: keyOf(payload), dueAtMs: nowMs + dayMs, scope, payload })
}

export const expireArchiveRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, payload }) =>
  async (tx) => {
    const { name, id, turn } = payload as Pending
    const archive = await tx.in(archives).get(scope, name)
    if (archive?.id !== id || archive.retentionDays === 0) return
    const nowMs = clock.nowMs()
    const removed = await removeBefore(tx, scope, id, nowMs - archive.retentionDays * dayMs, removedAtOnce)
    if (removed < removedAtOnce) return planExpiry(tx, scope, archive, nowMs)
    const next: Pending = { name, id, turn: turn + 1 }
    await tx.schedule({ kind: expireArchiveWork, key: keyOf(next), dueAtMs: nowMs, scope, payload: next })
  }

/** Removes all events of an archive that is deleted. */
export async function emptyArchive(
  tx: Transaction,
  scope: Scope,
  { name, id }: Pick<Archive, 'name' | 'id'>,
  nowMs: number,
  turn = 0,
): Promise<void> {
  const payload: Pending = { name, id, turn }
  await tx.schedule({ kind: emptyArchiveWork, key: keyOf(payload), dueAtMs: nowMs, scope, payload })
}

export const emptyArchiveRunner: WorkRunner =
  async ({ scope, payload, dueAtMs }) =>
  async (tx) => {
    const pending = payload as Pending
    const removed = await removeBefore(tx, scope, pending.id, Number.POSITIVE_INFINITY, removedAtOnce)
    if (removed === removedAtOnce) await emptyArchive(tx, scope, pending, dueAtMs, pending.turn + 1)
    else await tx.in(archiveSizes).delete(scope, pending.id)
  }
