import type {
  DeleteResourcePolicyRequest,
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { resourceNotFound, resourceTypeNotSupported } from '../../domain/errors.ts'
import { policyNotFound, resourceArnNotValid } from '../../domain/lake/errors.ts'
import { lakePolicies } from '../../domain/lake/policies.ts'
import { changeLakeResource, kindOfArn, type LakeResource, lakeResourceAt } from './lake-resources.ts'

/** @throws ServiceError ResourceARNNotValidException, ResourceTypeNotSupportedException */
function checkArn(arn: string): string {
  if (!/^arn:[^:]+:cloudtrail:[^:]+:\d{12}:\w+\/./.test(arn)) throw resourceArnNotValid(arn)
  if (kindOfArn(arn) === undefined) throw resourceTypeNotSupported(arn)
  return arn
}

export async function onPolicyOwner(
  context: CloudTrailContext,
  { ResourceArn }: { ResourceArn: string },
): Promise<Permission[]> {
  const resource = await lakeResourceAt(context, checkArn(ResourceArn))
  const keys = resource && { context: () => resourceTagKeys(resource.tags) }
  return [{ action: `cloudtrail:${context.call.operation}`, resource: ResourceArn, ...keys }]
}

/** @throws ServiceError ResourceNotFoundException */
async function findOwner(context: CloudTrailContext, arn: string): Promise<LakeResource> {
  const resource = await lakeResourceAt(context, checkArn(arn))
  if (!resource) throw resourceNotFound(arn)
  return resource
}

/** Attaches a policy. @throws ServiceError ResourceNotFoundException, ResourcePolicyNotValidException */
export async function putResourcePolicy(
  context: CloudTrailContext,
  { ResourceArn, ResourcePolicy }: Validated<PutResourcePolicyRequest>,
): Promise<PutResourcePolicyResponse> {
  const { call, lake } = context
  const owner = await findOwner(context, ResourceArn)
  const policy = await lakePolicies[owner.kind].accept(lake.identity, ResourcePolicy)
  const answer = await call.transaction(async (tx) => {
    await changeLakeResource(tx, owner, () => ({ policy }))
    return { ResourceArn, ResourcePolicy: policy.document }
  })
  await lake.stores.refresh()
  return answer
}

/** @throws ServiceError ResourceNotFoundException, ResourcePolicyNotFoundException */
export async function getResourcePolicy(
  context: CloudTrailContext,
  { ResourceArn }: Validated<GetResourcePolicyRequest>,
): Promise<GetResourcePolicyResponse> {
  const { kind, policy } = await findOwner(context, ResourceArn)
  if (!policy) throw policyNotFound(ResourceArn)
  return { ResourceArn, ResourcePolicy: await lakePolicies[kind].shown(context.lake.identity, policy) }
}

/** @throws ServiceError ResourceNotFoundException, ResourcePolicyNotFoundException */
export async function deleteResourcePolicy(
  context: CloudTrailContext,
  { ResourceArn }: Validated<DeleteResourcePolicyRequest>,
): Promise<Record<string, never>> {
  const owner = await findOwner(context, ResourceArn)
  const answer = await context.call.transaction(async (tx) => {
    await changeLakeResource(tx, owner, ({ policy }) => {
      if (!policy) throw policyNotFound(ResourceArn)
      return { policy: 'none' }
    })
    return {}
  })
  await context.lake.stores.refresh()
  return answer
}
