import type { ServiceError } from '../core/service-error.ts'

export interface Tag {
  Key: string
  Value: string
}

/** A tag of a request: not every service model requires both members, and the SDK's types never do. */
export interface GivenTag {
  Key?: string | undefined
  Value?: string | undefined
}

/** The rules of a service for the tags of one kind of resource. */
export interface TagRules {
  /** How many tags a resource has at most. */
  most: number
  /** Whether keys that differ in case alone are one key. */
  ignoresCase?: boolean
  /** Whether tags are kept in order of key; otherwise in the order in which their keys came. */
  sorted?: boolean
  /** Whether a reserved key is refused before a key that is given twice, wherever the two stand. */
  reservedFirst?: boolean
  /** What else a tag must be. @throws ServiceError */
  check?(tag: GivenTag): void
  reservedKey(): ServiceError
  /** Absent where tags come as a record, whose keys are distinct. */
  keyGivenTwice?(key: string): ServiceError
  tooMany(): ServiceError
}

/** Tags of one kind of resource. */
export interface Tagging {
  /** @throws ServiceError - a reserved key, or one given twice; as the rules check. */
  check(given: readonly GivenTag[]): Tag[]
  /** Adds tags, replacing those with the same key. @returns all tags. @throws ServiceError as `check`; too many tags. */
  merge(existing: readonly Tag[], given: readonly GivenTag[]): Tag[]
  /** Removes tags; keys that are not there are passed over. */
  remove(existing: readonly Tag[], keys: readonly string[]): Tag[]
}

export function tagging(rules: TagRules): Tagging {
  const { most, ignoresCase, sorted, reservedFirst } = rules
  const identityOf = (key: string) => (ignoresCase ? key.toLowerCase() : key)

  function check(given: readonly GivenTag[]): Tag[] {
    if (reservedFirst && given.some(({ Key = '' }) => isReservedKey(Key))) throw rules.reservedKey()
    const keys = new Set<string>()
    return given.map((tag) => {
      const { Key = '', Value = '' } = tag
      if (isReservedKey(Key)) throw rules.reservedKey()
      rules.check?.(tag)
      const identity = identityOf(Key)
      if (rules.keyGivenTwice && keys.has(identity)) throw rules.keyGivenTwice(Key)
      keys.add(identity)
      return { Key, Value }
    })
  }

  return {
    check,
    merge(existing, given) {
      const tags = new Map([...existing, ...check(given)].map((tag) => [identityOf(tag.Key), tag]))
      if (tags.size > most) throw rules.tooMany()
      const merged = [...tags.values()]
      return sorted ? merged.sort((a, b) => (a.Key < b.Key ? -1 : 1)) : merged
    },
    remove(existing, keys) {
      const removed = new Set(keys.map(identityOf))
      return existing.filter(({ Key }) => !removed.has(identityOf(Key)))
    },
  }
}

/** Returns whether a key begins with `aws:`, in any case: such tags are AWS's own. */
export const isReservedKey = (key: string): boolean => key.toLowerCase().startsWith('aws:')

/** Tags as a record of values by key. */
export const tagRecord = (tags: readonly GivenTag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))

/** The tags of a record of values by key. */
export const tagsOfRecord = (record: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(record).map(([Key, Value]) => ({ Key, Value }))
