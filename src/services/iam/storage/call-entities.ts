import type { Awaitable } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import { FoundOnce } from '../../../kit/found-once.ts'
import type { ManagedPolicy, NamedEntity } from '../domain/entities.ts'
import { entityNotFound, policyNotFound } from '../domain/errors.ts'
import { nameKey } from '../domain/names.ts'
import { type EntityKind, findEntity } from './entity-store.ts'
import { findPolicy } from './policy-store.ts'

/** Users, groups, roles, instance profiles and managed policies that one call is about: those of the caller's account, and AWS's policies. */
export class CallEntities {
  readonly #call: Pick<Call, 'store' | 'accountId'>
  readonly #entities = new FoundOnce<NamedEntity | undefined>()
  readonly #policies = new FoundOnce<ManagedPolicy | undefined>()

  constructor(call: Pick<Call, 'store' | 'accountId'>) {
    this.#call = call
  }

  find<T extends NamedEntity>(kind: EntityKind<T>, name: string): Awaitable<T | undefined> {
    const { store, accountId } = this.#call
    const found = this.#entities.find(`${kind.noun} ${nameKey(name)}`, () => findEntity(store, kind, accountId, name))
    // What is found under the noun of a kind is of that kind.
    return found as Awaitable<T | undefined>
  }

  /** @throws ServiceError NoSuchEntity. */
  async get<T extends NamedEntity>(kind: EntityKind<T>, name: string): Promise<T> {
    const entity = await this.find(kind, name)
    if (!entity) throw entityNotFound(kind.noun, name)
    return entity
  }

  findPolicy(arn: string): Awaitable<ManagedPolicy | undefined> {
    const { store, accountId } = this.#call
    return this.#policies.find(arn, () => findPolicy(store, accountId, arn))
  }

  /** @throws ServiceError NoSuchEntity. */
  async getPolicy(arn: string): Promise<ManagedPolicy> {
    const policy = await this.findPolicy(arn)
    if (!policy) throw policyNotFound(arn)
    return policy
  }
}
