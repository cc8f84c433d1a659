import type { Transaction } from '../../../../core/store.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import type { Trail } from '../../domain/trail.ts'
import { putTrail } from '../../storage/trails.ts'
import { presentTrail } from './find-trail.ts'

/**
 * Changes a trail in the call's transaction, and has this server take it into account.
 * @param change - returns the trail as it is then; may write more in the transaction.
 * @throws ServiceError TrailNotFoundException - it was deleted meanwhile.
 */
export async function changeTrail<R>(
  { call, directory }: CloudTrailContext,
  trail: Trail,
  change: (present: Trail, tx: Transaction) => Trail | Promise<Trail>,
  answer: (changed: Trail) => R,
): Promise<R> {
  const result = await call.transaction(async (tx) => {
    const changed = await change(await presentTrail(tx, trail), tx)
    await putTrail(tx, changed)
    return answer(changed)
  })
  await directory.refresh()
  return result
}
