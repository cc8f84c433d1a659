import { Readable } from 'node:stream'
import type { WireRequest, WireResponse } from '../http/wire.ts'
import type { OperationPlace } from './protocol.ts'
import {
  compileReaders,
  compileWriters,
  type HeaderRules,
  isInBody,
  payloadOf,
  type Readers,
  readQuery,
  responseCodeOf,
} from './rest-bindings.ts'
import { type BodyMembers, type Members, type OperationSchema, oncePerOperation, type Schema } from './schema.ts'

/** A REST request taken apart; what its parts mean depends on the operation. */
interface RestDocument {
  labels: OperationPlace['labels']
  query: ReadonlyMap<string, readonly string[]>
  headers: WireRequest['headers']
  /** Parsed; the bytes themselves, or the stream of them, where the payload is bytes or text. Undefined for an empty body. */
  body: unknown
}

/** The format of bodies in a REST protocol. */
export interface BodyFormat<Document> {
  contentType: string
  /** Of bodies that are bytes or text, and of empty ones; absent where the answer's own members say it. */
  rawContentType?: string
  /** @param mostValues - where the operation may have more than others. @returns undefined for an empty body. */
  read(body: Buffer, mostValues?: number): Document | undefined
  /** @param holds - which members of the structure are in the body; absent where the structure is all of it. */
  compileDecoder(schema: Schema | undefined, holds?: BodyMembers): (document: Document) => Members
  /** @param member - of the payload, where the structure is one. */
  compileEncoder(schema: Schema, holds?: BodyMembers, member?: string): (value: unknown) => string
  headers: HeaderRules
}

/** The codec of a REST protocol, of whatever form its bodies are. */
export interface RestCodec {
  parse(request: WireRequest, place: OperationPlace | undefined, mostValues?: number): unknown
  decode(schema: OperationSchema, document: unknown): Members
  encode(schema: OperationSchema, output: unknown): WireResponse
}

export function restCodec<Document>(format: BodyFormat<Document>): RestCodec {
  const codecOf = oncePerOperation((schema) => compileCodec(schema, format))
  return {
    parse(request, place, mostValues) {
      if (!place) throw new Error('a REST request is parsed for the operation that its path names')
      const document: RestDocument = {
        labels: place.labels,
        query: readQuery(request.query),
        headers: request.headers,
        body: codecOf(place.schema).payload?.raw
          ? (request.stream ?? request.body)
          : format.read(request.body, mostValues),
      }
      return document
    },
    decode: (schema, document) => codecOf(schema).decode(document as RestDocument),
    encode: (schema, output) => codecOf(schema).encode(output ?? {}),
  }
}

interface Codec {
  /** Set when one member is the whole body. */
  payload?: Payload
  decode(document: RestDocument): Members
  encode(output: unknown): WireResponse
}

interface Payload {
  name: string
  schema: Schema
  /** Bytes or text, which no format is over. */
  raw?: 'blob' | 'string'
}

function payloadIn(structure: Schema | undefined): Payload | undefined {
  const found = payloadOf(structure)
  if (!found) return undefined
  const { kind } = found.schema
  return { ...found, raw: kind === 'blob' || kind === 'string' ? kind : undefined }
}

function compileCodec<Document>(schema: OperationSchema, format: BodyFormat<Document>): Codec {
  const { input } = schema
  const payload = payloadIn(input)
  const readers = compileReaders(input, format.headers)
  const decodeBody = payload?.raw
    ? undefined
    : format.compileDecoder(payload?.schema ?? input, payload ? undefined : isInBody)
  return {
    payload,
    decode: (document) => ({ ...fromBody(document.body, payload, decodeBody), ...fromRest(document, readers) }),
    encode: lazily(() => compileAnswer(schema, format)),
  }
}

function fromBody<Document>(
  body: unknown,
  payload: Payload | undefined,
  decode: ((document: Document) => Members) | undefined,
): Members {
  if (payload?.raw) {
    if (!Buffer.isBuffer(body)) return { [payload.name]: body }
    return body.length === 0 ? {} : { [payload.name]: payload.raw === 'blob' ? body : body.toString('utf8') }
  }
  if (body === undefined || (payload && body === null)) return {}
  const members = decode?.(body as Document) ?? {}
  return payload ? { [payload.name]: members } : members
}

function fromRest({ labels, query, headers }: RestDocument, readers: Readers): Members {
  const members: Members = {}
  for (const { name, label, read } of readers.labels) members[name] = read([labels[label] ?? ''])
  for (const { name, key, read } of readers.query) {
    const given = query.get(key)
    if (given) members[name] = read(given)
  }
  for (const { name, header, read } of readers.headers) {
    const given = headers[header]
    if (given !== undefined) members[name] = read(Array.isArray(given) ? given : [given])
  }
  for (const { name, read } of readers.maps) {
    const map = read(query, headers)
    if (map) members[name] = map
  }
  return members
}

/** Compiled on first use: an operation that is not built may answer with what no protocol here writes (event streams). */
function lazily<A, B>(compile: () => (value: A) => B): (value: A) => B {
  let compiled: ((value: A) => B) | undefined
  return (value) => {
    compiled ??= compile()
    return compiled(value)
  }
}

function compileAnswer<Document>({ status, output }: OperationSchema, format: BodyFormat<Document>): Codec['encode'] {
  if (!output) return () => ({ status, headers: {}, body: '' })
  const payload = payloadIn(output)
  const statusMember = responseCodeOf(output)
  const writeHeaders = compileWriters(output)
  const encodeBody = payload?.raw
    ? undefined
    : format.compileEncoder(payload?.schema ?? output, payload ? undefined : isInBody, payload?.name)
  return (value) => {
    const members = value as Members
    const headers = writeHeaders(members)
    const given = statusMember === undefined ? undefined : members[statusMember]
    const answer = { status: typeof given === 'number' ? given : status, headers }
    if (answer.status === 204) return { ...answer, body: '' }
    const part = payload ? members[payload.name] : members
    const body = payload?.raw ? rawBody(part) : part === undefined || part === null ? '' : (encodeBody?.(part) ?? '')
    const type = payload?.raw || body === '' ? format.rawContentType : format.contentType
    if (type !== undefined) headers['Content-Type'] ??= type
    return { ...answer, body }
  }
}

function rawBody(part: unknown): WireResponse['body'] {
  if (typeof part === 'string' || part instanceof Readable) return part
  if (!part) return ''
  const { buffer, byteOffset, byteLength } = part as Uint8Array
  return Buffer.from(buffer, byteOffset, byteLength)
}
