/**
 * A policy document that cannot be accepted. Which error code that makes is the affair of the service it was given to.
 */
export class PolicyError extends Error {
  /** What is wrong and where, more exact than the words AWS answers with: `line 3, column 9: unknown element "Efect"`. */
  readonly detail: string

  /** @param message - AWS's words. */
  constructor(message: string, detail: string) {
    super(message)
    this.name = 'PolicyError'
    this.detail = detail
  }
}

export const syntaxErrors = 'Syntax errors in policy.'
