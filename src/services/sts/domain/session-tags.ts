import type { Tag } from '@aws-sdk/client-sts'
import type { RequestContext } from '../../../core/operation.ts'
import type { SessionContext } from '../../../core/principal.ts'
import { requestTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import { isReservedKey, tagRecord, tagsOfRecord } from '../../../kit/tags.ts'
import { duplicateTagKeys, reservedTagKey, transitiveKeyConflict, transitiveKeyNotTagged } from './errors.ts'

/** Tags as a session carries them. Keys differ without regard to case and are kept as written. */
export type SessionTags = Pick<SessionContext, 'tags' | 'transitiveTagKeys'>

const noTags: SessionTags = { tags: {}, transitiveTagKeys: [] }

/** The transitive tags that a session hands on to the sessions made with it. */
export function inheritedTags(session: SessionContext | undefined): SessionTags {
  if (!session) return noTags
  const { tags, transitiveTagKeys } = session
  const transitive = keySet(transitiveTagKeys)
  const inherited = Object.entries(tags).filter(([key]) => transitive.has(key.toLowerCase()))
  return { tags: Object.fromEntries(inherited), transitiveTagKeys }
}

/**
 * The tags of a new session: those of the request beside those inherited.
 * @throws ServiceError InvalidParameterValue: a key twice, reserved or inherited; a transitive key without its tag.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function sessionTags(
  requested: readonly Tag[],
  requestedTransitiveKeys: readonly string[],
  inherited: SessionTags = noTags,
): SessionTags {
  const tags = tagRecord(requested)
  const keys = keySet(Object.keys(tags))
  if (keys.size < requested.length) throw duplicateTagKeys()
  if ([...keys].some(isReservedKey)) throw reservedTagKey()
  const transitiveKeys = requestedTransitiveKeys.map((key) => key.toLowerCase())
  const inheritedKeys = keySet(Object.keys(inherited.tags))
  if ([...keys, ...transitiveKeys].some((key) => inheritedKeys.has(key))) throw transitiveKeyConflict()
  if (transitiveKeys.some((key) => !keys.has(key))) throw transitiveKeyNotTagged()
  return {
    tags: { ...inherited.tags, ...tags },
    transitiveTagKeys: [...inherited.transitiveTagKeys, ...requestedTransitiveKeys],
  }
}

/** Condition keys of the tags that a request carries. */
export const requestTagContext = (requested: readonly Tag[]): RequestContext =>
  requestTagKeys(tagsOfRecord(tagRecord(requested)))

/** Condition keys of the tags that a role has; IAM has its own name for them beside the global one. */
export const roleTagContext = (tags: Readonly<Record<string, string>>): RequestContext =>
  resourceTagKeys(tagsOfRecord(tags), 'iam:ResourceTag')

const keySet = (keys: readonly string[]) => new Set(keys.map((key) => key.toLowerCase()))
