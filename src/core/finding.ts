/** What a check of the machine found: one line of `strongroom doctor`. */
export interface Finding {
  /** `problem` stands in the server's way. */
  verdict: 'ok' | 'note' | 'problem'
  what: string
  /** What it means, or what to do. */
  words: string
}

/** What a check may look at. */
export interface CheckedMachine {
  /** Where the server keeps its data, whether or not it is there yet. */
  dataDirectory: string
}
