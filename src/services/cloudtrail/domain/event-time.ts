const before = '"eventTime":"'
const length = 'YYYY-MM-DDTHH:MM:SSZ'.length

/**
 * Returns the time of an event from its JSON text, without parsing all of it. In a string of a caller's, quotes are escaped, so that
 * the first occurrence is the member; what callers give as objects comes behind it.
 */
export function eventTimeOf(text: string): string {
  const from = text.indexOf(before) + before.length
  return text.slice(from, from + length)
}
