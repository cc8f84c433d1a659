import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { malformedPolicy, policyTooLarge } from './errors.ts'

const mostBytes = 20_480

/** Policies of buckets. */
export const bucketPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: mostBytes, exceeded: policyTooLarge },
  malformed: malformedPolicy,
  unknownPrincipal: () => malformedPolicy('Invalid principal in policy'),
  unknownService: () => malformedPolicy('Invalid principal in policy'),
})
