import { isReservedKey, type Tag, tagging } from '../../../kit/tags.ts'
import { duplicateTagKey, reservedTagKey, tagKeyMissing, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'

/** @throws ServiceError InvalidParameterException - a reserved key, one given twice, a tag without one, more than 50. */
export const secretTags = tagging({
  most: quotas.tags,
  check: ({ Key }) => {
    if (Key === undefined) throw tagKeyMissing()
  },
  reservedKey: reservedTagKey,
  keyGivenTwice: duplicateTagKey,
  tooMany: tooManyTags,
})

/** @throws ServiceError InvalidParameterException - a reserved key. */
export function removeTags(existing: readonly Tag[], keys: readonly string[]): Tag[] {
  if (keys.some(isReservedKey)) throw reservedTagKey()
  return secretTags.remove(existing, keys)
}
