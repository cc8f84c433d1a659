import { tagging } from '../../../kit/tags.ts'
import { invalidValue } from './errors.ts'

const most = 50

export const alarmTags = tagging({
  most,
  reservedKey: () => invalidValue('Tag keys must not begin with aws:.'),
  keyGivenTwice: (key) => invalidValue(`The tag key ${key} is given more than once.`),
  tooMany: () => invalidValue(`A resource can have ${most} tags at most.`),
})
