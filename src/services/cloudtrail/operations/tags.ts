import type {
  AddTagsRequest,
  AddTagsResponse,
  ListTagsRequest,
  ListTagsResponse,
  RemoveTagsRequest,
  RemoveTagsResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Permission, Validated } from '../../../core/operation.ts'
import { removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { invalidTags, resourceNotFound, resourceTypeNotSupported, trailArnInvalid } from '../domain/errors.ts'
import { trailArn } from '../domain/resource-names.ts'
import { resourceTags } from '../domain/tags.ts'
import type { Trail } from '../domain/trail.ts'
import { changeTrail } from './trails/change-trail.ts'
import { trailIfAt } from './trails/find-trail.ts'

/** Returns the permissions to change the tags of a resource. */
export const onTagged =
  (member: 'ResourceId') =>
  async (
    context: CloudTrailContext,
    request: { [M in typeof member]: string } & { TagsList?: readonly GivenTag[] },
  ): Promise<Permission[]> => {
    const arn = taggedArn(context, request[member])
    const trail = await trailIfAt(context, arn)
    const given = request.TagsList ?? []
    const keys =
      context.call.operation === 'AddTags'
        ? requestTagKeys(given)
        : removedTagKeys(given.flatMap(({ Key }) => (Key === undefined ? [] : [Key])))
    return [
      {
        ...{ action: `cloudtrail:${context.call.operation}`, resource: arn },
        context: () => ({ ...keys, ...(trail && resourceTagKeys(trail.tags)) }),
      },
    ]
  }

export const onListedTags = async (
  context: CloudTrailContext,
  { ResourceIdList }: { ResourceIdList: readonly string[] },
): Promise<Permission[]> =>
  ResourceIdList.map((arn) => ({ action: 'cloudtrail:ListTags', resource: taggedArn(context, arn) }))

/** Tags are of resources that are named by their ARNs. @throws ServiceError CloudTrailARNInvalidException, ResourceTypeNotSupportedException */
function taggedArn({ call }: CloudTrailContext, arn: string): string {
  if (!/^arn:[^:]+:cloudtrail:/.test(arn)) throw trailArnInvalid(arn)
  if (!/^arn:[^:]+:cloudtrail:[^:]+:\d{12}:trail\//.test(arn)) throw resourceTypeNotSupported(arn)
  return trailArn(call, arn)
}

/** Finds the trail that is tagged: in its own Region alone. @throws ServiceError ResourceNotFoundException */
async function findTagged(context: CloudTrailContext, arn: string): Promise<Trail> {
  const trail = await trailIfAt(context, taggedArn(context, arn))
  if (trail?.homeRegion !== context.call.region) throw resourceNotFound(arn)
  return trail
}

/**
 * Adds tags to a resource, in place of those with the same keys.
 * @throws ServiceError CloudTrailARNInvalidException, InvalidTagParameterException, ResourceNotFoundException, TagsLimitExceededException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
 */
export async function addTags(
  context: CloudTrailContext,
  { ResourceId, TagsList }: Validated<AddTagsRequest>,
): Promise<AddTagsResponse> {
  const trail = await findTagged(context, ResourceId)
  return changeTrail(
    context,
    trail,
    (present) => ({ ...present, tags: resourceTags.merge(present.tags, TagsList) }),
    () => ({}),
  )
}

/**
 * Removes tags by their keys.
 * @throws ServiceError CloudTrailARNInvalidException, InvalidTagParameterException, ResourceNotFoundException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
 */
export async function removeTags(
  context: CloudTrailContext,
  { ResourceId, TagsList }: Validated<RemoveTagsRequest>,
): Promise<RemoveTagsResponse> {
  const keys = TagsList.map(({ Key }) => Key ?? '')
  if (keys.includes('')) throw invalidTags('A tag key must have 1 to 128 characters.')
  const trail = await findTagged(context, ResourceId)
  return changeTrail(
    context,
    trail,
    (present) => ({ ...present, tags: resourceTags.remove(present.tags, keys) }),
    () => ({}),
  )
}

/**
 * Lists the tags of up to 20 resources of the Region.
 * @throws ServiceError CloudTrailARNInvalidException, ResourceNotFoundException.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html
 */
export async function listTags(
  context: CloudTrailContext,
  { ResourceIdList }: Validated<ListTagsRequest>,
): Promise<ListTagsResponse> {
  const found = await Promise.all(ResourceIdList.map((arn) => findTagged(context, arn)))
  return { ResourceTagList: found.map(({ arn, tags }) => ({ ResourceId: arn, TagsList: [...tags] })) }
}
