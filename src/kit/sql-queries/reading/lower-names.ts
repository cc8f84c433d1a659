import type { HiveType } from '../hive-types.ts'
import type { SourceColumn } from '../sources.ts'
import { MalformedDocumentError, skipSpace, skipString, skipValue } from './record-lines.ts'

/**
 * Makes the names in lines of JSON lower-case, in place, wherever the table has typed them: DuckDB compares names as they are
 * written, Hive does not. What is inside of texts, maps and columns of the type string stays as it is.
 */
export function lowerNames(lines: Buffer, columns: readonly SourceColumn[]): void {
  const fields = { kind: 'struct', fields: columns } as const
  for (let at = 0; at < lines.length; ) {
    const end = lineEnd(lines, at)
    try {
      const begin = skipSpace(lines, at)
      if (begin < end && lines[begin] === 0x7b) lowerObject(lines.subarray(begin, end), fields)
    } catch (failure) {
      // DuckDB says of a malformed line what is wrong with it.
      if (!(failure instanceof MalformedDocumentError)) throw failure
    }
    at = end + 1
  }
}

function lineEnd(lines: Buffer, from: number): number {
  const end = lines.indexOf(0x0a, from)
  return end < 0 ? lines.length : end
}

type Struct = Extract<HiveType, { kind: 'struct' }>

function lowerObject(line: Buffer, struct: Struct): void {
  lowerAt(line, 0, struct)
}

/** @returns the place behind the value. */
function lowerAt(line: Buffer, from: number, type: HiveType | undefined): number {
  if (type?.kind === 'struct' && line[from] === 0x7b) return lowerFields(line, from, type)
  if (type?.kind === 'array' && line[from] === 0x5b) {
    let index = skipSpace(line, from + 1)
    while (index < line.length && line[index] !== 0x5d) {
      index = skipSpace(line, lowerAt(line, index, type.element))
      if (line[index] === 0x2c) index = skipSpace(line, index + 1)
      else if (line[index] !== 0x5d) throw new MalformedDocumentError('a list is not complete')
    }
    return index + 1
  }
  return skipValue(line, from)
}

function lowerFields(line: Buffer, from: number, { fields }: Struct): number {
  let index = skipSpace(line, from + 1)
  while (line[index] === 0x22) {
    const end = skipString(line, index)
    for (let at = index + 1; at < end - 1; at++) {
      const byte = line[at] ?? 0
      if (byte >= 0x41 && byte <= 0x5a) line[at] = byte | 0x20
    }
    const name = line.toString('utf8', index + 1, end - 1)
    const colon = skipSpace(line, end)
    const type = fields.find((field) => field.name === name)?.type
    index = skipSpace(line, lowerAt(line, skipSpace(line, colon + 1), type))
    if (line[index] === 0x2c) index = skipSpace(line, index + 1)
  }
  return index + 1
}
