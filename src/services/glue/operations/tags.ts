import type {
  GetTagsRequest,
  GetTagsResponse,
  TagResourceRequest,
  TagResourceResponse,
  UntagResourceRequest,
  UntagResourceResponse,
} from '@aws-sdk/client-glue'
import type { Permission, Validated } from '../../../core/operation.ts'
import { removedTagKeys, requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import { type Tag, tagging, tagRecord, tagsOfRecord } from '../../../kit/tags.ts'
import { type Database, databaseArn } from '../domain/catalog.ts'
import { invalidInput, resourceNotFound, tooManyTags } from '../domain/errors.ts'
import type { GlueContext } from '../glue-context.ts'
import { databases } from '../storage/collections.ts'
import { scopeOf } from './permissions.ts'

export const glueTags = tagging({
  most: 50,
  reservedKey: () => invalidInput('Keys of tags must not begin with aws:.'),
  tooMany: tooManyTags,
})

/** The database that an ARN names: of the catalogue, databases alone have tags. @throws ServiceError EntityNotFoundException. */
async function databaseOf(context: GlueContext, arn: string): Promise<Database> {
  const [, name = ''] = /:database\/(.+)$/.exec(arn) ?? []
  const database = await context.call.store.in(databases).get(scopeOf(context), name)
  if (!database || databaseArn(scopeOf(context), name) !== arn) throw resourceNotFound(arn)
  return database
}

export async function onTagged(
  context: GlueContext,
  input: { ResourceArn: string; TagsToAdd?: Record<string, string>; TagsToRemove?: string[] },
): Promise<Permission[]> {
  const { tags } = await databaseOf(context, input.ResourceArn)
  const keys = {
    ...resourceTagKeys(tags),
    ...(input.TagsToAdd && requestTagKeys(tagsOfRecord(input.TagsToAdd))),
    ...(input.TagsToRemove && removedTagKeys(input.TagsToRemove)),
  }
  return [{ action: `glue:${context.call.operation}`, resource: input.ResourceArn, context: keys }]
}

async function changeTags(context: GlueContext, arn: string, change: (tags: readonly Tag[]) => Tag[]) {
  const { name } = await databaseOf(context, arn)
  return context.call.transaction(async (tx) => {
    const present = await tx.in(databases).get(scopeOf(context), name)
    if (!present) throw resourceNotFound(arn)
    await tx.in(databases).put(scopeOf(context), name, { ...present, tags: change(present.tags) })
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html */
export const tagResource = (
  context: GlueContext,
  { ResourceArn, TagsToAdd }: Validated<TagResourceRequest>,
): Promise<TagResourceResponse> =>
  changeTags(context, ResourceArn, (tags) => glueTags.merge(tags, tagsOfRecord(TagsToAdd)))

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_UntagResource.html */
export const untagResource = (
  context: GlueContext,
  { ResourceArn, TagsToRemove }: Validated<UntagResourceRequest>,
): Promise<UntagResourceResponse> => changeTags(context, ResourceArn, (tags) => glueTags.remove(tags, TagsToRemove))

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetTags.html */
export async function getTags(
  context: GlueContext,
  { ResourceArn }: Validated<GetTagsRequest>,
): Promise<GetTagsResponse> {
  return { Tags: tagRecord((await databaseOf(context, ResourceArn)).tags) }
}
