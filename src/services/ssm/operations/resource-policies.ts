import type {
  DeleteResourcePolicyRequest,
  GetResourcePoliciesRequest,
  GetResourcePoliciesResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
} from '@aws-sdk/client-ssm'
import type { Permission, Validated } from '../../../core/operation.ts'
import { sealPageToken } from '../../../kit/page-token.ts'
import { resourcePolicyParameterInvalid, sharedParameterNotFound } from '../domain/errors.ts'
import type { StoredResourcePolicy } from '../domain/parameter.ts'
import { parameterArn } from '../domain/parameter-name.ts'
import { checkShareable, sharingPolicies, withoutPolicy, withPolicy } from '../domain/resource-policies.ts'
import type { SsmContext } from '../ssm-context.ts'
import { findParameter, putParameter } from '../storage/parameter-store.ts'
import { openPlace } from './page-tokens.ts'
import { parameterPermission } from './permissions.ts'

/** Returns the permissions for operations on the policies of a parameter. */
export const onSharedParameter = async (
  context: SsmContext,
  { ResourceArn }: { ResourceArn: string },
): Promise<Permission[]> => {
  const { accountId } = context.call
  return [await parameterPermission(context, { accountId, qualified: sharedName(context, ResourceArn) })]
}

/**
 * Shares a parameter: other accounts read it by its ARN, if the policy lets them.
 *
 * @param request - `PolicyId` and `PolicyHash` of the policy to replace; without them a policy is added.
 * @throws ServiceError ResourceNotFoundException, ResourcePolicyInvalidParameterException, ResourcePolicyLimitExceededException,
 *   MalformedResourcePolicyDocumentException, ResourcePolicyNotFoundException, ResourcePolicyConflictException.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html
 */
export async function putResourcePolicy(
  context: SsmContext,
  { ResourceArn, Policy, PolicyId, PolicyHash }: Validated<PutResourcePolicyRequest>,
): Promise<PutResourcePolicyResponse> {
  const { call, identity } = context
  const qualified = sharedName(context, ResourceArn)
  const policy = await sharingPolicies.accept(identity, Policy)
  return call.transaction(async (tx) => {
    const parameter = await findParameter(tx, call, qualified)
    if (!parameter) throw sharedParameterNotFound()
    checkShareable(parameter)
    const { put, policies } = withPolicy(parameter.resourcePolicies, policy, { PolicyId, PolicyHash })
    await putParameter(tx, { ...parameter, resourcePolicies: policies })
    return { PolicyId: put.policyId, PolicyHash: put.hash }
  })
}

/**
 * @returns policies as given, but for principals that have another name now or are gone.
 * @throws ServiceError ResourceNotFoundException, InvalidNextToken.
 */
export async function getResourcePolicies(
  context: SsmContext,
  { ResourceArn, MaxResults = 50, NextToken }: Validated<GetResourcePoliciesRequest>,
): Promise<GetResourcePoliciesResponse> {
  const { call, identity, parameters } = context
  const qualified = sharedName(context, ResourceArn)
  const list = [qualified]
  const afterId = openPlace(context, list, NextToken)
  const parameter = await parameters.find({ accountId: call.accountId, qualified })
  if (!parameter) throw sharedParameterNotFound()
  const rest = parameter.resourcePolicies.toSorted(byId).filter(({ policyId }) => policyId > afterId)
  const page = rest.slice(0, MaxResults)
  const last = page.at(-1)
  return {
    Policies: await Promise.all(
      page.map(async (policy) => ({
        PolicyId: policy.policyId,
        PolicyHash: policy.hash,
        Policy: await sharingPolicies.shown(identity, policy),
      })),
    ),
    ...(last && page.length < rest.length && { NextToken: sealPageToken(context, list, last.policyId) }),
  }
}

/** @throws ServiceError ResourceNotFoundException, ResourcePolicyNotFoundException, ResourcePolicyConflictException. */
export async function deleteResourcePolicy(
  context: SsmContext,
  { ResourceArn, PolicyId, PolicyHash }: Validated<DeleteResourcePolicyRequest>,
): Promise<object> {
  const { call } = context
  const qualified = sharedName(context, ResourceArn)
  return call.transaction(async (tx) => {
    const parameter = await findParameter(tx, call, qualified)
    if (!parameter) throw sharedParameterNotFound()
    const resourcePolicies = withoutPolicy(parameter.resourcePolicies, { PolicyId, PolicyHash })
    await putParameter(tx, { ...parameter, resourcePolicies })
    return {}
  })
}

const byId = (a: StoredResourcePolicy, b: StoredResourcePolicy) => (a.policyId < b.policyId ? -1 : 1)

/** The qualified name in the ARN of one of the account's own parameters. */
function sharedName({ call }: SsmContext, resourceArn: string): string {
  const prefix = parameterArn(call, '/')
  if (!resourceArn.startsWith(prefix)) {
    throw resourcePolicyParameterInvalid(
      `The resource must be a parameter of this account and Region: ${prefix}…`,
      'ResourceArn',
    )
  }
  return resourceArn.slice(prefix.length - 1)
}
