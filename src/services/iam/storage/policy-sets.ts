import { type Awaitable, andThen, mapAll } from '../../../core/awaitable.ts'
import type { NamedPolicy } from '../../../core/identity.ts'
import type { Entity, User } from '../domain/entities.ts'
import { defaultDocument } from '../domain/managed-policy.ts'
import type { Reader } from './collections.ts'
import { groupsOf, readAttempts } from './entity-store.ts'
import { findPolicy } from './policy-store.ts'

/** An attached policy was gone when it was looked for. */
class PolicyMissingError extends Error {}

/**
 * Collects policies from several reads. A policy in use cannot be deleted, so one that is missing was detached and deleted
 * between two of them, and everything is read again: going on without it could drop a Deny.
 */
export function collectPolicies<R>(collect: () => Awaitable<R>, attemptsLeft = readAttempts): Awaitable<R> {
  const again = (error: unknown): Awaitable<R> => {
    if (!(error instanceof PolicyMissingError) || attemptsLeft === 1) throw error
    return collectPolicies(collect, attemptsLeft - 1)
  }
  try {
    const collected = collect()
    return collected instanceof Promise ? collected.catch(again) : collected
  } catch (error) {
    return again(error)
  }
}

/** The policies of a user, with those of its groups. */
export function policiesOfUser(reader: Reader, accountId: string, user: User): Awaitable<NamedPolicy[]> {
  return andThen(groupsOf(reader, accountId, user), (groups) =>
    andThen(
      mapAll<Entity, NamedPolicy[]>([user, ...groups], (owner) => policiesOfEntity(reader, accountId, owner)),
      (policies) => policies.flat(),
    ),
  )
}

/** The policies of a group or role, or of a user alone. */
export function policiesOfEntity(reader: Reader, accountId: string, entity: Entity): Awaitable<NamedPolicy[]> {
  const inline = entity.inlinePolicies.map(({ name, document }) => ({ name, document }))
  return andThen(
    mapAll(entity.attachedPolicies, (arn) => policyInForce(reader, accountId, arn)),
    (attached) => [...inline, ...attached],
  )
}

/** The boundary of a user or role. */
export const boundaryOf = (
  reader: Reader,
  accountId: string,
  { boundaryArn }: { boundaryArn?: string },
): Awaitable<NamedPolicy | undefined> =>
  boundaryArn === undefined ? undefined : policyInForce(reader, accountId, boundaryArn)

export const namedPolicy = (reader: Reader, accountId: string, arn: string): Awaitable<NamedPolicy | undefined> =>
  andThen(
    findPolicy(reader, accountId, arn),
    (policy) => policy && { document: defaultDocument(policy), name: policy.name, arn },
  )

/** A policy that is attached or a boundary. To be called within `collectPolicies`. */
export const policyInForce = (reader: Reader, accountId: string, arn: string): Awaitable<NamedPolicy> =>
  andThen(namedPolicy(reader, accountId, arn), (policy) => {
    if (!policy) throw new PolicyMissingError(`policy ${arn} is in use and missing`)
    return policy
  })
