import type { Store } from '../../../../core/store.ts'
import { idsFrom } from '../../domain/put-ids.ts'
import { blocksBehind } from '../../storage/blocks.ts'
import { streamNames } from '../../storage/streams.ts'
import type { StoredPut, TailedPuts } from './live-tails.ts'

/**
 * What is put into the groups of a session: on this node, as it is noted, and on others, as the store has it. Ids of puts grow with time,
 * and the clocks of nodes are a minute apart at most. So the blocks of the last minute are looked at, and count once.
 */
export class SessionPuts {
  readonly #noted: TailedPuts
  readonly #store: Pick<Store, 'sql'>
  readonly #groupIds: readonly string[]
  readonly #seen = new Set<string>()
  #since = ''

  constructor(noted: TailedPuts, store: Pick<Store, 'sql'>, groupIds: ReadonlySet<string>) {
    this.#noted = noted
    this.#store = store
    this.#groupIds = [...groupIds]
  }

  /** Leaves out what is there already. */
  async begin(nowMs: number): Promise<void> {
    await this.#putElsewhere(nowMs)
  }

  /** Takes what has come since the last time. @returns whether some of it was dropped, too. */
  async take(nowMs: number): Promise<{ puts: StoredPut[]; isCut: boolean }> {
    const { puts, isCut } = this.#noted.take()
    // One node alone has put everything itself.
    if (this.#store.sql('logs').dialect === 'sqlite') return { puts, isCut }
    const own = puts.filter(({ block: { id } }) => !this.#seen.has(id))
    for (const { block } of own) this.#seen.add(block.id)
    return { puts: [...own, ...(await this.#putElsewhere(nowMs))], isCut }
  }

  async #putElsewhere(nowMs: number): Promise<StoredPut[]> {
    const sql = this.#store.sql('logs')
    if (sql.dialect === 'sqlite') return []
    const since = idsFrom(nowMs)
    // A clock that is set back must not make old blocks new.
    if (since > this.#since) this.#since = since
    for (const id of this.#seen) if (id <= this.#since) this.#seen.delete(id)
    const rows = await blocksBehind(sql, this.#groupIds, this.#since)
    const fresh = rows.filter(({ id }) => !this.#seen.has(id))
    for (const { id } of fresh) this.#seen.add(id)
    const names = await streamNames(sql, [...new Set(fresh.map(({ stream_id }) => stream_id))])
    return fresh.flatMap(({ group_id: groupId, ...block }) => {
      const streamName = names.get(block.stream_id)
      return streamName === undefined ? [] : [{ groupId, streamName, block }]
    })
  }
}
