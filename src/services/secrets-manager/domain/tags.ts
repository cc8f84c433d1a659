import { duplicateTagKey, reservedTagKey, tagKeyMissing, tooManyTags } from './errors.ts'
import { quotas } from './quotas.ts'
import type { SecretTag } from './secret.ts'

/** A tag as requests have it: the service model requires neither member. */
export interface GivenTag {
  Key?: string
  Value?: string
}

/** @throws ServiceError InvalidParameterException - a reserved key, one given twice, or a tag without one. */
export function checkTags(given: readonly GivenTag[]): SecretTag[] {
  const keys = new Set<string>()
  return given.map(({ Key, Value = '' }) => {
    if (Key === undefined) throw tagKeyMissing()
    if (isReserved(Key)) throw reservedTagKey()
    if (keys.has(Key)) throw duplicateTagKey(Key)
    keys.add(Key)
    return { Key, Value }
  })
}

/** Adds tags, replacing the values of keys that are there. @throws ServiceError InvalidParameterException - over 50. */
export function mergeTags(existing: readonly SecretTag[], added: readonly SecretTag[]): SecretTag[] {
  const values = new Map([...existing, ...added].map(({ Key, Value }) => [Key, Value]))
  if (values.size > quotas.tags) throw tooManyTags()
  return [...values].map(([Key, Value]) => ({ Key, Value }))
}

/** @throws ServiceError InvalidParameterException - a reserved key. */
export function removeTags(existing: readonly SecretTag[], keys: readonly string[]): SecretTag[] {
  if (keys.some(isReserved)) throw reservedTagKey()
  return existing.filter(({ Key }) => !keys.includes(Key))
}

const isReserved = (key: string) => key.toLowerCase().startsWith('aws:')
