import type { Permission, RequestContext } from '../../../core/operation.ts'
import { resourceTagKeys } from '../../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../../kit/tags.ts'
import { lambdaPrincipal } from '../domain/function-variables.ts'
import type { LambdaContext } from '../lambda-context.ts'
import type { FunctionTarget } from '../storage/call-functions.ts'

// What each operation asks for: Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda".

interface Named {
  FunctionName: string
  Qualifier?: string
}

interface FunctionRule<I> {
  /** Default: that of the call's operation. */
  action?: string
  context?(input: I): RequestContext
}

/** Returns the permissions for operations on one function, version or alias: identity policies and the policy of what is named decide. */
export const onFunction =
  <I extends Named>({ action, context }: FunctionRule<I> = {}) =>
  async (lambda: LambdaContext, input: I): Promise<Permission[]> => {
    const target = lambda.functions.target(input.FunctionName, input.Qualifier)
    return [await functionPermission(lambda, target, action, context?.(input))]
  }

/** Returns the permissions for operations that concern no single function. */
export const onAccount = ({ call }: LambdaContext): Permission[] => [
  { action: `lambda:${call.operation}`, resource: '*' },
]

export async function functionPermission(
  { call, functions, identity }: LambdaContext,
  target: FunctionTarget,
  action = `lambda:${call.operation}`,
  context: RequestContext = {},
): Promise<Permission> {
  const tags = (await functions.find(target))?.tags ?? {}
  return {
    action,
    resource: target.arn,
    resourceAccountId: target.accountId,
    policy: await functions.policyInForce(target, identity),
    context: { ...context, ...resourceTagKeys(tagsOfRecord(tags)) },
  }
}

/** Returns the permissions for operations on other resources than functions: layers, mappings, code signing configurations. The ARN names the owner. */
export const resourcePermission = (
  { call }: LambdaContext,
  arn: string,
  action = `lambda:${call.operation}`,
): Permission => ({ action, resource: arn, resourceAccountId: arn.split(':')[4] })

/** The permission to pass a role to Lambda: a caller who gives a role to a function needs it. */
export function passRole({ call }: LambdaContext, roleArn: string, functionArn: string): Permission {
  return {
    action: 'iam:PassRole',
    resource: roleArn,
    resourceAccountId: /^arn:[^:]+:iam::(\d{12}):/.exec(roleArn)?.[1] ?? call.accountId,
    context: { 'iam:PassedToService': lambdaPrincipal, 'iam:AssociatedResourceArn': functionArn },
  }
}
