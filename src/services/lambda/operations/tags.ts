import type {
  ListTagsRequest,
  ListTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-lambda'
import type { Permission, Validated } from '../../../core/operation.ts'
import { removedTagKeys, requestTagKeys } from '../../../kit/tag-keys.ts'
import { tagsOfRecord } from '../../../kit/tags.ts'
import { tagsOfQualified } from '../domain/errors.ts'
import { mergeTags, removeTags } from '../domain/tags.ts'
import type { LambdaContext } from '../lambda-context.ts'
import { type FunctionTarget, getFunctionIn } from '../storage/call-functions.ts'
import { putFunction } from '../storage/function-store.ts'
import { functionPermission } from './permissions.ts'

export interface OnResource {
  Resource: string
  Tags?: Record<string, string>
  TagKeys?: readonly string[]
}

export const onResource = async (
  lambda: LambdaContext,
  { Resource, Tags, TagKeys }: OnResource,
): Promise<Permission[]> => [
  await functionPermission(lambda, lambda.functions.target(Resource), undefined, {
    ...(Tags && requestTagKeys(tagsOfRecord(Tags))),
    ...(TagKeys && removedTagKeys(TagKeys)),
  }),
]

/** @throws ServiceError ResourceNotFoundException, InvalidParameterValueException. */
export async function tagResource(
  { call, functions }: LambdaContext,
  { Resource, Tags }: Validated<TagResourceRequest>,
): Promise<undefined> {
  const target = unqualified(functions.target(Resource))
  return call.transaction(async (tx) => {
    const found = await getFunctionIn(tx, target)
    await putFunction(tx, { ...found, tags: mergeTags(found.tags, Tags) })
    return undefined
  })
}

/** Keys that the function does not have are passed over. @throws ServiceError ResourceNotFoundException. */
export async function untagResource(
  { call, functions }: LambdaContext,
  { Resource, TagKeys }: Validated<UntagResourceRequest>,
): Promise<undefined> {
  const target = unqualified(functions.target(Resource))
  return call.transaction(async (tx) => {
    const found = await getFunctionIn(tx, target)
    await putFunction(tx, { ...found, tags: removeTags(found.tags, TagKeys) })
    return undefined
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function listTags(
  { functions }: LambdaContext,
  { Resource }: Validated<ListTagsRequest>,
): Promise<ListTagsResponse> {
  return { Tags: { ...(await functions.get(unqualified(functions.target(Resource)))).tags } }
}

/** `$LATEST` is a version too. @throws ServiceError InvalidParameterValueException. */
function unqualified(target: FunctionTarget): FunctionTarget {
  if (target.qualifier !== undefined) throw tagsOfQualified()
  return target
}
