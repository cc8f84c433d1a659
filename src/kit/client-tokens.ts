import { createHash } from 'node:crypto'
import type { Call } from '../core/call.ts'
import type { ServiceError } from '../core/service-error.ts'
import type { CollectionSpec, Scope, Transaction } from '../core/store.ts'

/** A client token that a request was made with, and what came of it. */
export interface UsedToken {
  usedAtMs: number
  /** Of the request's other members; absent where the token alone counts. */
  fingerprint?: string
  /** JSON. */
  result: unknown
}

/** The specification of the collection of a service's tokens, without its name. Requests and answers may hold secrets. */
export const clientTokenCollection: Omit<CollectionSpec<UsedToken>, 'name'> = {
  indexes: { age: ({ usedAtMs }) => [String(usedAtMs).padStart(15, '0')] },
  sealed: ['fingerprint', 'result'],
}

export interface ClientTokensSpec {
  /** `{ name: 'rds.client-tokens', ...clientTokenCollection }` */
  collection: CollectionSpec<UsedToken>
  /** How long a token stands for its request. */
  windowMs: number
  /** AWS's refusal of a token that comes with another request. Absent where the token alone counts, as in a FIFO queue. */
  mismatch?(token: string): ServiceError
}

export interface TokenRequest {
  /** Absent where the request has none: it is made then, however often it comes. */
  token: string | undefined
  /** The request's other members. */
  input: object
  /** What the token is unique in, in the account and Region; default: the operation. */
  within?: string
}

/** Makes requests with client tokens idempotent: the same request with the same token is made once. */
export interface ClientTokens {
  /**
   * @param work - makes the change, in the same transaction. What it throws leaves the token unused.
   * @returns what the work returns, which is JSON; for a repeated request, what it returned the first time.
   * @throws ServiceError - the token came with another request before.
   */
  once<R>(
    tx: Transaction,
    call: Pick<Call, 'operation' | 'accountId' | 'region' | 'clock'>,
    request: TokenRequest,
    work: () => Promise<R>,
  ): Promise<R>
}

export function clientTokens({ collection, windowMs, mismatch }: ClientTokensSpec): ClientTokens {
  return {
    async once<R>(
      tx: Transaction,
      { operation, accountId, region, clock }: Parameters<ClientTokens['once']>[1],
      { token, input, within = operation }: TokenRequest,
      work: () => Promise<R>,
    ): Promise<R> {
      if (token === undefined) return work()
      const scope = { accountId, region }
      const id = digest([within, token])
      const fingerprint = mismatch && digest(input)
      const used = await tx.in(collection).get(scope, id)
      const usedAtMs = clock.nowMs()
      if (used && isAlive(used, usedAtMs)) {
        if (mismatch && used.fingerprint !== fingerprint) throw mismatch(token)
        return used.result as R
      }
      const result = await work()
      await tx.in(collection).put(scope, id, { usedAtMs, ...(fingerprint && { fingerprint }), result })
      await forgetOldest(tx, scope, usedAtMs)
      return result
    },
  }

  /** A clock that was moved back ends a window, too. */
  function isAlive({ usedAtMs }: UsedToken, nowMs: number): boolean {
    return nowMs >= usedAtMs && nowMs < usedAtMs + windowMs
  }

  /** Two for each that comes, so that there are never many that mean nothing. */
  async function forgetOldest(tx: Transaction, scope: Scope, nowMs: number): Promise<void> {
    const oldest = await tx.in(collection).listOrdered(scope, { index: 'age', limit: 2 })
    for (const { id, document } of oldest) {
      if (!isAlive(document, nowMs)) await tx.in(collection).delete(scope, id)
    }
  }
}

const digest = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('base64url')

/** JSON in which the order of members does not count; members that are undefined are left out. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('base64')}`
  if (value instanceof Date) return `time:${value.getTime()}`
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .sort()
    .join(',')}}`
}
