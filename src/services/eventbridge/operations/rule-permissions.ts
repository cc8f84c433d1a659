import type { PutRuleRequest } from '@aws-sdk/client-eventbridge'
import type { Permission, RequestContext, Validated } from '../../../core/operation.ts'
import type { PatternField } from '../../../kit/event-patterns/compile-pattern.ts'
import { requestTagKeys } from '../../../kit/tag-keys.ts'
import { checkPattern } from '../domain/patterns.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { onRule, passRoles } from './permissions.ts'

/** The fields of patterns that policies can restrict. */
const restrictedFields = new Set([
  ...['source', 'detail-type', 'detail.userIdentity.principalId', 'detail.service', 'detail.eventTypeCode'],
])

/** To make or replace a rule: policies may say which events it may want, and the caller must be allowed to pass its role. */
export const rulePermissions = async (
  context: EventBridgeContext,
  input: Validated<PutRuleRequest>,
): Promise<Permission[]> => [
  ...(await onRule<Validated<PutRuleRequest>>(({ EventPattern, Tags = [] }) => ({
    ...requestTagKeys(Tags),
    ...patternKeys(EventPattern),
  }))(context, input)),
  ...passRoles(context, [input.RoleArn]),
]

function patternKeys(pattern: string | undefined): RequestContext {
  if (!pattern) return {}
  const keys: RequestContext = {}
  for (const field of checkPattern(pattern).fields) {
    const name = field.path.join('.')
    if (restrictedFields.has(name)) keys[`events:${name}`] = exactValues(field)
  }
  return keys
}

/** Only a field whose every value is named can satisfy a condition about its values. */
const exactValues = ({ test }: PatternField): string[] =>
  test.tests.length > 0 || test.absent ? [] : [...test.exact].map(String)
