import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { invalidInput } from './errors.ts'

const mostBytes = 10 * 1024

/** The policy of an account's catalogue. */
export const catalogPolicyRules = resourcePolicies({
  kind: 'resource-policy',
  malformed: invalidInput,
  unknownPrincipal: (principal) => invalidInput(`Invalid principal in policy: ${principal}`),
  size: { most: mostBytes, exceeded: () => invalidInput('The policy is larger than 10 KB.') },
})
