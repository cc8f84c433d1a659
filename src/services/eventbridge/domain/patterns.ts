import { compilePattern, type EventPattern } from '../../../kit/event-patterns/compile-pattern.ts'
import { EventPatternError } from '../../../kit/event-patterns/pattern-text.ts'
import { invalidPattern } from './errors.ts'

/** Compiles a pattern of a request. @throws ServiceError InvalidEventPatternException. */
export function checkPattern(text: string): EventPattern {
  try {
    return compilePattern(text)
  } catch (error) {
    throw error instanceof EventPatternError ? invalidPattern(error.message) : error
  }
}
