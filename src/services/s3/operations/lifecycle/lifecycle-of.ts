import type { Bucket } from '../../domain/bucket.ts'
import { type Lifecycle, nextExpiration } from '../../domain/lifecycle-actions.ts'
import type { ObjectVersion } from '../../domain/object.ts'
import { fromStored } from '../../domain/stored-document.ts'

/** Returns the lifecycle configuration of a bucket. */
export const lifecycleOf = ({ configurations }: Bucket): Lifecycle | undefined =>
  configurations.lifecycle ? (fromStored(configurations.lifecycle) as Lifecycle) : undefined

/** Returns the member of an answer that says when an object is to expire, and by which rule. */
export function expirationMember(bucket: Bucket, version: ObjectVersion): { Expiration?: string } {
  const lifecycle = lifecycleOf(bucket)
  const next = lifecycle && nextExpiration(lifecycle, version)
  if (!next) return {}
  const rule = encodeURIComponent(next.rule)
  return { Expiration: `expiry-date="${new Date(next.atMs).toUTCString()}", rule-id="${rule}"` }
}
