/** Reads a whole number of at most 15 digits, which a number of JavaScript holds exactly. @returns undefined for other text. */
export const readInteger = (text: string): number | undefined =>
  /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined

/** Reads a decimal number, with an exponent or without. @returns undefined for other text, infinity and NaN among it. */
export const readFraction = (text: string): number | undefined =>
  /^[+-]?\d{1,17}(\.\d{1,25})?(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined
