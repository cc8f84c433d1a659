import { readPolicy } from '../../../policy/language.ts'
import { PolicyError } from '../../../policy/policy-error.ts'
import { type PolicyKind, type ValidationOptions, validatePolicy } from '../../../policy/validate.ts'
import { invalidPrincipal, invalidSimulation, malformedPolicy, quotaExceeded } from './errors.ts'
import { policySize } from './policy-text.ts'
import { quotas } from './quotas.ts'
import { impossiblePrincipal } from './trust-policy.ts'

/** Inline policies may be of the old version. @throws ServiceError MalformedPolicyDocument. */
export const checkInlinePolicy = (document: string): void => check(document, 'identity', { anyVersion: true })

/** @throws ServiceError MalformedPolicyDocument, LimitExceeded (size). */
export function checkManagedPolicy(document: string): void {
  check(document, 'identity')
  if (policySize(document) > quotas.managedPolicySize) throw quotaExceeded('PolicySize', quotas.managedPolicySize)
}

/** Checks a trust policy, but not that its principals exist. @throws ServiceError MalformedPolicyDocument, LimitExceeded (size). */
export function checkTrustPolicy(document: string): void {
  check(document, 'trust')
  const impossible = impossiblePrincipal(readPolicy(document))
  if (impossible) throw invalidPrincipal(impossible.type, impossible.name)
  if (policySize(document) > quotas.trustPolicySize) throw quotaExceeded('ACLSizePerRole', quotas.trustPolicySize)
}

function check(document: string, kind: PolicyKind, options?: ValidationOptions): void {
  const problem = problemOf(document, kind, options)
  if (problem) throw malformedPolicy(problem.message)
}

/**
 * Checks a policy that is only simulated or looked into.
 * @param label - where the request has it: `PolicyInputList.1`.
 * @throws ServiceError InvalidInput.
 */
export function checkGivenPolicy(label: string, document: string, kind: PolicyKind): void {
  const problem = problemOf(document, kind, { anyVersion: true })
  if (problem) throw invalidSimulation(`${label}: ${problem.message} (${problem.detail})`)
}

function problemOf(document: string, kind: PolicyKind, options?: ValidationOptions): PolicyError | undefined {
  try {
    validatePolicy(document, kind, options)
    return undefined
  } catch (error) {
    if (error instanceof PolicyError) return error
    throw error
  }
}
