import { tagging, tagRecord, tagsOfRecord } from '../../../kit/tags.ts'
import { reservedTagKey, tagsOfResourceTooMany, tooManyTags } from './errors.ts'

const most = 50

/** Adds tags to those of a group. @throws ServiceError InvalidParameterException, TooManyTagsException. */
export const mergeTags = (
  present: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
  arn?: string,
): Record<string, string> =>
  tagRecord(
    tagging({
      most,
      reservedKey: reservedTagKey,
      tooMany: () => (arn === undefined ? tooManyTags() : tagsOfResourceTooMany(arn)),
    }).merge(tagsOfRecord(present), tagsOfRecord(given)),
  )

/** Removes tags. Keys that are not there are passed over. */
export function removeTags(present: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  const removed = new Set(keys)
  return Object.fromEntries(Object.entries(present).filter(([key]) => !removed.has(key)))
}
