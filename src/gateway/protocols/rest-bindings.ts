import type { NormalizedSchema } from '@smithy/core/schema'
import { signedHeaderPrefix } from '../wire.ts'
import { decodeBase64 } from './base64.ts'
import { serializationException } from './json-decoder.ts'
import { kindOf } from './schema.ts'

/** Reads a member from the texts that stand for it: one, or several where it is a list. */
type Read = (texts: readonly string[]) => unknown

/** Where the members of an input stand that are not in the body. */
export interface Readers {
  labels: readonly { name: string; label: string; read: Read }[]
  query: readonly { name: string; key: string; read: Read }[]
  /** Names in lower case. */
  headers: readonly { name: string; header: string; read: Read }[]
}

/** @throws Error for bindings that no service here has: maps in queries, prefixed headers, headers that need no signature. */
export function compileReaders(input: NormalizedSchema): Readers {
  const labels: Readers['labels'][number][] = []
  const query: Readers['query'][number][] = []
  const headers: Readers['headers'][number][] = []
  for (const [name, member] of membersOf(input)) {
    const { httpLabel, httpQuery, httpHeader, httpQueryParams, httpPrefixHeaders } = member.getMergedTraits()
    if (httpQueryParams || httpPrefixHeaders) throw new Error(`no protocol knows the binding of ${name}`)
    if (httpLabel) labels.push({ name, label: name, read: compileRead(member) })
    if (httpQuery) query.push({ name, key: httpQuery, read: compileRead(member) })
    if (!httpHeader) continue
    const header = httpHeader.toLowerCase()
    if (!header.startsWith(signedHeaderPrefix)) throw new Error(`nothing signs the header of ${name}`)
    headers.push({ name, header, read: compileRead(member) })
  }
  return { labels, query, headers }
}

/** True for members that have no place of their own in a message. */
export function isInBody(member: NormalizedSchema): boolean {
  const { httpLabel, httpQuery, httpHeader, httpResponseCode } = member.getMergedTraits()
  return !(httpLabel || httpQuery || httpHeader || httpResponseCode)
}

/** The member that is the whole body. */
export function payloadOf(structure: NormalizedSchema): { name: string; schema: NormalizedSchema } | undefined {
  const found = membersOf(structure).find(([, member]) => member.getMergedTraits().httpPayload)
  return found && { name: found[0], schema: found[1] }
}

/** The member that is the answer's status. */
export const responseCodeOf = (output: NormalizedSchema): string | undefined =>
  membersOf(output).find(([, member]) => member.getMergedTraits().httpResponseCode)?.[0]

/** The members of an output that are headers. */
export function compileWriters(output: NormalizedSchema) {
  return membersOf(output).flatMap(([name, member]) => {
    const { httpHeader: header } = member.getMergedTraits()
    return header ? [{ name, header, write: compileWrite(member) }] : []
  })
}

/**
 * The parameters of a query string by name, in order; `+` is a space, as in forms.
 * @throws ServiceError SerializationException for a bad escape.
 */
export function readQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, string[]>()
  for (const piece of query.split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    const name = decoded(equals < 0 ? piece : piece.slice(0, equals))
    const value = equals < 0 ? '' : decoded(piece.slice(equals + 1))
    const known = parameters.get(name)
    if (known) known.push(value)
    else parameters.set(name, [value])
  }
  return parameters
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // decodeURIComponent throws for nothing but bad escapes.
    throw serializationException()
  }
}

const membersOf = (structure: NormalizedSchema) => (structure.isUnitSchema() ? [] : [...structure.structIterator()])

function compileRead(schema: NormalizedSchema): Read {
  const kind = kindOf(schema)
  if (kind === 'list') {
    const read = scalarReader(schema.getValueSchema())
    return (texts) => texts.map(read)
  }
  const read = scalarReader(schema)
  return (texts) => read(texts.length === 1 ? (texts[0] ?? '') : texts.join(','))
}

function scalarReader(schema: NormalizedSchema): (text: string) => unknown {
  const kind = kindOf(schema)
  switch (kind) {
    case 'string':
      return (text) => text
    case 'number':
      return (text) => {
        if (!/^[+-]?\d{1,15}$/.test(text)) throw serializationException('STRING_VALUE cannot be converted to Integer')
        return Number(text)
      }
    case 'boolean':
      return (text) => {
        if (text === 'true' || text === 'false') return text === 'true'
        throw serializationException('STRING_VALUE cannot be converted to Boolean')
      }
    case 'timestamp':
      return (text) => {
        const date = new Date(text)
        if (Number.isNaN(date.getTime())) throw serializationException('STRING_VALUE cannot be converted to Timestamp')
        return date
      }
    case 'blob':
      return (text) => decodeBase64(text, serializationException)
    default:
      throw new Error(`no protocol reads a ${kind} from a path, a query or a header`)
  }
}

function compileWrite(schema: NormalizedSchema): (value: unknown) => string {
  const kind = kindOf(schema)
  switch (kind) {
    case 'string':
    case 'number':
    case 'boolean':
      return String
    case 'timestamp':
      return (value) => (value as Date).toUTCString()
    default:
      throw new Error(`no protocol writes a ${kind} into a header`)
  }
}
