import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { policyPrincipalUnknown, policyServiceUnknown, policySyntax } from './errors.ts'

/** Policies of secrets. The service model limits their size. */
export const secretPolicies = resourcePolicies({
  kind: 'resource-policy',
  malformed: policySyntax,
  unknownPrincipal: policyPrincipalUnknown,
  unknownService: policyServiceUnknown,
})
