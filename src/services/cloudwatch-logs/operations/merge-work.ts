import type { Clock } from '../../../core/clock.ts'
import { hourMs, minuteMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { DueWork, Store } from '../../../core/store.ts'
import { planMerge, spanOf, sumOf } from '../domain/block-merging.ts'
import { type LogGroup, scopeOf } from '../domain/log-group.ts'
import type { PutIds } from '../domain/put-ids.ts'
import type { SealedBlock } from '../domain/select-events.ts'
import { countBlocks, deleteBlocks, insertBlock, readBlocks, settleBlocks, smallBlocks } from '../storage/blocks.ts'
import { groups } from '../storage/collections.ts'
import { queries } from '../storage/queries.ts'
import { idsAtOnce, noteMerged } from '../storage/streams.ts'
import { inThread } from '../threads/log-threads.ts'
import type { GroupKeys } from './group-keys.ts'

export const mergeKind = 'logs.merge'

/** Merges the small blocks of a stream, an hour after the first of them came. */
export const mergeWork = (group: LogGroup, streamId: string, nowMs: number): DueWork => ({
  ...{ kind: mergeKind, key: streamId, dueAtMs: nowMs + hourMs, scope: scopeOf(group) },
  payload: { name: group.name, groupId: group.id },
})

interface Dependencies {
  store: Store
  clock: Clock
  keys: GroupKeys
  putIds: PutIds
}

/** Events keep their places, so that page tokens and ids of events stay good. */
export const mergeRunner =
  ({ store, clock, keys, putIds }: Dependencies): WorkRunner =>
  async (work) => {
    const { name, groupId } = work.payload as { name: string; groupId: string }
    const streamId = work.key
    const group = await store.in(groups).get(work.scope, name)
    if (group?.id !== groupId) return async () => undefined
    const isQueried = async (reader: Pick<Store, 'in'>) => {
      const index = { name: 'running', value: name }
      return (await reader.in(queries).count(work.scope, { index, limit: 1 })) > 0
    }
    // A query reads each block once, so they stay as they are until it ends.
    if (await isQueried(store)) return (tx) => tx.schedule({ ...work, dueAtMs: clock.nowMs() + minuteMs })
    const sql = store.sqlApart('logs')
    const { settled, run, staysSmall } = planMerge(await smallBlocks(sql, streamId, idsAtOnce))
    const [first] = run
    const nowMs = clock.nowMs()
    if (!first) {
      return async (tx) => {
        const own = tx.sql('logs')
        if (settled.length > 0) await settleBlocks(own, settled)
        await noteMerged(own, streamId, false)
      }
    }
    const ids = run.map(({ id }) => id)
    const key = await keys.forReading(group, first.data_key).catch(undefinedWhenRefused)
    // Events whose key cannot be used stay as they are until it can.
    if (!key) return (tx) => tx.schedule({ ...work, dueAtMs: nowMs + hourMs })
    const blocks = sealedBlocks(await readBlocks(sql, ids), { ids, streamId, key })
    const blockId = putIds.next(nowMs)
    const data = await inThread(group.accountId, { kind: 'merge', groupId: group.id, blockId, key, blocks })
    return async (tx) => {
      const own = tx.sql('logs')
      const left = { payload: work.payload }
      if (settled.length > 0) await settleBlocks(own, settled)
      // Some have expired, or the stream is being deleted: what is left is merged another time.
      if (await isQueried(tx)) return left
      if (blocks.length < ids.length || (await countBlocks(own, ids)) < ids.length) return left
      await deleteBlocks(own, ids)
      const { firstMs, lastMs } = spanOf(run)
      const block = {
        ...{ id: blockId, group_id: group.id, stream_id: streamId, data_key: first.data_key },
        ...{ first_ms: firstMs, last_ms: lastMs, ...sumOf(run), small: staysSmall ? 1 : 0 },
      }
      await insertBlock(own, block, data)
      return left
    }
  }

const sealedBlocks = (
  bytes: ReadonlyMap<string, Uint8Array>,
  { ids, streamId, key }: { ids: readonly string[]; streamId: string; key: Uint8Array },
): SealedBlock[] =>
  ids.flatMap((id) => {
    const data = bytes.get(id)
    return data ? [{ id, streamId, key, data }] : []
  })

function undefinedWhenRefused(refusal: unknown): undefined {
  if (refusal instanceof ServiceError) return undefined
  throw refusal
}
