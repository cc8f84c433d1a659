/** Reads a whole number of at most 15 digits, which a number of JavaScript holds exactly. @returns undefined for other text. */
export const readInteger = (text: string): number | undefined =>
  /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined

/** Numbers that neither JSON nor XML can write as such: Smithy's words for them. Services refuse them where they have no use for them. */
export const numberWords: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** Reads a decimal number, with an exponent or without. @returns undefined for other text, infinity and NaN among it. */
export const readFraction = (text: string): number | undefined =>
  /^[+-]?\d{1,17}(\.\d{1,25})?(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined
