import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { malformedPolicy, policyTooLong } from './errors.ts'

/** Policies of event buses. */
export const busPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: 10_240, measure: (document) => document.length, exceeded: policyTooLong },
  malformed: malformedPolicy,
  unknownPrincipal: (principal) => malformedPolicy(`Invalid principal in policy: ${principal}`),
})
