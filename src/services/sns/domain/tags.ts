import { tagging } from '../../../kit/tags.ts'
import { invalidParameter, reservedTagKey, tagKeyTwice, tooManyTags } from './errors.ts'

const characters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Tags of topics. */
export const topicTags = tagging({
  most: 50,
  check({ Key = '', Value = '' }) {
    if (!characters.test(Key) || !characters.test(Value)) {
      throw invalidParameter('Tags', 'Tag keys and values have letters, digits, spaces and _.:/=+-@ only') // (U)
    }
  },
  reservedKey: reservedTagKey,
  keyGivenTwice: tagKeyTwice,
  tooMany: tooManyTags,
})
