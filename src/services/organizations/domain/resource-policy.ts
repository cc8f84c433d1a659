import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { invalidResourcePolicy, invalidResourcePolicyPrincipal, unsupportedResourcePolicyAction } from './errors.ts'

/**
 * What a resource policy can allow to member accounts.
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
 */
export const delegableOperations: ReadonlySet<string> = new Set([
  ...[
    'AttachPolicy',
    'CreatePolicy',
    'DeletePolicy',
    'DetachPolicy',
    'DisablePolicyType',
    'EnablePolicyType',
    'UpdatePolicy',
  ],
  ...['TagResource', 'UntagResource', 'DescribeAccount', 'DescribeCreateAccountStatus', 'DescribeEffectivePolicy'],
  ...[
    'DescribeHandshake',
    'DescribeOrganization',
    'DescribeOrganizationalUnit',
    'DescribePolicy',
    'DescribeResourcePolicy',
  ],
  ...['ListAWSServiceAccessForOrganization', 'ListAccounts', 'ListAccountsForParent', 'ListChildren'],
  ...['ListCreateAccountStatus', 'ListDelegatedAdministrators', 'ListDelegatedServicesForAccount'],
  ...['ListHandshakesForAccount', 'ListHandshakesForOrganization', 'ListOrganizationalUnitsForParent', 'ListParents'],
  ...['ListPolicies', 'ListPoliciesForTarget', 'ListRoots', 'ListTagsForResource', 'ListTargetsForPolicy'],
])

const delegableActions = new Set([...delegableOperations].map((name) => `organizations:${name.toLowerCase()}`))

/** The resource policy of an organization. */
export const organizationPolicies = resourcePolicies({
  kind: 'resource-policy',
  malformed: invalidResourcePolicy,
  unknownPrincipal: invalidResourcePolicyPrincipal,
  check: ({ statements }) => {
    for (const { effect, action, notAction } of statements) {
      if (notAction) throw unsupportedResourcePolicyAction()
      for (const pattern of effect === 'Allow' ? (action ?? []) : []) {
        if (!fitsOnlyDelegable(pattern.toLowerCase())) throw unsupportedResourcePolicyAction()
      }
    }
  },
})

/** Wildcards stand for the actions that can be delegated, where the pattern has any of those. */
function fitsOnlyDelegable(pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return delegableActions.has(pattern)
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return (
    pattern.startsWith('organizations:') && [...delegableActions].some((action) => new RegExp(`^${text}$`).test(action))
  )
}
