import { dayMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Handshake } from '../domain/entities.ts'
import { everywhere, handshakes, scopeOf } from '../storage/collections.ts'

/** The kind of due work that removes a handshake which is over for some time. */
export const forgetHandshakeWork = 'organizations.forget-handshake'

/** How long one can be read that could not be answered any more. */
const keptMs = 30 * dayMs

/** Keeps a new handshake for as long as it can be answered, and some time longer. */
export async function putNew(tx: Transaction, handshake: Handshake): Promise<void> {
  const { id, expiresAtMs } = handshake
  await tx.in(handshakes).put(everywhere, id, handshake)
  const dueAtMs = expiresAtMs + keptMs
  await tx.schedule({ kind: forgetHandshakeWork, key: id, dueAtMs, scope: scopeOf(handshake), payload: null })
}

export const forgetHandshakeRunner: WorkRunner =
  async ({ key }) =>
  async (tx) => {
    await tx.in(handshakes).delete(everywhere, key)
  }
