import { tagging } from '../../../kit/tags.ts'
import { invalidTags, tooManyTags } from './errors.ts'

const most = 50

/** The tags of trails, event data stores, channels and dashboards. */
export const resourceTags = tagging({
  most,
  check: ({ Key = '', Value = '' }) => {
    if (Key.length < 1 || Key.length > 128) throw invalidTags('A tag key must have 1 to 128 characters.')
    if (Value.length > 256) throw invalidTags('A tag value must have at most 256 characters.')
  },
  reservedKey: () => invalidTags('Tag keys must not begin with aws:, which AWS keeps for itself.'),
  keyGivenTwice: (key) => invalidTags(`The tag key ${key} is specified more than once.`),
  tooMany: () => tooManyTags(most),
})
