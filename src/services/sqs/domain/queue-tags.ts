import { tagging, tagRecord, tagsOfRecord } from '../../../kit/tags.ts'
import { invalidTag, reservedTagKey, tooManyTags } from './errors.ts'

const rulesOf = (queueName: string) =>
  tagging({
    most: 50,
    check({ Key = '', Value = '' }) {
      if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key)) throw invalidTag(`Invalid tag key ${Key.slice(0, 128)}.`)
      if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)) throw invalidTag(`Invalid tag value for key ${Key}.`)
    },
    reservedKey: reservedTagKey,
    tooMany: () => tooManyTags(queueName),
  })

/** Adds tags to those of a queue. @throws ServiceError InvalidParameterValue. */
export const checkTags = (
  queueName: string,
  present: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Record<string, string> => tagRecord(rulesOf(queueName).merge(tagsOfRecord(present), tagsOfRecord(given)))
