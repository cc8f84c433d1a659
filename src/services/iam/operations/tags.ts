import type { GivenTag, Tag } from '../../../kit/tags.ts'
import type { NamedEntity } from '../domain/entities.ts'
import { arraySource, type PageRequest, readRows } from '../domain/pagination.ts'
import { entityTags, policyTags } from '../domain/tags.ts'
import type { IamContext } from '../iam-context.ts'
import { type EntityKind, getEntity, updateEntity } from '../storage/entity-store.ts'
import { putPolicy, requireOwnPolicy } from '../storage/policy-store.ts'
import { type NamedInput, nameIn } from './permissions.ts'

type Tagged = NamedEntity & { tags: readonly Tag[] }

/** TagUser, TagRole, TagInstanceProfile. @throws ServiceError NoSuchEntity, InvalidInput, LimitExceeded (50). */
export const tagEntity =
  <T extends Tagged>(kind: EntityKind<T>) =>
  async ({ call }: IamContext, input: NamedInput & { Tags: readonly GivenTag[] }): Promise<undefined> =>
    call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, call.accountId, nameIn(kind, input))
      const tags = entityTags.merge(entity.tags, input.Tags)
      await updateEntity(tx, kind, call.accountId, { ...entity, tags })
      return undefined
    })

/** UntagUser, UntagRole, UntagInstanceProfile. @throws ServiceError NoSuchEntity. */
export const untagEntity =
  <T extends Tagged>(kind: EntityKind<T>) =>
  async ({ call }: IamContext, input: NamedInput & { TagKeys: readonly string[] }): Promise<undefined> =>
    call.transaction(async (tx) => {
      const entity = await getEntity(tx, kind, call.accountId, nameIn(kind, input))
      const tags = entityTags.remove(entity.tags, input.TagKeys)
      await updateEntity(tx, kind, call.accountId, { ...entity, tags })
      return undefined
    })

/** ListUserTags, ListRoleTags, ListInstanceProfileTags. @throws ServiceError NoSuchEntity. */
export const listEntityTags =
  <T extends Tagged>(kind: EntityKind<T>) =>
  async (iam: IamContext, input: NamedInput & PageRequest) => {
    const { tags } = await iam.entities.get(kind, nameIn(kind, input))
    return pageOfTags(iam, `${kind.noun}-tags`, tags, input)
  }

/** @throws ServiceError NoSuchEntity, InvalidInput, LimitExceeded (50). */
export const tagPolicy = async (
  { call }: IamContext,
  { PolicyArn, Tags }: { PolicyArn: string; Tags: readonly GivenTag[] },
): Promise<undefined> =>
  call.transaction(async (tx) => {
    const policy = await requireOwnPolicy(tx, call.accountId, PolicyArn)
    await putPolicy(tx, call.accountId, { ...policy, tags: policyTags.merge(policy.tags, Tags) })
    return undefined
  })

/** @throws ServiceError NoSuchEntity. */
export const untagPolicy = async (
  { call }: IamContext,
  { PolicyArn, TagKeys }: { PolicyArn: string; TagKeys: readonly string[] },
): Promise<undefined> =>
  call.transaction(async (tx) => {
    const policy = await requireOwnPolicy(tx, call.accountId, PolicyArn)
    await putPolicy(tx, call.accountId, { ...policy, tags: policyTags.remove(policy.tags, TagKeys) })
    return undefined
  })

/** @throws ServiceError NoSuchEntity. */
export async function listPolicyTags(iam: IamContext, { PolicyArn, ...page }: PageRequest & { PolicyArn: string }) {
  const { tags } = await iam.entities.getPolicy(PolicyArn)
  return pageOfTags(iam, 'policy-tags', tags, page)
}

async function pageOfTags(iam: IamContext, source: string, tags: readonly Tag[], page: PageRequest) {
  const { rows, rest } = await readRows(
    iam,
    arraySource(source, tags, ({ Key }) => Key),
    page,
  )
  return { Tags: rows, ...rest }
}
