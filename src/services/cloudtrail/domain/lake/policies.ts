import { principalsIn } from '../../../../kit/resource-policies/bound-principals.ts'
import {
  type ResourcePolicies,
  type ResourcePolicySpec,
  resourcePolicies,
} from '../../../../kit/resource-policies/resource-policies.ts'
import { policyNotValid } from './errors.ts'

/** The kinds of resources that have policies. */
export type PolicyOwner = 'store' | 'channel' | 'dashboard'

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutResourcePolicy.html */
const actionsOf: Readonly<Record<PolicyOwner, readonly string[]>> = {
  store: [
    ...['StartQuery', 'CancelQuery', 'ListQueries', 'DescribeQuery', 'GetQueryResults', 'GenerateQuery'],
    ...['GenerateQueryResultsSummary', 'GetEventDataStore'],
  ].map((name) => `cloudtrail:${name}`),
  channel: ['cloudtrail-data:PutAuditEvents'],
  dashboard: ['cloudtrail:StartDashboardRefresh'],
}

const mostStatements = 20
const mostPrincipals = 50

const checkFor =
  (owner: PolicyOwner): NonNullable<ResourcePolicySpec['check']> =>
  (policy) => {
    const allowed = new Set(actionsOf[owner].map((action) => action.toLowerCase()))
    for (const { action, notAction } of policy.statements) {
      const wrong = notAction ? 'NotAction' : action?.find((name) => !allowed.has(name.toLowerCase()))
      if (wrong !== undefined) throw policyNotValid(`The action ${wrong} is not valid in the policy of a ${owner}.`)
    }
    if (policy.statements.length > mostStatements)
      throw policyNotValid(`A policy can have at most ${mostStatements} statements.`)
    if (principalsIn(policy, 'AWS').length + principalsIn(policy, 'Service').length > mostPrincipals)
      throw policyNotValid(`A policy can name at most ${mostPrincipals} principals.`)
  }

const policiesOf = (owner: PolicyOwner): ResourcePolicies =>
  resourcePolicies({
    kind: 'resource-policy',
    malformed: policyNotValid,
    unknownPrincipal: (principal) => policyNotValid(`The principal ${principal} does not exist.`),
    unknownService: (principal) => policyNotValid(`The principal ${principal} is not a service.`),
    check: checkFor(owner),
  })

/** The policies of each kind of resource. */
export const lakePolicies: Readonly<Record<PolicyOwner, ResourcePolicies>> = {
  store: policiesOf('store'),
  channel: policiesOf('channel'),
  dashboard: policiesOf('dashboard'),
}
