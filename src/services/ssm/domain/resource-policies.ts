import { createHash, randomUUID } from 'node:crypto'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import {
  resourcePolicyConflict,
  resourcePolicyMalformed,
  resourcePolicyNotFound,
  resourcePolicyParameterInvalid,
  resourcePolicyPrincipalUnknown,
  resourcePolicyTooLarge,
  tooManyResourcePolicies,
} from './errors.ts'
import type { StoredParameter, StoredResourcePolicy } from './parameter.ts'
import { defaultKeyId } from './parameter-draft.ts'
import { quotas } from './quotas.ts'

/**
 * Checks that a parameter can be shared: an advanced parameter; a SecureString only with a key that others can be given.
 * @throws ServiceError ResourcePolicyInvalidParameterException.
 */
export function checkShareable({ tier, keyId }: StoredParameter): void {
  if (tier !== 'Advanced') {
    throw resourcePolicyParameterInvalid(
      'Only a parameter of the advanced-parameter tier can be shared.',
      'ResourceArn',
    )
  }
  if (keyId === defaultKeyId) {
    throw resourcePolicyParameterInvalid(
      'A SecureString parameter can be shared only when it is encrypted with a customer managed key.',
      'ResourceArn',
    )
  }
}

/** Policies by which parameters are shared. What they refuse: ResourcePolicyLimitExceededException, MalformedResourcePolicyDocumentException. */
export const sharingPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: quotas.resourcePolicyBytes, exceeded: resourcePolicyTooLarge },
  malformed: resourcePolicyMalformed,
  unknownPrincipal: resourcePolicyPrincipalUnknown,
})

/** What names a policy that is to be replaced or removed. */
export interface PolicyName {
  PolicyId?: string
  PolicyHash?: string
}

/**
 * Adds a policy, or replaces the one that is named.
 * @returns all policies, and the one that was put.
 * @throws ServiceError ResourcePolicyInvalidParameterException (an id without a hash, or the reverse),
 *   ResourcePolicyNotFoundException, ResourcePolicyConflictException, ResourcePolicyLimitExceededException.
 */
export function withPolicy(policies: readonly StoredResourcePolicy[], policy: BoundPolicy, name: PolicyName) {
  const { PolicyId, PolicyHash } = name
  if ((PolicyId === undefined) !== (PolicyHash === undefined)) {
    const missing = PolicyId === undefined ? 'PolicyId' : 'PolicyHash'
    throw resourcePolicyParameterInvalid('PolicyId and PolicyHash must be given together.', missing)
  }
  const put = { policyId: PolicyId ?? randomUUID(), hash: hashOf(policy.document), ...policy }
  if (PolicyId !== undefined) {
    checkNamed(policies, name)
    return { put, policies: policies.map((other) => (other.policyId === PolicyId ? put : other)) }
  }
  if (policies.length >= quotas.resourcePolicies) throw tooManyResourcePolicies()
  return { put, policies: [...policies, put] }
}

/** @throws ServiceError ResourcePolicyNotFoundException, ResourcePolicyConflictException. */
export function withoutPolicy(policies: readonly StoredResourcePolicy[], name: PolicyName): StoredResourcePolicy[] {
  checkNamed(policies, name)
  return policies.filter(({ policyId }) => policyId !== name.PolicyId)
}

function checkNamed(policies: readonly StoredResourcePolicy[], { PolicyId, PolicyHash }: PolicyName): void {
  const policy = policies.find(({ policyId }) => policyId === PolicyId)
  if (!policy) throw resourcePolicyNotFound()
  if (policy.hash !== PolicyHash) throw resourcePolicyConflict()
}

const hashOf = (document: string) => createHash('sha256').update(document).digest('hex')
