import type { RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, requestTagKeys, resourceTagKeys } from '../../../core/tag-keys.ts'
import type { GivenTag, Tag } from './entities.ts'
import { duplicateTagKeys, reservedTagKey, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'

/** Users and roles tell tag keys apart without regard to case, policies with it. */
export interface TagRules {
  caseInsensitive: boolean
}

/**
 * Adds tags, replacing those with the same key.
 * @returns all tags, in order of key.
 * @throws ServiceError InvalidInput (a key twice, a reserved key), LimitExceeded (more than 50).
 */
export function mergeTags(existing: readonly Tag[], given: readonly GivenTag[], rules: TagRules): Tag[] {
  const added = tagsIn(given)
  if (added.some(({ Key }) => Key.toLowerCase().startsWith('aws:'))) throw reservedTagKey()
  const keys = new Set(added.map(({ Key }) => comparable(Key, rules)))
  if (keys.size < added.length) throw duplicateTagKeys(rules.caseInsensitive)
  const merged = [...existing.filter(({ Key }) => !keys.has(comparable(Key, rules))), ...added]
  if (merged.length > quotas.tags) throw tooManyTags()
  return merged.sort((a, b) => (a.Key < b.Key ? -1 : 1))
}

/** Removes tags; keys that are not there are passed over. */
export function removeTags(existing: readonly Tag[], removed: readonly string[], rules: TagRules): Tag[] {
  const keys = new Set(removed.map((key) => comparable(key, rules)))
  return existing.filter(({ Key }) => !keys.has(comparable(Key, rules)))
}

const comparable = (key: string, { caseInsensitive }: TagRules) => (caseInsensitive ? key.toLowerCase() : key)

const tagsIn = (given: readonly GivenTag[]): Tag[] => given.map(({ Key = '', Value = '' }) => ({ Key, Value }))

export const tagRecord = (tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))

const pairsOf = (given: readonly GivenTag[]) => tagsIn(given).map(({ Key, Value }) => [Key, Value] as const)

/** IAM's own name for the tags of its resources, beside the global one. */
const ownTagName = 'iam:ResourceTag'

/** Condition keys of the tags that a request carries. */
export const requestTagContext = (given: readonly GivenTag[]): RequestContext => requestTagKeys(pairsOf(given))

/** Condition keys of the tags that a resource has. */
export const resourceTagContext = (tags: readonly Tag[]): RequestContext => resourceTagKeys(pairsOf(tags), ownTagName)

/** Condition keys of the tags that a resource is made with. */
export const createdTagContext = (given: readonly GivenTag[] = []): RequestContext =>
  createdTagKeys(pairsOf(given), ownTagName)
