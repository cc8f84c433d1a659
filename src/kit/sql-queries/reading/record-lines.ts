/** The form of a document is not what its table says. */
export class MalformedDocumentError extends Error {}

const quote = 0x22
const backslash = 0x5c
const space = 0x20

/**
 * Puts the records of a CloudTrail file, `{"Records":[{…},{…}]}`, on lines of their own, in place and without parsing them.
 * @returns the part of the buffer that holds the lines.
 * @throws MalformedDocumentError - it has no list of records.
 */
export function recordLines(document: Buffer): Buffer {
  const at = recordsAt(document)
  let end = 0
  for (let index = skipSpace(document, at + 1); document[index] !== 0x5d; index = skipSpace(document, index)) {
    if (document[index] === 0x2c) {
      index++
      continue
    }
    if (document[index] !== 0x7b) throw new MalformedDocumentError('a record is not an object')
    const recordEnd = skipValue(document, index)
    document.copyWithin(end, index, recordEnd)
    end += recordEnd - index
    document[end++] = 0x0a
    index = recordEnd
  }
  return document.subarray(0, end)
}

/** Where the list of records begins. */
function recordsAt(document: Buffer): number {
  let index = skipSpace(document, 0)
  if (document[index] !== 0x7b) throw new MalformedDocumentError('the document is not a JSON object')
  index = skipSpace(document, index + 1)
  while (document[index] === quote) {
    const nameEnd = skipString(document, index)
    const isRecords = document.toString('latin1', index + 1, nameEnd - 1).toLowerCase() === 'records'
    const colon = skipSpace(document, nameEnd)
    if (document[colon] !== 0x3a) break
    const value = skipSpace(document, colon + 1)
    if (isRecords && document[value] === 0x5b) return value
    index = skipSpace(document, skipValue(document, value))
    if (document[index] === 0x2c) index = skipSpace(document, index + 1)
  }
  throw new MalformedDocumentError('the document has no list of Records')
}

/** @returns the first place that is not white space. */
export function skipSpace(bytes: Buffer, from: number): number {
  let index = from
  for (
    let byte = bytes[index];
    byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09;
    byte = bytes[index]
  ) {
    index++
  }
  return index
}

/** @param from - of the quotation mark. @returns the place behind the string. @throws MalformedDocumentError - it does not end. */
export function skipString(bytes: Buffer, from: number): number {
  let index = from
  for (;;) {
    index = bytes.indexOf(quote, index + 1)
    if (index < 0) throw new MalformedDocumentError('a string does not end')
    let escapes = 0
    while (bytes[index - 1 - escapes] === backslash) escapes++
    if (escapes % 2 === 0) return index + 1
  }
}

/**
 * Skips a value, and makes spaces of the line breaks in it: there are none inside of strings.
 * @returns the place behind the value.
 */
export function skipValue(bytes: Buffer, from: number): number {
  let depth = 0
  for (let index = from; index < bytes.length; ) {
    const byte = bytes[index]
    if (byte === quote) index = skipString(bytes, index)
    else {
      if (byte === 0x7b || byte === 0x5b) depth++
      else if (byte === 0x7d || byte === 0x5d) {
        // The end of what the value stands in.
        if (depth === 0) return index
        depth--
      } else if (byte === 0x0a || byte === 0x0d) bytes[index] = space
      else if (byte === 0x2c && depth === 0) return index
      index++
      if (depth > 0 || !(byte === 0x7d || byte === 0x5d)) continue
      return index
    }
    if (depth === 0) return index
  }
  throw new MalformedDocumentError('the document is not complete')
}
