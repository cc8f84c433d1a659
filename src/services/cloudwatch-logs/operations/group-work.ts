import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { CollectionSpec, DueWork } from '../../../core/store.ts'
import { type LogGroup, scopeOf } from '../domain/log-group.ts'
import {
  type BlockRow,
  blocksBefore,
  blocksOfGroup,
  blocksOfStream,
  deleteBlocks,
  deleteUsage,
  someStreams,
  takeUsage,
} from '../storage/blocks.ts'
import { groups, metricFilters, subscriptionFilters } from '../storage/collections.ts'
import { deleteStream, idsAtOnce } from '../storage/streams.ts'

/** Kinds of due work. */
export const expireKind = 'logs.expire'
export const discardKind = 'logs.discard'
export const discardStreamKind = 'logs.discard-stream'

/** Removes events that have expired, once a day while the group has a retention period. */
export const expireWork = (group: LogGroup, dueAtMs: number): DueWork => ({
  ...{ kind: expireKind, key: group.id, dueAtMs, scope: scopeOf(group) },
  payload: { name: group.name },
})

/** Removes what a deleted group has left. */
export const discardWork = (group: LogGroup, dueAtMs: number): DueWork => ({
  ...{ kind: discardKind, key: group.id, dueAtMs, scope: scopeOf(group), payload: {} },
})

/** Removes the events of a deleted stream. */
export const discardStreamWork = (group: LogGroup, streamId: string, dueAtMs: number): DueWork => ({
  ...{ kind: discardStreamKind, key: streamId, dueAtMs, scope: scopeOf(group), payload: { groupId: group.id } },
})

const bytesOf = (rows: readonly BlockRow[]) => rows.reduce((sum, { bytes }) => sum + bytes, 0)
const idsOf = (rows: readonly BlockRow[]) => rows.map(({ id }) => id)

export const expireRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async (work) =>
  async (tx) => {
    const { name } = work.payload as { name: string }
    const group = await tx.in(groups).get(work.scope, name)
    if (group?.id !== work.key || group.retentionDays === undefined) return undefined
    const nowMs = clock.nowMs()
    const sql = tx.sql('logs')
    const rows = await blocksBefore(sql, group.id, nowMs - group.retentionDays * dayMs, idsAtOnce)
    if (rows.length > 0) {
      await deleteBlocks(sql, idsOf(rows))
      await takeUsage(sql, group.id, bytesOf(rows))
    }
    if (rows.length === idsAtOnce) return { payload: work.payload }
    await tx.schedule({ ...work, dueAtMs: nowMs + dayMs })
    return undefined
  }

export const discardRunner = (): WorkRunner => async (work) => async (tx) => {
  const sql = tx.sql('logs')
  const rows = await blocksOfGroup(sql, work.key, idsAtOnce)
  if (rows.length > 0) {
    await deleteBlocks(sql, idsOf(rows))
    return { payload: work.payload }
  }
  const streams = await someStreams(sql, work.key, idsAtOnce)
  for (const { name } of streams) await deleteStream(sql, work.key, name)
  if (streams.length > 0) return { payload: work.payload }
  await deleteUsage(sql, work.key)
  for (const filters of [metricFilters, subscriptionFilters]) {
    const found = await tx.in(filters as CollectionSpec<object>).list(work.scope, { idPrefix: `${work.key}:` })
    for (const { id } of found) await tx.in(filters as CollectionSpec<object>).delete(work.scope, id)
  }
  return undefined
}

export const discardStreamRunner = (): WorkRunner => async (work) => async (tx) => {
  const { groupId } = work.payload as { groupId: string }
  const sql = tx.sql('logs')
  const rows = await blocksOfStream(sql, work.key, idsAtOnce)
  if (rows.length === 0) return undefined
  await deleteBlocks(sql, idsOf(rows))
  await takeUsage(sql, groupId, bytesOf(rows))
  return { payload: work.payload }
}
