import { tagging } from '../../../kit/tags.ts'
import { limitExceeded, reservedTag, tagGivenTwice } from './errors.ts'

/** Tags of rules and buses. */
export const eventTags = tagging({
  most: 50,
  reservedKey: reservedTag,
  keyGivenTwice: tagGivenTwice,
  tooMany: limitExceeded,
})
