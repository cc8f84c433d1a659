/**
 * Merges what several services bring, by name.
 * @param what - they are, for the message.
 * @throws Error when two bring something of the same name.
 */
export function merged<T>(what: string, parts: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  const all: Record<string, T> = {}
  for (const [name, part] of parts.flatMap((part) => Object.entries(part))) {
    if (Object.hasOwn(all, name)) throw new Error(`two services bring the ${what} "${name}"`)
    all[name] = part
  }
  return all
}
