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
import type { GivenTag, Tag } from '../../../kit/tags.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { invalidTags, resourceNotFound, resourceTypeNotSupported, trailArnInvalid } from '../domain/errors.ts'
import { trailArn } from '../domain/resource-names.ts'
import { resourceTags } from '../domain/tags.ts'
import type { Trail } from '../domain/trail.ts'
import { changeLakeResource, kindOfArn, type LakeResource, lakeResourceAt } from './lake/lake-resources.ts'
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
    const tagged = await taggedIfAt(context, arn)
    const given = request.TagsList ?? []
    const keys =
      context.call.operation === 'AddTags'
        ? requestTagKeys(given)
        : removedTagKeys(given.flatMap(({ Key }) => (Key === undefined ? [] : [Key])))
    return [
      {
        ...{ action: `cloudtrail:${context.call.operation}`, resource: arn },
        context: () => ({ ...keys, ...(tagged && resourceTagKeys(tagged.tags)) }),
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
  if (kindOfArn(arn) !== undefined) return arn
  if (!/^arn:[^:]+:cloudtrail:[^:]+:\d{12}:trail\//.test(arn)) throw resourceTypeNotSupported(arn)
  return trailArn(call, arn)
}

/** Finds what is tagged: a trail in its own Region alone. */
async function taggedIfAt(context: CloudTrailContext, arn: string): Promise<Trail | LakeResource | undefined> {
  if (kindOfArn(arn) !== undefined) return lakeResourceAt(context, arn)
  const trail = await trailIfAt(context, arn)
  return trail?.homeRegion === context.call.region ? trail : undefined
}

/** @throws ServiceError ResourceNotFoundException */
async function findTagged(context: CloudTrailContext, arn: string): Promise<Trail | LakeResource> {
  const tagged = await taggedIfAt(context, taggedArn(context, arn))
  if (!tagged) throw resourceNotFound(arn)
  return tagged
}

/** Changes the tags of what is tagged. */
async function changeTags(
  context: CloudTrailContext,
  tagged: Trail | LakeResource,
  change: (tags: readonly Tag[]) => readonly Tag[],
): Promise<Record<string, never>> {
  if (!('kind' in tagged)) {
    return changeTrail(
      context,
      tagged,
      (present) => ({ ...present, tags: change(present.tags) }),
      () => ({}),
    )
  }
  return context.call.transaction(async (tx) => {
    await changeLakeResource(tx, tagged, ({ tags }) => ({ tags: change(tags) }))
    return {}
  })
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
  const tagged = await findTagged(context, ResourceId)
  return changeTags(context, tagged, (tags) => resourceTags.merge(tags, TagsList))
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
  const tagged = await findTagged(context, ResourceId)
  return changeTags(context, tagged, (tags) => resourceTags.remove(tags, keys))
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
