import type { ServiceDefinition } from '../../core/service-definition.ts'
import { ServiceError } from '../../core/service-error.ts'
import type { WireRequest, WireResponse } from '../wire.ts'
import { messageMemberOf, restError } from './error-answers.ts'
import { operationAtPath, readByPath } from './find-operation.ts'
import { methodNotAllowed } from './framework-errors.ts'
import { compileJsonDecoder } from './json-decoder.ts'
import { readJsonBody } from './json-document.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { BindingOf, OperationPlace, Protocol, ProtocolErrors } from './protocol.ts'
import { methodAndPath } from './request-text.ts'
import {
  compileReaders,
  compileWriters,
  isInBody,
  payloadOf,
  type Readers,
  readQuery,
  responseCodeOf,
} from './rest-bindings.ts'
import { type Members, type OperationSchema, oncePerOperation, type Schema, type ServiceSchema } from './schema.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    restJson1: {
      /** Paths by which a request is known as the service's when it is not signed. */
      paths: RegExp
    }
  }
}

const errors: ProtocolErrors = {
  unknownOperation: () => new ServiceError('UnknownOperationException', 404),
  unknownService: (message) => new ServiceError('UnknownOperationException', 404, message),
  wrongMethod: (method) => methodNotAllowed('MethodNotAllowedException', method),
  denied: (message) => new ServiceError('AccessDeniedException', 403, message),
  unavailableCode: 'ServiceUnavailableException',
}

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
  signing: () => 'rest-json',
  // Every request has a method and a path: those of this form are told by what they are not.
  hasForm: () => false,
  match: ({ path }, scopeService, bound) =>
    bound.find(({ definition, binding }) =>
      scopeService === undefined
        ? (binding as BindingOf<'restJson1'>).paths.test(path)
        : definition.name === scopeService,
    ),
  asked: methodAndPath,
  howToAsk: (title) => `${title} finds the operation by method and path.`,
  spoken: () => restJson1,
  operationInHead: (head, _match, schemas) => operationAtPath(head, schemas),
  read: (request, _match, service) => readByPath(restJson1, request, service),
  errors,
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
  encodeUnrouted: (error, requestId) => restError(error, requestId),
}

interface Codec {
  /** Set when one member is the whole body. */
  payload?: { name: string; bytes: boolean }
  decode(document: RestDocument): Members
  encode(output: unknown): WireResponse
}

const codecOf = oncePerOperation((schema): Codec => {
  const { input } = schema
  const found = payloadOf(input)
  const payload = found && { name: found.name, bytes: found.schema.kind === 'blob' }
  const readers = compileReaders(input)
  const decodeBody = payload?.bytes
    ? undefined
    : compileJsonDecoder(found?.schema ?? input, found ? undefined : isInBody)
  return {
    payload,
    decode: (document) => ({ ...fromBody(document, payload, decodeBody), ...fromRest(document, readers) }),
    encode: lazily(() => compileAnswer(schema)),
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

function compileAnswer({ status, output }: OperationSchema): Codec['encode'] {
  if (!output) return () => ({ status, headers: {}, body: '' })
  const payload = payloadOf(output)
  const statusMember = responseCodeOf(output)
  const writers = compileWriters(output)
  const bytes = payload?.schema.kind === 'blob'
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
  schemas: ServiceSchema | undefined,
): { members: Members; headers: Record<string, string> } {
  const shape = schemas?.error(error.code)
  const message = error.message === '' ? {} : { [messageMember(service, error.code, shape)]: error.message }
  if (!shape) return { members: { ...message, ...error.members }, headers: {} }
  const headers: Record<string, string> = {}
  const members: Members = shape.members.has('Type') ? { Type: error.status >= 500 ? 'Service' : 'User' } : {}
  for (const [name, value] of Object.entries(error.members)) {
    const { location, locationName = name } = shape.members.get(name)?.traits ?? {}
    if (location === 'header') headers[locationName] = String(value)
    else members[name] = value
  }
  return { members: { ...members, ...message }, headers }
}

function messageMember(service: ServiceDefinition, code: string, shape: Schema | undefined): string {
  if (shape) return messageMemberOf(shape) ?? service.messageMember
  // The front end spells this one its own way.
  return code === 'AccessDeniedException' ? 'Message' : 'message'
}
