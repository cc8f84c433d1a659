import type { Transaction } from '../../../core/store.ts'
import type { Trail } from '../domain/trail.ts'
import { hurryQueues } from '../storage/pending.ts'
import { endDigests } from './digest-chain.ts'
import { filesWork } from './kinds.ts'

/** Has what a trail has taken delivered at once, and its last digests made, when its logging has stopped. */
export async function endLogging(tx: Transaction, trail: Trail, nowMs: number): Promise<void> {
  await hurryQueues(tx, filesWork, trail.id, nowMs)
  await endDigests(tx, trail, nowMs)
}
