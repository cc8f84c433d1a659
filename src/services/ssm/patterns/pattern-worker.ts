import vm from 'node:vm'
import { compileJavaPattern } from '../../../core/java-pattern.ts'
import { answerQuestions } from '../../../crypto/answer-questions.ts'
import type { PatternQuestion, PatternVerdict } from './pattern-matching.ts'

// A thread that matches values with patterns of callers. Runs as a worker's main module.

/** Long enough that no pattern which is meant to match runs into it, on a busy machine too. */
const matchingMs = 100

const sandbox: { expression?: RegExp; value?: string } = vm.createContext({})
const matching = new vm.Script('expression.test(value)')

answerQuestions(({ pattern, value }: PatternQuestion): PatternVerdict => {
  const expression = compile(pattern)
  return expression ? match(expression, value) : 'invalid'
})

function compile(pattern: string): RegExp | undefined {
  try {
    return compileJavaPattern(pattern)
  } catch {
    // What is no regular expression, and the few of Java's that have no equal here.
    return undefined
  }
}

function match(expression: RegExp, value: string): PatternVerdict {
  Object.assign(sandbox, { expression, value })
  try {
    return matching.runInContext(sandbox, { timeout: matchingMs }) === true ? 'matches' : 'mismatch'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'mismatch'
    // An expression is made ready when it is first used, and may then turn out to be too large.
    if (error instanceof SyntaxError || error instanceof RangeError) return 'invalid'
    throw error
  } finally {
    // The value is a secret, and must not outlive its check: RegExp too remembers what matched last.
    Object.assign(sandbox, { expression: undefined, value: undefined })
    ;/(?:)/.test('')
  }
}
