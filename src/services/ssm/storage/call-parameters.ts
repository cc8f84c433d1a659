import type { Awaitable } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import { FoundOnce } from '../../../kit/found-once.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { findParameter } from './parameter-store.ts'

/** Parameters that one call is about. */
export class CallParameters {
  readonly #call: Pick<Call, 'store' | 'region'>
  readonly #found = new FoundOnce<StoredParameter | undefined>()

  constructor(call: Pick<Call, 'store' | 'region'>) {
    this.#call = call
  }

  /** @param named - owner and qualified name of the parameter. */
  find({ accountId, qualified }: { accountId: string; qualified: string }): Awaitable<StoredParameter | undefined> {
    const { store, region } = this.#call
    return this.#found.find(`${accountId} ${qualified}`, () => findParameter(store, { accountId, region }, qualified))
  }
}
