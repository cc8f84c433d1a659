import { tagKeyReserved, tagKeyTwice, tooManyTags } from './errors.ts'
import type { ParameterTag } from './parameter.ts'
import { quotas } from './quotas.ts'

/** A tag as the SDK's types have it. */
export interface GivenTag {
  Key: string | undefined
  Value: string | undefined
}

export const tagsIn = (given: readonly GivenTag[]): ParameterTag[] =>
  given.map(({ Key = '', Value = '' }) => ({ Key, Value }))

/**
 * Adds tags, replacing those with the same key. Keys are case-sensitive.
 * @returns all tags, in order of key.
 * @throws ServiceError ValidationException (a reserved key, or a key given twice), TooManyTagsError.
 */
export function mergeTags(existing: readonly ParameterTag[], given: readonly GivenTag[]): ParameterTag[] {
  const added = tagsIn(given)
  const keys = new Set<string>()
  for (const { Key } of added) {
    if (Key.toLowerCase().startsWith('aws:')) throw tagKeyReserved()
    if (keys.has(Key)) throw tagKeyTwice(Key)
    keys.add(Key)
  }
  const merged = [...existing.filter(({ Key }) => !keys.has(Key)), ...added]
  if (merged.length > quotas.tags) throw tooManyTags()
  return merged.sort((a, b) => (a.Key < b.Key ? -1 : 1))
}

/** Removes tags; keys that are not there are passed over. */
export function removeTags(existing: readonly ParameterTag[], removed: readonly string[]): ParameterTag[] {
  const keys = new Set(removed)
  return existing.filter(({ Key }) => !keys.has(Key))
}
