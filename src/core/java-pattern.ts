/**
 * Compiles a Java regular expression that the whole value must match, as service models have them, to one of our own. Both
 * languages read most of it alike; translated is what they read differently: `\s` (ASCII in Java), `.` (stops at U+0085 too),
 * a leading `(?s)` or `(?i)`, escapes of characters that need none, and a hyphen behind a class (`[\w-/]`), which is itself.
 * @throws Error for what has no translation: nested character classes, possessive quantifiers, `\Z` and the like.
 */
export const compileJavaPattern = (pattern: string): RegExp =>
  pattern.startsWith(ignoringCase)
    ? new RegExp(`^(?:${translate(pattern.slice(ignoringCase.length))})$`, 'iu')
    : new RegExp(`^(?:${translate(pattern)})$`, 'u')

const dotAll = '(?s)'
// Of ASCII letters in Java, of those of every script here; the models use it for ASCII alone.
const ignoringCase = '(?i)'
const whiteSpace = ' \\t\\n\\x0B\\f\\r'
const lineTerminators = '\\n\\r\\u0085\\u2028\\u2029'

function translate(pattern: string): string {
  const everyCharacter = pattern.startsWith(dotAll)
  const any = everyCharacter ? '[\\s\\S]' : `[^${lineTerminators}]`
  let inClass = false
  let previous = ''
  let translated = ''
  // A token is an escape with its character, or one character.
  for (const token of (everyCharacter ? pattern.slice(dotAll.length) : pattern).match(/\\?[\s\S]/gu) ?? []) {
    if (inClass && token === '[') throw new Error(`no translation of the pattern ${pattern}`)
    if (token === '[') inClass = true
    if (token === ']') inClass = false
    if (token === '.' && !inClass) translated += any
    else if (token === '-' && inClass && shorthand.test(previous)) translated += '\\-'
    else translated += token.startsWith('\\') ? translateEscape(token, inClass) : token
    previous = token
  }
  if (untranslatable.test(translated)) throw new Error(`no translation of the pattern ${pattern}`)
  return translated
}

const shorthand = /^\\[wWdDsS]$/

// Intersections of classes; and names that mean ASCII letters in Java, and those of every script here.
const untranslatable = /&&|\\p\{(Alpha|Lower|Upper)\}/i

function translateEscape(token: string, inClass: boolean): string {
  if (token === '\\s') return inClass ? whiteSpace : `[${whiteSpace}]`
  if (token === '\\S' && !inClass) return `[^${whiteSpace}]`
  const character = token.slice(1)
  // Letters and digits mean something escaped, or are refused by the compiler; so are characters that must be escaped.
  const keeps = /[\p{L}\p{N}^$\\.*+?()[\]{}|/]/u.test(character) || (character === '-' && inClass)
  return keeps ? token : character
}
