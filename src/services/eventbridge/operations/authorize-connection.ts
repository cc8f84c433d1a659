import type { Clock } from '../../../core/clock.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { Scope, Store, Transaction } from '../../../core/store.ts'
import { DeliveryRefused } from '../../../kit/deliveries/failure.ts'
import type { Connection } from '../domain/connection.ts'
import type { AccessTokens } from '../routing/access-tokens.ts'
import { connections } from '../storage/collections.ts'

/** The kind of due work that gets the first token of a connection. */
export const authorizeWork = 'events.authorize-connection'

/** Gets a token for a connection that needs one, behind the request. */
export async function planAuthorization(
  tx: Transaction,
  scope: Scope,
  { name, state, modifiedAtMs }: Connection,
  dueAtMs: number,
): Promise<void> {
  if (state !== 'AUTHORIZING') return
  const key = `${scope.accountId}/${scope.region}/${name}`
  await tx.schedule({ kind: authorizeWork, key, dueAtMs, scope, payload: { name, modifiedAtMs } })
}

export const authorizeRunner =
  ({ tokens, store, clock }: { tokens: AccessTokens; store: Pick<Store, 'in'>; clock: Clock }): WorkRunner =>
  async ({ scope, payload }) => {
    const { name, modifiedAtMs } = payload as { name: string; modifiedAtMs: number }
    const connection = await store.in(connections).get(scope, name)
    const reason = connection?.modifiedAtMs === modifiedAtMs ? await refusalOf(tokens, scope, connection) : undefined
    return async (tx) => {
      const present = await tx.in(connections).get(scope, name)
      if (present?.modifiedAtMs !== modifiedAtMs || present.state !== 'AUTHORIZING') return
      const changed: Connection =
        reason === undefined
          ? { ...present, state: 'AUTHORIZED', authorizedAtMs: clock.nowMs() }
          : { ...present, state: 'DEAUTHORIZED', stateReason: reason.slice(0, 512) }
      await tx.in(connections).put(scope, name, changed)
    }
  }

async function refusalOf(tokens: AccessTokens, scope: Scope, connection: Connection): Promise<string | undefined> {
  try {
    await tokens.of(scope, connection)
    return undefined
  } catch (error) {
    if (error instanceof DeliveryRefused) return error.message
    throw error
  }
}
