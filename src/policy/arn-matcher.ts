import type { ContextReader } from './context-reader.ts'
import { RequestText } from './request-text.ts'
import { compilePattern, type Matcher } from './wildcard.ts'

/** The six parts of an ARN; colons and slashes of the resource stay in the last. */
export type ArnParts = readonly RequestText[]

/** Splits at the first five colons; undefined for text that is not an ARN. */
export function arnOf(text: string): ArnParts | undefined {
  if (!text.startsWith('arn:')) return undefined
  const parts = splitAtColons(text, false)
  return parts.length === 6 ? parts.map((part) => new RequestText(part)) : undefined
}

export type ArnMatcher = (arn: ArnParts, context: ContextReader) => boolean

/**
 * Compiles a pattern of the Resource element. The first five parts are compared one by one, so that no wildcard there
 * reaches over a colon; variables stand only in the last. Parts left out are `*`, as IAM fills them in.
 */
export function compileResourcePattern(pattern: string, variables: boolean): ArnMatcher {
  const parts = splitAtColons(pattern, false)
  return matcherOf(parts.map((part, index) => compilePart(part, variables && index === 5)))
}

/** Compiles a value of the ARN condition operators, where variables may stand in every part. */
export function compileArnCondition(pattern: string, variables: boolean): ArnMatcher {
  const parts = splitAtColons(pattern, variables)
  if (pattern !== '*' && parts.length < 6) return () => false
  return matcherOf(parts.map((part) => compilePart(part, variables)))
}

const compilePart = (part: string, variables: boolean): Matcher | undefined =>
  part === '*' ? undefined : compilePattern(part, { wildcards: true, variables })

function matcherOf(parts: readonly (Matcher | undefined)[]): ArnMatcher {
  return (arn, context) => {
    // From the back: the last part tells patterns apart soonest.
    for (let index = parts.length - 1; index >= 0; index--) {
      const matches = parts[index]
      const part = arn[index]
      if (matches && !(part && matches(part, context))) return false
    }
    return true
  }
}

/** @param keepVariables - colons inside `${…}` do not count. */
function splitAtColons(text: string, keepVariables: boolean): string[] {
  const parts: string[] = []
  const lastClose = keepVariables ? text.lastIndexOf('}') : -1
  let from = 0
  for (let at = 0; at < text.length && parts.length < 5; at++) {
    if (at < lastClose && text.startsWith('${', at)) at = text.indexOf('}', at)
    else if (text[at] === ':') {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}
