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
export async function collectPolicies<R>(collect: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await collect()
    } catch (error) {
      if (!(error instanceof PolicyMissingError) || attempt === readAttempts) throw error
    }
  }
}

/** The policies of a user, with those of its groups. */
export async function policiesOfUser(reader: Reader, accountId: string, user: User): Promise<NamedPolicy[]> {
  const owners: Entity[] = [user, ...(await groupsOf(reader, accountId, user))]
  return (await Promise.all(owners.map((owner) => policiesOfEntity(reader, accountId, owner)))).flat()
}

/** The policies of a group or role, or of a user alone. */
export async function policiesOfEntity(reader: Reader, accountId: string, entity: Entity): Promise<NamedPolicy[]> {
  const inline = entity.inlinePolicies.map(({ name, document }) => ({ name, document }))
  const attached = await Promise.all(entity.attachedPolicies.map((arn) => policyInForce(reader, accountId, arn)))
  return [...inline, ...attached]
}

/** The boundary of a user or role. */
export const boundaryOf = async (
  reader: Reader,
  accountId: string,
  { boundaryArn }: { boundaryArn?: string },
): Promise<NamedPolicy | undefined> =>
  boundaryArn === undefined ? undefined : policyInForce(reader, accountId, boundaryArn)

export async function namedPolicy(reader: Reader, accountId: string, arn: string): Promise<NamedPolicy | undefined> {
  const policy = await findPolicy(reader, accountId, arn)
  return policy && { document: defaultDocument(policy), name: policy.name, arn }
}

/** A policy that is attached or a boundary. To be called within `collectPolicies`. */
export async function policyInForce(reader: Reader, accountId: string, arn: string): Promise<NamedPolicy> {
  const policy = await namedPolicy(reader, accountId, arn)
  if (!policy) throw new PolicyMissingError(`policy ${arn} is in use and missing`)
  return policy
}
