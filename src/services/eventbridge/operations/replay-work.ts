import type { Clock } from '../../../core/clock.ts'
import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope, Transaction } from '../../../core/store.ts'
import type { Replay } from '../domain/archive.ts'
import type { Router } from '../routing/router.ts'
import { eventsBehind } from '../storage/archive.ts'
import { replays } from '../storage/collections.ts'

/** The kinds of due work that send archived events, and that forget replays that ended. */
export const replayWork = 'events.replay'
export const forgetReplayWork = 'events.forget-replay'

/** How many events are sent in one transaction. */
const sentAtOnce = 100

/** A replay that ended is shown for so long. */
const shownMs = 90 * dayMs

interface Pending extends Pick<Replay, 'name' | 'id'> {
  /** The place of the last event that was sent. */
  afterId: string
}

/** @param afterId - the place in the archive behind which the replay begins. */
export async function planReplay(
  tx: Transaction,
  { accountId, region }: Scope,
  { name, id }: Pick<Replay, 'name' | 'id'>,
  afterId: string,
  dueAtMs: number,
): Promise<void> {
  const payload: Pending = { name, id, afterId }
  await tx.schedule({ kind: replayWork, key: id, dueAtMs, scope: { accountId, region }, payload })
}

export const replayRunner =
  ({ router, clock }: { router: Router; clock: Clock }): WorkRunner =>
  async ({ scope, payload }) =>
  async (tx) => {
    const { id, name, afterId } = payload as Pending
    const replay = await tx.in(replays).get(scope, name)
    if (replay?.id !== id) return undefined
    if (replay.state === 'CANCELLING') return end(tx, scope, { ...replay, state: 'CANCELLED' }, clock.nowMs())
    const found = await eventsBehind(tx, scope, replay.archiveId, afterId, sentAtOnce)
    const sent = found.filter(({ document }) => document.event.ingestedAtMs < replay.untilMs)
    const bus = { ...scope, name: replay.busName }
    for (const { document } of sent) {
      const envelope = { ...document.event.envelope, 'replay-name': name }
      const options = replay.onlyRules ? { onlyRules: replay.onlyRules } : {}
      await router.route(tx, bus, { ...document.event, envelope }, options)
    }
    const last = sent.at(-1)
    const progressed: Replay = {
      ...{ ...replay, state: 'RUNNING' },
      ...(last && { lastReplayedMs: last.document.event.ingestedAtMs }),
    }
    if (!last || sent.length < sentAtOnce) return end(tx, scope, { ...progressed, state: 'COMPLETED' }, clock.nowMs())
    await tx.in(replays).put(scope, name, progressed)
    return { payload: { id, name, afterId: last.id } satisfies Pending }
  }

async function end(tx: Transaction, scope: Scope, replay: Replay, nowMs: number): Promise<undefined> {
  const { name, id } = replay
  await tx.in(replays).put(scope, name, { ...replay, endedAtMs: nowMs })
  const payload: Pick<Pending, 'name' | 'id'> = { name, id }
  await tx.schedule({ kind: forgetReplayWork, key: id, dueAtMs: nowMs + shownMs, scope, payload })
}

export const forgetReplayRunner: WorkRunner =
  async ({ scope, payload }) =>
  async (tx) => {
    const { name, id } = payload as Pending
    if ((await tx.in(replays).get(scope, name))?.id === id) await tx.in(replays).delete(scope, name)
  }
