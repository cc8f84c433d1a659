import type { FilterPattern } from './compiled-pattern.ts'
import { jsonPattern } from './json-pattern.ts'
import { invalidPattern } from './pattern-reader.ts'
import { spaceDelimitedPattern } from './space-delimited.ts'
import { termsPattern } from './terms.ts'

const mostExpressions = 2

/**
 * Compiles a filter pattern: terms, JSON (`{ … }`) or space-delimited (`[ … ]`).
 * @throws ServiceError InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileFilterPattern(text: string): FilterPattern {
  const first = text.trimStart().charAt(0)
  const compile = first === '{' ? jsonPattern : first === '[' ? spaceDelimitedPattern : termsPattern
  const pattern = compile(text)
  if (pattern.expressions > mostExpressions) throw invalidPattern('it has more than two regular expressions.')
  return pattern
}

/** A test of messages as they are stored. What cannot match is found out without decoding it. */
export function messageTest(pattern: FilterPattern): (message: Buffer) => boolean {
  const literals = pattern.literals?.map((text) => Buffer.from(text))
  const mayMatch = (message: Buffer) =>
    !literals || literals.some((literal) => message.includes(literal)) || message.includes('\\u')
  return (message) => mayMatch(message) && pattern.matches(message.toString())
}
