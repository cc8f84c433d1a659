import type { RequestContext } from '../../../core/operation.ts'
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

/** Condition keys of the tags that a request carries. */
export function requestTagContext(given: readonly GivenTag[] = []): RequestContext {
  if (given.length === 0) return {}
  const tags = tagsIn(given)
  const context: RequestContext = { 'aws:TagKeys': tags.map(({ Key }) => Key) }
  for (const { Key, Value } of tags) context[`aws:RequestTag/${Key}`] = Value
  return context
}

/** Condition keys of the tags that a resource has; IAM has its own name for them beside the global one. */
export function resourceTagContext(tags: readonly Tag[]): RequestContext {
  const context: RequestContext = {}
  for (const { Key, Value } of tags) {
    context[`aws:ResourceTag/${Key}`] = Value
    context[`iam:ResourceTag/${Key}`] = Value
  }
  return context
}
