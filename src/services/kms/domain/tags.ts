import { type GivenTag, type Tag, tagging } from '../../../kit/tags.ts'
import { duplicateTagKeys, reservedTagKey, tooManyTags } from './errors.ts'
import type { KeyTag } from './key.ts'
import { quotas } from './quotas.ts'

/** A tag as the SDK's types have it. */
export interface GivenKeyTag {
  TagKey: string | undefined
  TagValue: string | undefined
}

const keyTags = tagging({
  most: quotas.tagsPerKey,
  sorted: true,
  reservedFirst: true,
  reservedKey: reservedTagKey,
  keyGivenTwice: duplicateTagKeys,
  tooMany: tooManyTags,
})

/** Tags as everything but KMS spells them. */
export const tagsIn = (given: readonly GivenKeyTag[]): GivenTag[] =>
  given.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }))

const spelled = (tags: readonly Tag[]): KeyTag[] => tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))
const plain = (tags: readonly KeyTag[]): Tag[] => tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }))

/** @throws ServiceError TagException - a reserved key, or a key given twice. */
export const checkTags = (given: readonly GivenKeyTag[]): void => void keyTags.check(tagsIn(given))

/**
 * Adds tags, replacing those with the same key. Keys are case-sensitive.
 * @returns all tags, in order of key.
 * @throws ServiceError TagException - as checkTags, and more than 50 tags.
 */
export const mergeTags = (existing: readonly KeyTag[], given: readonly GivenKeyTag[]): KeyTag[] =>
  spelled(keyTags.merge(plain(existing), tagsIn(given)))

/** Removes tags; keys that are not there are passed over. */
export const removeTags = (existing: readonly KeyTag[], removed: readonly string[]): KeyTag[] =>
  spelled(keyTags.remove(plain(existing), removed))
