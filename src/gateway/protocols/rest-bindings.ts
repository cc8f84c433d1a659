import { signedHeaderPrefix } from '../wire.ts'
import { decodeBase64 } from './base64.ts'
import { serializationException } from './json-decoder.ts'
import type { Schema } from './schema.ts'

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
export function compileReaders(input: Schema | undefined): Readers {
  const labels: Readers['labels'][number][] = []
  const query: Readers['query'][number][] = []
  const headers: Readers['headers'][number][] = []
  for (const [name, member] of membersOf(input)) {
    const { location, locationName = name } = member.traits
    if (location === 'headers' || (location === 'querystring' && member.kind === 'map')) {
      throw new Error(`no protocol knows the binding of ${name}`)
    }
    if (location === 'uri') labels.push({ name, label: locationName, read: compileRead(member) })
    if (location === 'querystring') query.push({ name, key: locationName, read: compileRead(member) })
    if (location !== 'header') continue
    const header = locationName.toLowerCase()
    if (!header.startsWith(signedHeaderPrefix)) throw new Error(`nothing signs the header of ${name}`)
    headers.push({ name, header, read: compileRead(member) })
  }
  return { labels, query, headers }
}

/** True for members that have no place of their own in a message. */
export const isInBody = (member: Schema): boolean => member.traits.location === undefined

/** The member that is the whole body. */
export function payloadOf(structure: Schema | undefined): { name: string; schema: Schema } | undefined {
  const name = structure?.shape.payload
  const schema = name === undefined ? undefined : structure?.members.get(name)
  return name !== undefined && schema ? { name, schema } : undefined
}

/** The member that is the answer's status. */
export const responseCodeOf = (output: Schema): string | undefined =>
  membersOf(output).find(([, member]) => member.traits.location === 'statusCode')?.[0]

/** The members of an output that are headers. */
export function compileWriters(output: Schema) {
  return membersOf(output).flatMap(([name, member]) => {
    const { location, locationName: header = name } = member.traits
    return location === 'header' ? [{ name, header, write: compileWrite(member) }] : []
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

const membersOf = (structure: Schema | undefined) => [...(structure?.members ?? [])]

function compileRead(schema: Schema): Read {
  if (schema.kind === 'list') {
    const read = scalarReader(schema.value)
    return (texts) => texts.map(read)
  }
  const read = scalarReader(schema)
  return (texts) => read(texts.length === 1 ? (texts[0] ?? '') : texts.join(','))
}

function scalarReader(schema: Schema): (text: string) => unknown {
  const { kind } = schema
  switch (kind) {
    case 'string':
      return (text) => text
    case 'integer':
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

function compileWrite(schema: Schema): (value: unknown) => string {
  const { kind } = schema
  switch (kind) {
    case 'string':
    case 'integer':
    case 'fraction':
    case 'boolean':
      return String
    case 'timestamp':
      return (value) => (value as Date).toUTCString()
    default:
      throw new Error(`no protocol writes a ${kind} into a header`)
  }
}
