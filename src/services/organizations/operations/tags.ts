import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Tag } from '../../../kit/tags.ts'
import { immutablePolicy, targetNotFound } from '../domain/errors.ts'
import { findAwsPolicy } from '../domain/policy-types.ts'
import { organizationTags } from '../domain/tags.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { findTagged } from '../storage/tagged.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'

/** @throws ServiceError TargetNotFoundException, InvalidInputException, ConstraintViolationException. */
export const tagResource = (context: OrganizationsContext, { ResourceId, Tags }: Validated<TagResourceRequest>) =>
  changeTags(context, ResourceId, (present) => organizationTags.merge(present, Tags))

/** @throws ServiceError TargetNotFoundException, InvalidInputException. */
export const untagResource = (
  context: OrganizationsContext,
  { ResourceId, TagKeys }: Validated<UntagResourceRequest>,
) => changeTags(context, ResourceId, (present) => organizationTags.remove(present, TagKeys))

async function changeTags(
  { call }: OrganizationsContext,
  id: string,
  change: (tags: readonly Tag[]) => Tag[],
): Promise<undefined> {
  if (findAwsPolicy(id)) throw immutablePolicy()
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const tagged = await findTagged(tx, organization, id)
    if (!tagged) throw targetNotFound()
    await tagged.put(tx, change(tagged.tags))
    return undefined
  })
}

/** @throws ServiceError TargetNotFoundException, InvalidInputException (token). */
export async function listTagsForResource(
  context: OrganizationsContext,
  { ResourceId, NextToken }: Validated<ListTagsForResourceRequest>,
): Promise<ListTagsForResourceResponse> {
  const { organization } = await requireStanding(context)
  const tagged = findAwsPolicy(ResourceId)
    ? { tags: [] }
    : await findTagged(context.call.store, organization, ResourceId)
  if (!tagged) throw targetNotFound()
  const sorted = [...tagged.tags].sort((a, b) => (a.Key < b.Key ? -1 : 1))
  const page = { NextToken, MaxResults: 50 }
  const { rows, rest } = await pageOf(context, page, [organization.id, ResourceId], async (afterId, limit) =>
    sorted
      .filter(({ Key }) => afterId === undefined || Key > afterId)
      .slice(0, limit)
      .map((tag) => ({ id: tag.Key, document: tag })),
  )
  return { Tags: rows, ...rest }
}
