import { notModified, preconditionFailed } from './errors.ts'
import { etagMatches } from './etags.ts'
import { type ObjectVersion, quoted } from './object.ts'

/** Conditions of a read, or of the source of a copy. */
export interface ReadConditions {
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
  IfModifiedSince?: Date | undefined
  IfUnmodifiedSince?: Date | undefined
}

/** Dates of HTTP are whole seconds. */
const secondsOf = (timeMs: number) => Math.floor(timeMs / 1000)

/**
 * Returns the condition that does not hold, in the order of RFC 7232: ETags decide before dates, and a date counts only where no
 * ETag was given.
 */
export function failedCondition(
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: ReadConditions,
  { etag, modifiedMs }: Pick<ObjectVersion, 'etag' | 'modifiedMs'>,
): 'If-Match' | 'If-Unmodified-Since' | 'If-None-Match' | 'If-Modified-Since' | undefined {
  if (IfMatch !== undefined) {
    if (!etagMatches(IfMatch, etag)) return 'If-Match'
  } else if (IfUnmodifiedSince && secondsOf(modifiedMs) > secondsOf(IfUnmodifiedSince.getTime())) {
    return 'If-Unmodified-Since'
  }
  if (IfNoneMatch !== undefined) return etagMatches(IfNoneMatch, etag) ? 'If-None-Match' : undefined
  if (IfModifiedSince && secondsOf(modifiedMs) <= secondsOf(IfModifiedSince.getTime())) return 'If-Modified-Since'
  return undefined
}

/** @throws ServiceError PreconditionFailed, NotModified. */
export function checkReadConditions(conditions: ReadConditions, version: ObjectVersion): void {
  const failed = failedCondition(conditions, version)
  if (failed === undefined) return
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') throw preconditionFailed(failed)
  throw notModified({ ETag: quoted(version.etag), 'Last-Modified': new Date(version.modifiedMs).toUTCString() })
}
