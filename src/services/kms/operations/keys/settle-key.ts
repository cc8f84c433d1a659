import type { Clock } from '../../../../core/clock.ts'
import type { WorkRunner } from '../../../../core/scheduler.ts'
import { completed } from '../../domain/key-lifecycle.ts'
import { relatedArn } from '../../domain/multi-region.ts'
import { findKey, putKey } from '../../storage/key-store.ts'
import { keyIdOfWork } from '../../storage/key-work.ts'
import { synchronizeEvent } from './key-records.ts'

/** Ends what takes a key some moments: a replica's creation, a change of the primary Region. */
export const settleKeyRunner =
  ({ clock }: { clock: Clock }): WorkRunner =>
  async ({ scope, key: workKey }) =>
  async (tx) => {
    const key = await findKey(tx, scope, keyIdOfWork(workKey))
    if (!key || (key.state !== 'Creating' && key.state !== 'Updating')) return
    await putKey(tx, completed(key))
    if (key.state !== 'Creating' || !key.regions) return
    const { primary: region } = key.regions
    tx.record(synchronizeEvent({ ...key, region, arn: relatedArn(key, region) }, clock.nowMs()))
  }
