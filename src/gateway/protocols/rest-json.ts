import type { NormalizedSchema } from '@smithy/core/schema'
import type { ServiceDefinition } from '../../core/service-definition.ts'
import type { ServiceError } from '../../core/service-error.ts'
import type { WireRequest, WireResponse } from '../wire.ts'
import { restError } from './error-answers.ts'
import { compileJsonDecoder } from './json-decoder.ts'
import { readJsonBody } from './json-document.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { OperationPlace, OperationSchema, Protocol } from './protocol.ts'
import {
  compileReaders,
  compileWriters,
  isInBody,
  payloadOf,
  type Readers,
  readQuery,
  responseCodeOf,
} from './rest-bindings.ts'
import { errorSchema, httpTraits, inputOf, kindOf, type Members, oncePerOperation, outputOf } from './schema.ts'

/** A REST request taken apart; what its parts mean depends on the operation. */
interface RestDocument {
  labels: OperationPlace['labels']
  query: ReadonlyMap<string, readonly string[]>
  headers: WireRequest['headers']
  /** Parsed JSON; the bytes themselves where the operation's payload is bytes. Undefined when there is no body. */
  body: unknown
}

/**
 * REST with JSON bodies: the operation stands in method and path, members in the path, the query, headers and the body.
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export const restJson1: Protocol = {
  name: 'restJson1',
  family: 'rest-json',
  parse(request, place) {
    if (!place) throw new Error('a REST request is parsed for the operation that its path names')
    const document: RestDocument = {
      labels: place.labels,
      query: readQuery(request.query),
      headers: request.headers,
      body: codecOf(place.schema).payload?.bytes ? request.body : readJsonBody(request.body),
    }
    return document
  },
  decode: (schema, document) => codecOf(schema).decode(document as RestDocument),
  encode(_service, schema, output, requestId) {
    const answer = codecOf(schema).encode(output ?? {})
    return { ...answer, headers: { ...answer.headers, 'x-amzn-RequestId': requestId } }
  },
  encodeError: (service, error, requestId, schemas) => restError(error, requestId, errorBody(service, error, schemas)),
}

interface Codec {
  /** Set when one member is the whole body. */
  payload?: { name: string; bytes: boolean }
  decode(document: RestDocument): Members
  encode(output: unknown): WireResponse
}

const codecOf = oncePerOperation((schema): Codec => {
  const input = inputOf(schema)
  const found = payloadOf(input)
  const payload = found && { name: found.name, bytes: kindOf(found.schema) === 'blob' }
  const readers = compileReaders(input)
  const decodeBody = payload?.bytes
    ? undefined
    : compileJsonDecoder(found?.schema ?? input, found ? undefined : isInBody)
  return {
    payload,
    decode: (document) => ({ ...fromBody(document, payload, decodeBody), ...fromRest(document, readers) }),
    encode: lazily(() => compileAnswer(schema, outputOf(schema))),
  }
})

function fromBody(
  { body }: RestDocument,
  payload: Codec['payload'],
  decode: ((document: unknown) => Members) | undefined,
): Members {
  if (!payload) return decode?.(body ?? {}) ?? {}
  if (payload.bytes) return (body as Buffer).length > 0 ? { [payload.name]: body } : {}
  return body === undefined || body === null ? {} : { [payload.name]: decode?.(body) }
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

function compileAnswer(schema: OperationSchema, output: NormalizedSchema | undefined): Codec['encode'] {
  const { status } = httpTraits(schema)
  if (!output) return () => ({ status, headers: {}, body: '' })
  const payload = payloadOf(output)
  const statusMember = responseCodeOf(output)
  const writers = compileWriters(output)
  const bytes = payload !== undefined && kindOf(payload.schema) === 'blob'
  const encodeBody = bytes ? undefined : compileJsonEncoder(payload?.schema ?? output, payload ? undefined : isInBody)
  return (value) => {
    const members = value as Members
    const headers: Record<string, string> = {}
    for (const { name, header, write } of writers) {
      const part = members[name]
      if (part !== undefined && part !== null) headers[header] = write(part)
    }
    const given = statusMember === undefined ? undefined : members[statusMember]
    const answer = { status: typeof given === 'number' ? given : status, headers }
    if (answer.status === 204) return { ...answer, body: '' }
    headers['Content-Type'] = 'application/json'
    const part = payload && members[payload.name]
    if (bytes) return { ...answer, body: part ? asBuffer(part as Uint8Array) : '' }
    if (payload) return { ...answer, body: part === undefined ? '' : JSON.stringify(encodeBody?.(part)) }
    return { ...answer, body: JSON.stringify(encodeBody?.(members)) }
  }
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

/** The members of an error as its shape names them; those that shapes bind to headers are written there. */
function errorBody(
  service: ServiceDefinition,
  error: ServiceError,
  schemas: Record<string, unknown> | undefined,
): { members: Members; headers: Record<string, string> } {
  const shape = errorSchema(error.code, schemas)
  const message = error.message === '' ? {} : { [messageMember(service, error.code, shape)]: error.message }
  if (!shape) return { members: { ...message, ...error.members }, headers: {} }
  const headers: Record<string, string> = {}
  const members: Members = shape[4].includes('Type') ? { Type: error.status >= 500 ? 'Service' : 'User' } : {}
  for (const [name, value] of Object.entries(error.members)) {
    const header = headerOfMember(shape, name)
    if (header) headers[header] = String(value)
    else members[name] = value
  }
  return { members: { ...members, ...message }, headers }
}

function headerOfMember(shape: NonNullable<ReturnType<typeof errorSchema>>, name: string): string | undefined {
  const member = shape[5]?.[shape[4].indexOf(name)]
  const traits = Array.isArray(member) ? member[1] : undefined
  return (traits as { httpHeader?: string } | undefined)?.httpHeader
}

function messageMember(service: ServiceDefinition, code: string, shape: ReturnType<typeof errorSchema>): string {
  if (shape) return shape[4].find((member) => member.toLowerCase() === 'message') ?? service.messageMember
  // The front end spells this one its own way.
  return code === 'AccessDeniedException' ? 'Message' : 'message'
}
