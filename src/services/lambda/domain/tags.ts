import { tagsInvalid, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'

type Tags = Readonly<Record<string, string>>

/** @throws ServiceError InvalidParameterValueException. */
export function checkTags(tags: Tags = {}): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key.toLowerCase().startsWith('aws:')) throw tagsInvalid('Tag keys that begin with aws: are reserved.')
    if (key.length < 1 || key.length > 128) throw tagsInvalid('A tag key has 1 to 128 characters.')
    if (value.length > 256) throw tagsInvalid('A tag value has at most 256 characters.')
  }
  if (Object.keys(tags).length > quotas.tags) throw tooManyTags()
}

/** @throws ServiceError InvalidParameterValueException. */
export function mergeTags(before: Tags, given: Tags): Tags {
  const merged = { ...before, ...given }
  checkTags(given)
  checkTags(merged)
  return merged
}

export const removeTags = (before: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)))
