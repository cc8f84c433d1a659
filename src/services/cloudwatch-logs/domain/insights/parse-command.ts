import type { Evaluate, QueryReader } from './query-reader.ts'
import type { QueryRecord } from './query-record.ts'
import { toText } from './values.ts'

/** Reads `parse field "glob *" as a, b` or `parse field /(?<name>…)/`. @throws ServiceError MalformedQueryException. */
export function readParse(reader: QueryReader): (record: QueryRecord) => QueryRecord {
  let source: Evaluate = (record) => record.get('@message')
  const before = reader.at
  const named = reader.name()
  if (named !== undefined) source = (record) => record.get(named)
  else reader.at = before
  const expression = reader.expression()
  if (expression) return parsedBy(source, expression)
  const glob = reader.string()
  if (glob === undefined) throw reader.unexpected()
  const parts = glob.split('*')
  const names: string[] = []
  if (!reader.takeWord('as')) throw reader.unexpected()
  do {
    const name = reader.name()
    if (name === undefined) throw reader.unexpected()
    names.push(name)
  } while (reader.take(','))
  if (names.length !== parts.length - 1) throw reader.malformed('parse needs a name for each *')
  return (record) => {
    const values = matchGlob(parts, toText(source(record)) ?? '')
    return values ? record.with(names.map((name, n) => [name, values[n]])) : record
  }
}

const parsedBy = (source: Evaluate, expression: RegExp) => (record: QueryRecord) => {
  const groups = expression.exec(toText(source(record)) ?? '')?.groups
  return groups ? record.with(Object.entries(groups)) : record
}

/**
 * Returns what stands for each `*` of a glob that a text has somewhere: as little as possible, but for one at the end.
 * @param parts - between the stars.
 */
export function matchGlob(parts: readonly string[], text: string): string[] | undefined {
  const [first = '', ...rest] = parts
  const begin = text.indexOf(first)
  if (begin < 0) return undefined
  const values: string[] = []
  let at = begin + first.length
  for (const [n, part] of rest.entries()) {
    const isEnd = part === '' && n === rest.length - 1
    const end = isEnd ? text.length : text.indexOf(part, at)
    if (end < 0) return undefined
    values.push(text.slice(at, end))
    at = end + part.length
  }
  return values
}
