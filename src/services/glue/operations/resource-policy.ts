import { createHash } from 'node:crypto'
import type {
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  GetResourcePoliciesResponse,
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
} from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import { catalogPolicyRules } from '../domain/catalog-policy.ts'
import { notSupported, policyChanged, policyNotFound } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'
import { type CatalogPolicy, catalogPolicies, thePolicy } from '../storage/collections.ts'
import { scopeOf } from './permissions.ts'

const hashOf = (document: string) => createHash('md5').update(document).digest('base64')

/** A policy of one database or table. */
const refuseArn = (arn: string | undefined) => {
  if (arn !== undefined && !arn.endsWith(':catalog')) throw notSupported('A policy of a single resource')
}

/**
 * Puts the policy of the account's catalogue in this Region.
 * @throws ServiceError InvalidInputException, EntityNotFoundException, ConditionCheckFailureException.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_PutResourcePolicy.html
 */
export async function putResourcePolicy(
  context: GlueContext,
  { PolicyInJson, ResourceArn, PolicyHashCondition, PolicyExistsCondition }: Validated<PutResourcePolicyRequest>,
): Promise<PutResourcePolicyResponse> {
  refuseArn(ResourceArn)
  const { call, identity } = context
  const policy = await catalogPolicyRules.accept(identity, PolicyInJson)
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const present = await tx.in(catalogPolicies).get(scopeOf(context), thePolicy)
    if (PolicyExistsCondition === 'MUST_EXIST' && !present) throw policyNotFound()
    if (PolicyExistsCondition === 'NOT_EXIST' && present) throw policyChanged()
    if (PolicyHashCondition !== undefined && PolicyHashCondition !== present?.hash) throw policyChanged()
    const hash = hashOf(PolicyInJson)
    const put: CatalogPolicy = { policy, hash, createdAtMs: present?.createdAtMs ?? nowMs, updatedAtMs: nowMs }
    await tx.in(catalogPolicies).put(scopeOf(context), thePolicy, put)
    return { PolicyHash: hash }
  })
}

async function shown({ identity }: GlueContext, { policy, hash, createdAtMs, updatedAtMs }: CatalogPolicy) {
  const PolicyInJson = await catalogPolicyRules.shown(identity, policy)
  return { PolicyInJson, PolicyHash: hash, CreateTime: new Date(createdAtMs), UpdateTime: new Date(updatedAtMs) }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetResourcePolicy.html */
export async function getResourcePolicy(
  context: GlueContext,
  { ResourceArn }: Validated<GetResourcePolicyRequest>,
): Promise<GetResourcePolicyResponse> {
  refuseArn(ResourceArn)
  const kept = await context.call.store.in(catalogPolicies).get(scopeOf(context), thePolicy)
  if (!kept) throw policyNotFound()
  return shown(context, kept)
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetResourcePolicies.html */
export async function getResourcePolicies(context: GlueContext): Promise<GetResourcePoliciesResponse> {
  const kept = await context.call.store.in(catalogPolicies).get(scopeOf(context), thePolicy)
  return { GetResourcePoliciesResponseList: kept ? [await shown(context, kept)] : [] }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_DeleteResourcePolicy.html */
export async function deleteResourcePolicy(
  context: GlueContext,
  { PolicyHashCondition, ResourceArn }: Validated<DeleteResourcePolicyRequest>,
): Promise<DeleteResourcePolicyResponse> {
  refuseArn(ResourceArn)
  return context.call.transaction(async (tx) => {
    const present = await tx.in(catalogPolicies).get(scopeOf(context), thePolicy)
    if (!present) throw policyNotFound()
    if (PolicyHashCondition !== undefined && PolicyHashCondition !== present.hash) throw policyChanged()
    await tx.in(catalogPolicies).delete(scopeOf(context), thePolicy)
    return {}
  })
}
