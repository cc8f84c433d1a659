import { tagging } from '../../../kit/tags.ts'
import { reservedTag, tooManyTags } from './errors.ts'

export const athenaTags = tagging({ most: 50, reservedKey: reservedTag, tooMany: tooManyTags })
