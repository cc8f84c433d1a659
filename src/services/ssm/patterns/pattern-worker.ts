import vm from 'node:vm'
import { answerQuestions } from '../../../core/answer-questions.ts'
import { compileJavaPattern } from '../../../core/java-pattern.ts'
import type { PatternQuestion, PatternVerdict } from './pattern-matching.ts'

// A thread that matches values with patterns of callers. Runs as a worker's main module.

/** Far more than a pattern which is meant to match takes. */
const matchingMs = 100

/**
 * The limit counts time that passes, also while a busy machine runs other threads. A check whose time was up is repeated unless it
 * had the processor for this long, so that a good value is not refused for the load of the machine.
 */
const matchingProcessorMs = 50
const mostAttempts = 10

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
    // Not a regular expression, or one of the few of Java's that have no equal here.
    return undefined
  }
}

function match(expression: RegExp, value: string): PatternVerdict {
  Object.assign(sandbox, { expression, value })
  try {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const before = process.threadCpuUsage()
      const verdict = matchInTime()
      if (verdict) return verdict
      const { user, system } = process.threadCpuUsage(before)
      if (user + system >= matchingProcessorMs * 1000) break
    }
    return 'mismatch'
  } finally {
    // The value is a secret, and must not outlive its check: RegExp too remembers what matched last.
    Object.assign(sandbox, { expression: undefined, value: undefined })
    ;/(?:)/.test('')
  }
}

/** @returns undefined when the time was up. */
function matchInTime(): PatternVerdict | undefined {
  try {
    return matching.runInContext(sandbox, { timeout: matchingMs }) === true ? 'matches' : 'mismatch'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    // An expression is made ready when it is first used, and may then turn out to be too large.
    if (error instanceof SyntaxError || error instanceof RangeError) return 'invalid'
    throw error
  }
}
