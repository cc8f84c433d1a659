/** Well below what the server takes in one request. */
const partCharacters = 400_000

/** Entries in parts that a request can carry each, in order. */
export function* partsOf<T>(entries: readonly T[]): Generator<T[]> {
  let part: T[] = []
  let characters = 0
  for (const entry of entries) {
    const length = JSON.stringify(entry).length
    if (part.length > 0 && characters + length > partCharacters) {
      yield part
      part = []
      characters = 0
    }
    part.push(entry)
    characters += length
  }
  if (part.length > 0) yield part
}
