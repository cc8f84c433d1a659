import type {
  ListResourceTagsRequest,
  ListResourceTagsResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-kms'
import type { Validated } from '../../../../core/operation.ts'
import type { KeyTag } from '../../domain/key.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { readArray, readPage } from '../../domain/pagination.ts'
import { quotas } from '../../domain/quotas.ts'
import { checkTags, mergeTags, removeTags } from '../../domain/tags.ts'
import type { KmsContext } from '../../kms-context.ts'
import { changeKey } from './change-key.ts'

/** @throws ServiceError TagException, KMSInvalidStateException. */
export function tagResource(context: KmsContext, { KeyId, Tags }: Validated<TagResourceRequest>): Promise<undefined> {
  return changeKey(context, KeyId, (key) => {
    checkTags(Tags)
    checkKeyState('TagResource', key)
    return { ...key, tags: mergeTags(key.tags, Tags) }
  })
}

/** Keys that the resource does not have are passed over. @throws ServiceError KMSInvalidStateException. */
export const untagResource = (
  context: KmsContext,
  { KeyId, TagKeys }: Validated<UntagResourceRequest>,
): Promise<undefined> =>
  changeKey(context, KeyId, (key) => {
    checkKeyState('UntagResource', key)
    return { ...key, tags: removeTags(key.tags, TagKeys) }
  })

/** @throws ServiceError InvalidMarkerException. */
export async function listResourceTags(
  context: KmsContext,
  { KeyId, ...page }: Validated<ListResourceTagsRequest>,
): Promise<ListResourceTagsResponse> {
  const { arn, tags } = await context.keys.get(KeyId)
  const idOf = ({ TagKey }: KeyTag) => TagKey
  const source = { list: [arn], defaultLimit: quotas.tagsPerKey, idOf, read: readArray(tags, idOf) }
  const { rows, rest } = await readPage(context, source, page)
  return { Tags: rows.map((tag) => ({ ...tag })), ...rest }
}
