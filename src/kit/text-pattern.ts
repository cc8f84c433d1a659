/** A part of a pattern: characters of one kind, so often. */
export interface PatternPart {
  fits(character: string): boolean
  times: 'once' | 'maybe' | 'some' | 'any'
}

/**
 * Compiles a pattern of parts in a row, for patterns that callers give: matching costs the length of the text times the number of
 * parts, whatever they are, which a regular expression with several wildcards does not.
 */
export function textPattern(parts: readonly PatternPart[]): (text: string) => boolean {
  const isSkipped = ({ times }: PatternPart) => times === 'maybe' || times === 'any'
  const isRepeated = ({ times }: PatternPart) => times === 'some' || times === 'any'
  /** Adds a place in the pattern, and those behind parts that may be absent. */
  const reach = (places: Set<number>, from: number) => {
    for (let at = from; !places.has(at); at++) {
      places.add(at)
      const part = parts[at]
      if (!part || !isSkipped(part)) return
    }
  }
  return (text) => {
    let places = new Set<number>()
    reach(places, 0)
    for (const character of text) {
      const next = new Set<number>()
      for (const at of places) {
        const part = parts[at]
        if (!part?.fits(character)) continue
        if (isRepeated(part)) next.add(at)
        reach(next, at + 1)
      }
      if (next.size === 0) return false
      places = next
    }
    return places.has(parts.length)
  }
}

const anyCharacter = () => true

/** The part for any text, also for none. */
export const anyText: PatternPart = { fits: anyCharacter, times: 'any' }
/** The part for one character, whichever it is. */
export const oneCharacter: PatternPart = { fits: anyCharacter, times: 'once' }

export const literalParts = (text: string): PatternPart[] =>
  [...text].map((character) => ({ fits: (other) => other === character, times: 'once' }))
