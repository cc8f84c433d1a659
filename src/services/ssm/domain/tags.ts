import { tagging } from '../../../kit/tags.ts'
import { tagKeyReserved, tagKeyTwice, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'

/** @throws ServiceError ValidationException (a reserved key, or a key given twice), TooManyTagsError. */
export const parameterTags = tagging({
  most: quotas.tags,
  sorted: true,
  reservedKey: tagKeyReserved,
  keyGivenTwice: tagKeyTwice,
  tooMany: tooManyTags,
})
