import { invalidInput } from './errors.ts'

const mostWildcards = 10

/**
 * Compiles the expression with which tables are listed: a regular expression of letters, `.`, `*` after any or no character, `|`, `?`,
 * `+`, and classes. Groups are not taken, so that matching ends soon.
 * @throws ServiceError InvalidInputException.
 */
export function tablePattern(expression: string): (name: string) => boolean {
  if (/[(){}\\^$]/.test(expression) && !/^\^?[^(){}\\^$]*\$?$/.test(expression)) {
    throw invalidInput(
      `The expression '${expression.slice(0, 100)}' has groups or escapes, which are not supported here.`,
    )
  }
  const text = expression.replace(/^\^|\$$/g, '').toLowerCase()
  if ((text.match(/[*+]/g)?.length ?? 0) > mostWildcards) throw invalidInput('The expression has too many wildcards.')
  // A star with nothing before it stands for any text.
  const source = text.replace(/(^|\|)\*/g, '$1.*').replace(/(?<=[a-z0-9_])\*/g, '.*')
  try {
    const pattern = new RegExp(`^(?:${source})$`)
    return (name) => pattern.test(name)
  } catch {
    throw invalidInput(`The expression '${expression.slice(0, 100)}' is not a regular expression.`)
  }
}
