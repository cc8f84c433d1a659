import { duplicateTagKeys, reservedTagKey, tooManyTags } from './errors.ts'
import type { KeyTag } from './key.ts'
import { quotas } from './quotas.ts'

/** A tag as the SDK's types have it. */
export interface GivenTag {
  TagKey: string | undefined
  TagValue: string | undefined
}

export const tagsIn = (given: readonly GivenTag[]): KeyTag[] =>
  given.map(({ TagKey = '', TagValue = '' }) => ({ TagKey, TagValue }))

/** @throws ServiceError TagException - a reserved key, or a key given twice. */
export function checkTags(given: readonly GivenTag[]): void {
  const keys = tagsIn(given).map(({ TagKey }) => TagKey)
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) throw reservedTagKey()
  if (new Set(keys).size < keys.length) throw duplicateTagKeys()
}

/**
 * Adds tags, replacing those with the same key. Keys are case-sensitive.
 * @returns all tags, in order of key.
 * @throws ServiceError TagException - more than 50 tags.
 */
export function mergeTags(existing: readonly KeyTag[], given: readonly GivenTag[]): KeyTag[] {
  const added = tagsIn(given)
  const keys = new Set(added.map(({ TagKey }) => TagKey))
  const merged = [...existing.filter(({ TagKey }) => !keys.has(TagKey)), ...added]
  if (merged.length > quotas.tagsPerKey) throw tooManyTags()
  return merged.sort((a, b) => (a.TagKey < b.TagKey ? -1 : 1))
}

/** Removes tags; keys that are not there are passed over. */
export function removeTags(existing: readonly KeyTag[], removed: readonly string[]): KeyTag[] {
  const keys = new Set(removed)
  return existing.filter(({ TagKey }) => !keys.has(TagKey))
}
