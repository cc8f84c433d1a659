import { type GivenTag, tagging, tagRecord, tagsOfRecord } from '../../../kit/tags.ts'
import { tagsInvalid, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'

type Tags = Readonly<Record<string, string>>

const functionTags = tagging({
  most: quotas.tags,
  check: ({ Key = '', Value = '' }: GivenTag) => {
    if (Key.length < 1 || Key.length > 128) throw tagsInvalid('A tag key has 1 to 128 characters.')
    if (Value.length > 256) throw tagsInvalid('A tag value has at most 256 characters.')
  },
  reservedKey: () => tagsInvalid('Tag keys that begin with aws: are reserved.'),
  tooMany: tooManyTags,
})

/** @throws ServiceError InvalidParameterValueException. */
export const mergeTags = (before: Tags, given: Tags = {}): Tags =>
  tagRecord(functionTags.merge(tagsOfRecord(before), tagsOfRecord(given)))

export const removeTags = (before: Tags, keys: readonly string[]): Tags =>
  tagRecord(functionTags.remove(tagsOfRecord(before), keys))
