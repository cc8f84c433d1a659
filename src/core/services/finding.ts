/** The result of a check of the machine: one line of `strongroom doctor`. */
export interface Finding {
  /** `problem` stands in the server's way. */
  verdict: 'ok' | 'note' | 'problem'
  what: string
  /** What it means, or what to do. */
  words: string
}

/** The facts about the machine that a check gets. */
export interface CheckedMachine {
  /** Where the server keeps its data, whether or not it is there yet. */
  dataDirectory: string
}
