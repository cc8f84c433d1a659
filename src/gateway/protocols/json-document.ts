import { isUtf8 } from 'node:buffer'
import { deepestNesting, mostValues, tooDeep, tooMuch } from './body-limits.ts'
import { serializationException } from './json-decoder.ts'

// Little enough that JSON.parse is done with it in milliseconds.
/** Those inside of strings count too, escaped: a secret's value may have 65,536 of them. */
const mostQuotes = 100_000
/** Punctuation, numbers and white space. */
const mostOutsideStrings = 1024 * 1024

/**
 * Reads the JSON document of a request's body.
 * @param most - how many values the document may have.
 * @returns undefined for an empty body.
 * @throws ServiceError SerializationException: not JSON, not UTF-8, nested more than 64 deep, or too many values.
 */
export function readJsonBody(body: Buffer, most = mostValues): unknown {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw serializationException()
  const text = body.toString('utf8')
  refuseExcess(text, most)
  try {
    return JSON.parse(text)
  } catch {
    // JSON.parse throws for nothing but syntax.
    throw serializationException()
  }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** Looks over the text once, without building anything. What is not JSON is left for the parser to refuse. */
function refuseExcess(text: string, most: number): void {
  let depth = 0
  let values = 1
  let quotes = 0
  let outside = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      let end = text.indexOf('"', at + 1)
      for (; end >= 0 && isEscaped(text, end); end = text.indexOf('"', end + 1)) quotes++
      if (end < 0) return
      quotes += 2
      at = end
    } else if (code === openBrace || code === openBracket) {
      values++
      if (++depth > deepestNesting) throw tooDeep()
    } else if (code === closeBrace || code === closeBracket) depth--
    else if (code === comma) values++
    if (values > most || quotes > mostQuotes || ++outside > mostOutsideStrings) throw tooMuch(most)
  }
}

/** Returns whether an odd number of backslashes precedes. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === backslash) before--
  return (at - before) % 2 === 0
}
