import type { Steps } from '../../../core/turns.ts'
import { type PolicyKind, readPolicyText, type ValidationOptions } from '../../../kit/policy-text.ts'
import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { invalidPrincipal, invalidSimulation, malformedPolicy, quotaExceeded } from './errors.ts'
import { policySize } from './policy-text.ts'
import { quotas } from './quotas.ts'
import { impossiblePrincipal } from './trust-policy.ts'

/** Inline policies may be of the old version. @throws ServiceError MalformedPolicyDocument. */
export const checkInlinePolicy = (document: string): void => checkIdentityPolicy(document, { anyVersion: true })

/** @throws ServiceError MalformedPolicyDocument, LimitExceeded (size). */
export function checkManagedPolicy(document: string): void {
  checkIdentityPolicy(document)
  if (policySize(document) > quotas.managedPolicySize) throw quotaExceeded('PolicySize', quotas.managedPolicySize)
}

function checkIdentityPolicy(document: string, options?: ValidationOptions): void {
  readPolicyText(document, 'identity', ({ message }) => malformedPolicy(message), options)
}

/** Trust policies of roles. What they refuse: MalformedPolicyDocument, LimitExceeded (size). */
export const trustPolicies = resourcePolicies({
  kind: 'trust-policy',
  size: {
    most: quotas.trustPolicySize,
    measure: policySize,
    exceeded: () => quotaExceeded('ACLSizePerRole', quotas.trustPolicySize),
  },
  malformed: malformedPolicy,
  unknownPrincipal: (name) => invalidPrincipal('AWS', name),
  check(policy) {
    const impossible = impossiblePrincipal(policy)
    if (impossible) throw invalidPrincipal(impossible.type, impossible.name)
  },
})

/** Checks a trust policy, but not that its users and roles exist. @throws ServiceError MalformedPolicyDocument, LimitExceeded (size). */
export function checkTrustPolicy(document: string): void {
  trustPolicies.read(document)
  trustPolicies.checkSize(document)
}

/**
 * Checks a policy that is only simulated or looked into.
 * @param label - where the request has it: `PolicyInputList.1`.
 * @throws ServiceError InvalidInput.
 */
export function checkGivenPolicy(label: string, document: string, kind: PolicyKind): void {
  const malformed = ({ message, detail }: { message: string; detail: string }) =>
    invalidSimulation(`${label}: ${message} (${detail})`)
  readPolicyText(document, kind, malformed, { anyVersion: true })
}

/** Checks policies as `checkGivenPolicy`, with a pause after each: there may be a megabyte of them. */
export function* checkGivenPolicies(
  label: string,
  documents: readonly string[],
  kind: PolicyKind = 'identity',
): Steps<void> {
  for (const [index, document] of documents.entries()) {
    checkGivenPolicy(`${label}.${index + 1}`, document, kind)
    yield
  }
}
