import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { invalidAttribute } from './errors.ts'

const refused = () => invalidAttribute('Policy')

/** Policies of queues. */
export const queuePolicies = resourcePolicies({
  kind: 'resource-policy',
  malformed: refused,
  unknownPrincipal: refused,
})
