/** What a resource lets pages of other origins do. Origins and headers may hold one `*`. */
export interface OriginRule {
  origins: readonly string[]
  methods: readonly string[]
  /** That a request may have beside those that every page may send. */
  headers: readonly string[]
  /** Of the answer, that the page may read. */
  exposedHeaders: readonly string[]
  /** How long a browser may remember the answer to its question. */
  maxAgeSeconds?: number
}
