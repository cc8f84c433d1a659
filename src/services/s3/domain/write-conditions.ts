import { headerNotImplemented, noSuchKey, preconditionFailed } from './errors.ts'
import { etagMatches } from './etags.ts'
import type { DeleteMarker, ObjectVersion } from './object.ts'

/** Conditions of a write, on what is there under its key. */
export interface WriteConditions {
  IfMatch?: string | undefined
  IfNoneMatch?: string | undefined
}

/** @throws ServiceError NotImplemented for a condition that S3 does not take with writes. */
export function refuseOtherConditions({ IfNoneMatch }: WriteConditions): void {
  if (IfNoneMatch === undefined || IfNoneMatch === '*') return
  throw headerNotImplemented('If-None-Match', "We don't accept the provided value of If-None-Match header for this API")
}

/**
 * Checks the conditions of a write. A delete marker counts as nothing.
 * @throws ServiceError PreconditionFailed, NoSuchKey.
 */
export function checkWriteConditions(
  { IfMatch, IfNoneMatch }: WriteConditions,
  key: string,
  latest: ObjectVersion | DeleteMarker | undefined,
): void {
  const present = latest?.isMarker === false ? latest : undefined
  if (IfNoneMatch === '*' && present) throw preconditionFailed('If-None-Match')
  if (IfMatch === undefined) return
  if (!present) throw noSuchKey(key)
  if (!etagMatches(IfMatch, present.etag)) throw preconditionFailed('If-Match')
}
