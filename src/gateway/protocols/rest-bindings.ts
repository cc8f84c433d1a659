import { signedHeaderPrefix, type WireRequest } from '../http/wire.ts'
import { decodeBase64 } from './base64.ts'
import { serializationException } from './json-decoder.ts'
import { toBase64 } from './json-encoder.ts'
import { readFraction, readInteger } from './number-text.ts'
import type { Members, Schema } from './schema.ts'
import { readTime, type TimeFormat, writeTime } from './times.ts'

/** Reads a member from the texts that stand for it: one, or several where it is a list. */
type Read = (texts: readonly string[]) => unknown

/** Readers of the members of an input that are not in the body. */
export interface Readers {
  labels: readonly { name: string; label: string; read: Read }[]
  query: readonly { name: string; key: string; read: Read }[]
  /** Names in lower case. */
  headers: readonly { name: string; header: string; read: Read }[]
  /** Members that are all of the query, or all headers of a prefix. */
  maps: readonly { name: string; read: ReadMap }[]
}

/** @returns undefined for an empty map. */
type ReadMap = (
  query: ReadonlyMap<string, readonly string[]>,
  headers: WireRequest['headers'],
) => Record<string, unknown> | undefined

/**
 * Which headers may be members of an input. `signed`: those alone that every signature covers; `any`: S3's conditions and
 * descriptions of contents too, which clients sign or not.
 */
export type HeaderRules = 'signed' | 'any'

/** @throws Error under the rule `signed` for members in headers that need no signature. */
export function compileReaders(input: Schema | undefined, rules: HeaderRules): Readers {
  const readers = { labels: [], query: [], headers: [], maps: [] } as Mutable<Readers>
  const members = membersOf(input)
  for (const [name, member] of members) {
    const { location, locationName = name } = member.traits
    if (location === 'uri') readers.labels.push({ name, label: locationName, read: compileRead(member, 'iso8601') })
    if (location === 'querystring' && member.kind === 'map') {
      readers.maps.push({ name, read: queryMapReader(member, namesInQuery(members)) })
    } else if (location === 'querystring') {
      readers.query.push({ name, key: locationName, read: compileRead(member, 'iso8601') })
    }
    if (location !== 'header' && location !== 'headers') continue
    const header = locationName.toLowerCase()
    if (rules === 'signed' && !header.startsWith(signedHeaderPrefix))
      throw new Error(`nothing signs the header of ${name}`)
    if (location === 'header') readers.headers.push({ name, header, read: compileRead(member, 'rfc822') })
    else readers.maps.push({ name, read: headerMapReader(header) })
  }
  return readers
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] }

const namesInQuery = (members: readonly (readonly [string, Schema])[]): ReadonlySet<string> =>
  new Set(
    members.flatMap(([name, { kind, traits }]) =>
      traits.location === 'querystring' && kind !== 'map' ? [traits.locationName ?? name] : [],
    ),
  )

/** A map of what is in the query beside the members that have parameters of their own. */
function queryMapReader(schema: Schema, others: ReadonlySet<string>): ReadMap {
  const read = compileRead(schema.value, 'iso8601')
  return (query) => {
    const map: Record<string, unknown> = Object.create(null)
    for (const [key, texts] of query) if (!others.has(key)) map[key] = read(texts)
    return Object.keys(map).length > 0 ? map : undefined
  }
}

/** A map of the headers whose names begin alike, by the rest of their names. */
function headerMapReader(prefix: string): ReadMap {
  return (_query, headers) => {
    const map: Record<string, unknown> = Object.create(null)
    for (const [header, value] of Object.entries(headers)) {
      if (value === undefined || !header.startsWith(prefix)) continue
      map[header.slice(prefix.length)] = Array.isArray(value) ? value.join(', ') : value
    }
    return Object.keys(map).length > 0 ? map : undefined
  }
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

/** Compiles what writes the members of an output that are headers. */
export function compileWriters(output: Schema): (members: Members) => Record<string, string> {
  const writers = membersOf(output).flatMap(([name, member]) => {
    const { location, locationName: header = name } = member.traits
    if (location === 'header') return [{ name, write: headerWriter(header, member) }]
    return location === 'headers' ? [{ name, write: headerMapWriter(header) }] : []
  })
  return (members) => {
    const headers: Record<string, string> = {}
    for (const { name, write } of writers) {
      const part = members[name]
      if (part !== undefined && part !== null) write(part, headers)
    }
    return headers
  }
}

type WriteHeader = (value: unknown, headers: Record<string, string>) => void

function headerWriter(header: string, member: Schema): WriteHeader {
  const write = compileWrite(member)
  return (value, headers) => {
    headers[header] = write(value)
  }
}

function headerMapWriter(prefix: string): WriteHeader {
  return (value, headers) => {
    for (const [name, text] of Object.entries(value as Members)) headers[prefix + name] = String(text)
  }
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

/** @param times - the format of times where the model states none. */
function compileRead(schema: Schema, times: TimeFormat): Read {
  if (schema.kind === 'list') {
    const read = scalarReader(schema.value, times)
    // Items in one header stand behind one another; in a query each has a parameter of its own.
    const inHeader = schema.traits.location === 'header'
    return (texts) => (inHeader ? texts.flatMap((text) => itemsOf(text, schema.value)) : texts).map(read)
  }
  const read = scalarReader(schema, times)
  return (texts) => read(texts.length === 1 ? (texts[0] ?? '') : texts.join(','))
}

/** The dates of HTTP have a comma of their own. */
const itemsOf = (text: string, { kind, traits }: Schema): string[] =>
  kind === 'timestamp' && (traits.timestampFormat ?? 'rfc822') === 'rfc822'
    ? (text.match(/[^,]+,[^,]+/g) ?? []).map((item) => item.trim())
    : text.split(',').map((item) => item.trim())

function scalarReader(schema: Schema, times: TimeFormat): (text: string) => unknown {
  const { kind, traits } = schema
  switch (kind) {
    case 'string':
      return traits.jsonvalue
        ? (text) => Buffer.from(decodeBase64(text, serializationException)).toString('utf8')
        : (text) => text
    case 'fraction':
      return (text) => {
        const number = readFraction(text)
        if (number === undefined) throw serializationException('STRING_VALUE cannot be converted to Double')
        return number
      }
    case 'integer':
      return (text) => {
        const number = readInteger(text)
        if (number === undefined) throw serializationException('STRING_VALUE cannot be converted to Integer')
        return number
      }
    case 'boolean':
      return (text) => {
        if (text === 'true' || text === 'false') return text === 'true'
        throw serializationException('STRING_VALUE cannot be converted to Boolean')
      }
    case 'timestamp':
      return (text) => {
        const date = readTime(text, traits.timestampFormat ?? times)
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
  const { kind, traits } = schema
  switch (kind) {
    case 'string':
      return traits.jsonvalue ? (value) => Buffer.from(String(value)).toString('base64') : String
    case 'integer':
    case 'fraction':
    case 'boolean':
      return String
    case 'timestamp':
      return writeTime[traits.timestampFormat ?? 'rfc822']
    case 'blob':
      return (value) => toBase64(value as Uint8Array)
    case 'list': {
      const write = compileWrite(schema.value)
      return (value) => (value as unknown[]).map(write).join(', ')
    }
    default:
      throw new Error(`no protocol writes a ${kind} into a header`)
  }
}
