import { randomUUID } from 'node:crypto'
import type {
  DeleteResourcePolicyRequest,
  DescribeResourcePoliciesRequest,
  DescribeResourcePoliciesResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ResourcePolicy,
} from '@aws-sdk/client-cloudwatch-logs'
import type { ResourcePolicy as PermissionPolicy, Validated } from '../../../core/operation.ts'
import { sealPageToken } from '../../../kit/page-token.ts'
import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import {
  invalidPolicy,
  limitExceeded,
  notSupportedMember,
  policyChanged,
  policyMemberNeeded,
  policyNotFound,
  policyTooLarge,
} from '../domain/errors.ts'
import type { LogsContext } from '../logs-context.ts'
import { accountPolicies, type NamedPolicy } from '../storage/collections.ts'
import { placeOfToken } from './describe.ts'

const most = 10
const mostCharacters = 5120
const only = 'policies'

/** Policies over all groups of an account and Region. */
export const logsPolicies = resourcePolicies({
  kind: 'resource-policy',
  malformed: invalidPolicy,
  unknownPrincipal: (principal) => invalidPolicy(`Invalid principal ${principal}`),
  size: { most: mostCharacters, measure: (document) => document.length, exceeded: policyTooLarge },
})

const scopeOf = ({ call: { accountId, region } }: LogsContext) => ({ accountId, region })

/** Returns the policies that have a say in a call, as one. */
export async function policyInForce(context: LogsContext): Promise<PermissionPolicy | undefined> {
  const kept = await context.call.store.in(accountPolicies).get(scopeOf(context), only)
  if (!kept) return undefined
  return logsPolicies.inForce(context.identity, ...kept.policies.map(({ policy }) => policy))
}

/**
 * Makes or replaces a policy that lets services of AWS write to groups of the account.
 * @throws ServiceError InvalidParameterException, LimitExceededException, OperationAbortedException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
 */
export async function putResourcePolicy(
  context: LogsContext,
  { policyName: name, policyDocument, resourceArn, expectedRevisionId }: Validated<PutResourcePolicyRequest>,
): Promise<PutResourcePolicyResponse> {
  const { call, identity } = context
  if (resourceArn !== undefined) throw notSupportedMember('resourceArn')
  if (!name) throw policyMemberNeeded('policyName')
  if (!policyDocument) throw policyMemberNeeded('policyDocument')
  const policy = await logsPolicies.accept(identity, policyDocument)
  const put: NamedPolicy = { name, policy, updatedAtMs: call.clock.nowMs(), revisionId: randomUUID() }
  const shown = await viewOf(context, put)
  return call.transaction(async (tx) => {
    const { policies } = (await tx.in(accountPolicies).get(scopeOf(context), only)) ?? { policies: [] }
    const existing = policies.find((one) => one.name === name)
    checkRevision(existing, expectedRevisionId)
    const others = policies.filter((one) => one !== existing)
    if (others.length >= most) throw limitExceeded()
    const sorted = [...others, put].sort((one, other) => (one.name < other.name ? -1 : 1))
    await tx.in(accountPolicies).put(scopeOf(context), only, { policies: sorted })
    return { resourcePolicy: shown, revisionId: put.revisionId }
  })
}

function checkRevision(existing: NamedPolicy | undefined, expected: string | undefined): void {
  if (expected !== undefined && existing?.revisionId !== expected) throw policyChanged()
}

const viewOf = async (
  { identity }: LogsContext,
  { name, policy, updatedAtMs, revisionId }: NamedPolicy,
): Promise<ResourcePolicy> => ({
  policyName: name,
  policyDocument: await logsPolicies.shown(identity, policy),
  lastUpdatedTime: updatedAtMs,
  policyScope: 'ACCOUNT',
  revisionId,
})

/**
 * @throws ServiceError ResourceNotFoundException, OperationAbortedException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteResourcePolicy.html
 */
export async function deleteResourcePolicy(
  context: LogsContext,
  { policyName: name, resourceArn, expectedRevisionId }: Validated<DeleteResourcePolicyRequest>,
): Promise<void> {
  if (resourceArn !== undefined) throw notSupportedMember('resourceArn')
  await context.call.transaction(async (tx) => {
    const { policies } = (await tx.in(accountPolicies).get(scopeOf(context), only)) ?? { policies: [] }
    const existing = policies.find((one) => one.name === name)
    if (!existing) throw policyNotFound(name)
    checkRevision(existing, expectedRevisionId)
    const others = policies.filter((one) => one !== existing)
    if (others.length === 0) await tx.in(accountPolicies).delete(scopeOf(context), only)
    else await tx.in(accountPolicies).put(scopeOf(context), only, { policies: others })
  })
}

const mostShown = 50

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html */
export async function describeResourcePolicies(
  context: LogsContext,
  { nextToken, limit = mostShown, resourceArn, policyScope = 'ACCOUNT' }: Validated<DescribeResourcePoliciesRequest>,
): Promise<DescribeResourcePoliciesResponse> {
  const after = (placeOfToken(context, [], nextToken) as string | undefined) ?? ''
  // There are no policies of single groups.
  if (resourceArn !== undefined || policyScope !== 'ACCOUNT') return { resourcePolicies: [] }
  const { policies } = (await context.call.store.in(accountPolicies).get(scopeOf(context), only)) ?? { policies: [] }
  const rest = policies.filter(({ name }) => name > after)
  const shown = rest.slice(0, limit)
  const last = shown.at(-1)
  return {
    resourcePolicies: await Promise.all(shown.map((one) => viewOf(context, one))),
    ...(rest.length > limit && last && { nextToken: sealPageToken(context, [], last.name) }),
  }
}
