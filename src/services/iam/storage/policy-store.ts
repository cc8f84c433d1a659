import { type Awaitable, andThen } from '../../../core/awaitable.ts'
import type { Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import type { ManagedPolicy, PolicyUse } from '../domain/entities.ts'
import { boundaryArnNotValid, boundaryNotFound, policyNotFound } from '../domain/errors.ts'
import { nameKey, parseIamArn } from '../domain/names.ts'
import { findAwsPolicy } from './aws-policies.ts'
import { accountScope, policies, policyUses, type Reader } from './collections.ts'

/** The account that owns a policy: `aws` for AWS's own; undefined when the text is not the ARN of a policy. */
export function policyOwner(arn: string): string | undefined {
  const parsed = parseIamArn(arn)
  return parsed?.kind === 'policy' ? parsed.accountId : undefined
}

/** A managed policy by its ARN: the account's, or AWS's own. Policies of other accounts are not found. */
export const findPolicy = (reader: Reader, accountId: string, arn: string): Awaitable<ManagedPolicy | undefined> =>
  policyOwner(arn) === 'aws' ? findAwsPolicy(reader, arn) : findOwnPolicy(reader, accountId, arn)

/** A policy that the account may change. */
export function findOwnPolicy(reader: Reader, accountId: string, arn: string): Awaitable<ManagedPolicy | undefined> {
  const parsed = parseIamArn(arn)
  if (parsed?.kind !== 'policy' || parsed.accountId !== accountId) return undefined
  const found = reader.in(policies).get(accountScope(accountId), nameKey(parsed.name))
  return andThen(found, (policy) => (policy?.arn === arn ? policy : undefined))
}

/** @throws ServiceError NoSuchEntity. */
export async function requireOwnPolicy(reader: Reader, accountId: string, arn: string): Promise<ManagedPolicy> {
  const policy = await findOwnPolicy(reader, accountId, arn)
  if (!policy) throw policyNotFound(arn)
  return policy
}

export const putPolicy = (tx: Transaction, accountId: string, policy: ManagedPolicy): Promise<void> =>
  tx.in(policies).put(accountScope(accountId), nameKey(policy.name), policy)

const uses = counters({ collection: policyUses, none: { attachments: 0, boundaries: 0 } })

/** Returns how often an account uses a policy. */
export const policyUseOf = (reader: Reader, accountId: string, arn: string): Promise<PolicyUse> =>
  uses.read(reader, accountScope(accountId), arn)

/** Counts one use more or fewer; the count goes with the last use. */
export async function changePolicyUse(
  tx: Transaction,
  accountId: string,
  arn: string,
  use: keyof PolicyUse,
  change: 1 | -1,
): Promise<void> {
  await uses.change(tx, accountScope(accountId), arn, { [use]: change })
}

/** Counts a policy as the boundary of one more entity. @throws ServiceError InvalidInput (not a policy), NoSuchEntity. */
export async function takeBoundary(tx: Transaction, accountId: string, arn: string): Promise<void> {
  if (policyOwner(arn) === undefined) throw boundaryArnNotValid(arn)
  if (!(await findPolicy(tx, accountId, arn))) throw boundaryNotFound(arn)
  await changePolicyUse(tx, accountId, arn, 'boundaries', 1)
}

export async function releaseBoundary(tx: Transaction, accountId: string, arn: string | undefined): Promise<void> {
  if (arn !== undefined) await changePolicyUse(tx, accountId, arn, 'boundaries', -1)
}
