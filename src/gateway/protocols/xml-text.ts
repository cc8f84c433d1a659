/**
 * Text as the content of an XML element or attribute. What XML 1.0 cannot carry even as a reference (most control characters,
 * lone surrogates, U+FFFE, U+FFFF) becomes U+FFFD, so that one odd character does not make an answer unreadable.
 */
export function escapeXml(text: string): string {
  return special.test(text) ? text.toWellFormed().replace(everySpecial, replacement) : text
}

// A bare carriage return would reach the reader as a line feed.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const special = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/
const everySpecial = new RegExp(special, 'g')

const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' }

function replacement(character: string): string {
  const name = names[character]
  if (name) return name
  return isSurrogate(character) ? character : '\ufffd'
}

/** Half of a pair: the pairs of well-formed text are fine as they are. */
const isSurrogate = (character: string) => character >= '\ud800' && character <= '\udfff'
