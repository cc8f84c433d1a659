import type { ContextReader } from './context-reader.ts'
import { compilePattern, type Matcher } from './wildcard.ts'

/** The six parts of an ARN; colons and slashes of the resource stay in the last. */
export type ArnParts = readonly [string, string, string, string, string, string]

/** Splits at the first five colons; undefined for what is no ARN. */
export function splitArn(text: string): ArnParts | undefined {
  if (!text.startsWith('arn:')) return undefined
  const parts = splitAtColons(text, false)
  return isArnParts(parts) ? parts : undefined
}

const isArnParts = (parts: readonly string[]): parts is ArnParts => parts.length === 6

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
      if (matches && !matches(arn[index] ?? '', context)) return false
    }
    return true
  }
}

/** @param keepVariables - colons inside `${…}` do not count. */
function splitAtColons(text: string, keepVariables: boolean): string[] {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length && parts.length < 5; at++) {
    if (keepVariables && text.startsWith('${', at)) at = Math.max(at, text.indexOf('}', at))
    else if (text[at] === ':') {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}
