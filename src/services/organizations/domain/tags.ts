import { tagging } from '../../../kit/tags.ts'
import { duplicateTagKey, reservedTag, tooManyTags } from './errors.ts'

/** Tags of roots, organizational units, accounts and policies. */
export const organizationTags = tagging({
  most: 50,
  ignoresCase: true,
  reservedKey: reservedTag,
  keyGivenTwice: duplicateTagKey,
  tooMany: tooManyTags,
})
