/** Bounds of one generation; two are held. */
const maxDocuments = 10_000
const maxCharacters = 32 * 1024 * 1024

interface Entry {
  document: unknown
  /** Length of its JSON. */
  characters: number
}

/**
 * Committed documents, decoded and frozen, and the knowledge that a document does not exist. Exact for one process that is
 * the only writer: what a transaction changes is forgotten when it ends, and until then stays as it was committed.
 *
 * Two generations stand in for a list by last use: a hit in the old one moves the document to the young one, and when the
 * young one is full the old one is dropped.
 */
export class DocumentCache {
  #young = new Map<string, Entry>()
  #old = new Map<string, Entry>()
  #youngCharacters = 0
  #epoch = 0
  readonly #changed = new Set<string>()

  /** @returns undefined when nothing is known; `{ document: undefined }` when the document is known not to exist. */
  get(key: string): { document: unknown } | undefined {
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) this.#keep(key, old)
    return old
  }

  /** Changes whenever documents change: what was read before may be outdated. */
  get epoch(): number {
    return this.#epoch
  }

  /** Keeps what was read at an epoch, unless documents have changed since. @param characters - length of its JSON. */
  fill(key: string, document: unknown, characters: number, epoch: number): void {
    if (epoch === this.#epoch && !this.#changed.has(key)) this.#keep(key, { document, characters })
  }

  /** The open transaction has written this document: inside it, only the database knows it. */
  change(key: string): void {
    this.#changed.add(key)
  }

  isChanged(key: string): boolean {
    return this.#changed.has(key)
  }

  /** The open transaction has ended, either way. */
  forgetChanged(): void {
    if (this.#changed.size === 0) return
    for (const key of this.#changed) {
      this.#young.delete(key)
      this.#old.delete(key)
    }
    this.#changed.clear()
    this.#epoch++
  }

  #keep(key: string, entry: Entry): void {
    if (this.#young.size >= maxDocuments || this.#youngCharacters > maxCharacters) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#young.set(key, entry)
    this.#youngCharacters += entry.characters
  }
}
