import type {
  AddTagsToResourceRequest,
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  RemoveTagsFromResourceRequest,
  ResourceTypeForTagging,
} from '@aws-sdk/client-ssm'
import { formatArn } from '../../../core/arn.ts'
import type { Permission, RequestContext, Validated } from '../../../core/operation.ts'
import { resourceIdInvalid } from '../domain/errors.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { checkWrittenName, qualifiedName } from '../domain/parameter-name.ts'
import { parameterTags } from '../domain/tags.ts'
import type { SsmContext } from '../ssm-context.ts'
import { findParameter, putParameter } from '../storage/parameter-store.ts'
import { parameterPermission } from './permissions.ts'

interface TaggedResource {
  ResourceType: ResourceTypeForTagging
  ResourceId: string
}

/** How the ARNs of what can be tagged begin. */
const resourcePrefixes: Readonly<Record<ResourceTypeForTagging, string>> = {
  Document: 'document/',
  ManagedInstance: 'managed-instance/',
  MaintenanceWindow: 'maintenancewindow/',
  Parameter: 'parameter/',
  PatchBaseline: 'patchbaseline/',
  OpsItem: 'opsitem/',
  OpsMetadata: 'opsmetadata/',
  Automation: 'automation-execution/',
  Association: 'association/',
  CloudConnector: 'cloud-connector/',
}

/** @param keysOf - condition keys that the request brings. */
export const onTaggedResource =
  <I extends TaggedResource>(keysOf: (input: I) => RequestContext = () => ({})) =>
  async (context: SsmContext, input: I): Promise<Permission[]> => {
    const { call } = context
    const { ResourceType, ResourceId } = input
    const keys = keysOf(input)
    if (ResourceType === 'Parameter') {
      const qualified = qualifiedName(checkWrittenName(ResourceId, call))
      return [await parameterPermission(context, { accountId: call.accountId, qualified }, { context: keys })]
    }
    const { partition, region, accountId } = call
    const resource = `${resourcePrefixes[ResourceType]}${ResourceId}`
    const arn = formatArn({ partition, service: 'ssm', region, accountId, resource })
    return [{ action: `ssm:${call.operation}`, resource: arn, context: keys }]
  }

/**
 * Adds tags to a parameter, replacing those with the same key.
 * @throws ServiceError InvalidResourceId (nothing else that Systems Manager can tag is here), TooManyTagsError.
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html
 */
export const addTagsToResource = (
  context: SsmContext,
  { Tags, ...resource }: Validated<AddTagsToResourceRequest>,
): Promise<object> =>
  changeTagged(context, resource, (parameter) => ({ ...parameter, tags: parameterTags.merge(parameter.tags, Tags) }))

/** Keys that the parameter does not have are passed over. @throws ServiceError InvalidResourceId. */
export const removeTagsFromResource = (
  context: SsmContext,
  { TagKeys, ...resource }: Validated<RemoveTagsFromResourceRequest>,
): Promise<object> =>
  changeTagged(context, resource, (parameter) => ({
    ...parameter,
    tags: parameterTags.remove(parameter.tags, TagKeys),
  }))

/** @throws ServiceError InvalidResourceId. */
export async function listTagsForResource(
  { call, parameters }: SsmContext,
  resource: Validated<ListTagsForResourceRequest>,
): Promise<ListTagsForResourceResult> {
  const parameter = await parameters.find({ accountId: call.accountId, qualified: taggedParameter(resource) })
  if (!parameter) throw resourceIdInvalid()
  return { TagList: parameter.tags.map((tag) => ({ ...tag })) }
}

function changeTagged(
  { call }: SsmContext,
  resource: TaggedResource,
  change: (parameter: StoredParameter) => StoredParameter,
): Promise<object> {
  const qualified = taggedParameter(resource)
  return call.transaction(async (tx) => {
    const parameter = await findParameter(tx, call, qualified)
    if (!parameter) throw resourceIdInvalid()
    await putParameter(tx, change(parameter))
    return {}
  })
}

function taggedParameter({ ResourceType, ResourceId }: TaggedResource): string {
  if (ResourceType !== 'Parameter') throw resourceIdInvalid()
  return qualifiedName(ResourceId.trim())
}
