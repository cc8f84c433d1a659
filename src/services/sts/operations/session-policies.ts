import type { PolicyDescriptorType } from '@aws-sdk/client-sts'
import { parseArn } from '../../../core/arn.ts'
import type { SessionContext } from '../../../core/principal.ts'
import { readPolicyText } from '../../../kit/policy-text.ts'
import { invalidArn, malformedPolicy } from '../domain/errors.ts'
import type { StsContext } from '../sts-context.ts'

interface Asked {
  Policy?: string
  PolicyArns?: readonly PolicyDescriptorType[]
}

/**
 * Reads the session policies that a request passes.
 * @param accountId - whose managed policies may be passed, beside AWS's own.
 * @throws ServiceError MalformedPolicyDocument, ValidationError for an ARN that names none of these policies.
 */
export async function sessionPolicies(
  { managedPolicy }: Pick<StsContext, 'managedPolicy'>,
  { Policy, PolicyArns = [] }: Asked,
  accountId: string,
): Promise<Pick<SessionContext, 'policies' | 'policyArns'>> {
  if (Policy !== undefined) readPolicyText(Policy, 'session', ({ message }) => malformedPolicy(message))
  const policyArns = PolicyArns.map(({ arn = '' }) => arn)
  for (const arn of policyArns) {
    const owner = parseArn(arn)?.accountId
    if ((owner !== accountId && owner !== 'aws') || !(await managedPolicy(arn))) throw invalidArn(arn)
  }
  return { policies: Policy === undefined ? [] : [Policy], policyArns }
}
