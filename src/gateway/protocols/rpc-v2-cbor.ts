import { cbor, tag } from '@smithy/core/cbor'
import { ServiceError } from '../../core/service-error.ts'
import type { WireRequest, WireResponse } from '../http/wire.ts'
import { readCborBody } from './cbor-document.ts'
import { mediaType } from './content-type.ts'
import { messageMemberOf } from './error-answers.ts'
import { readByName } from './find-operation.ts'
import { methodNotAllowed, unroutable } from './framework-errors.ts'
import { compileJsonDecoder, jsonScalars, type Scalars, serializationException } from './json-decoder.ts'
import { compileJsonEncoder, type ScalarEncoders } from './json-encoder.ts'
import type { BindingOf, Protocol, ProtocolErrors } from './protocol.ts'
import { queryErrorHeader, wantsQueryErrors } from './query-errors.ts'
import { headerOf } from './request-text.ts'
import { oncePerOperation, type ServiceSchema } from './schema.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    rpcv2Cbor: {
      /** The service in the path `/service/{name}/operation/{name}`: `GraniteServiceVersion20100801`. */
      serviceName: string
    }
  }
}

const errors: ProtocolErrors = {
  unknownOperation: () => new ServiceError('UnknownOperationException', 404),
  unknownService: (message) => new ServiceError('UnknownOperationException', 404, message),
  wrongMethod: (method) => methodNotAllowed('MethodNotAllowedException', method),
  denied: (message) => new ServiceError('AccessDeniedException', 400, message),
  unavailableCode: 'ServiceUnavailableException',
}

/**
 * Smithy RPC v2 CBOR: a POST to `/service/{name}/operation/{name}`, marked by the header `smithy-protocol: rpc-v2-cbor`.
 * @see https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */
export const rpcv2Cbor: Protocol = {
  name: 'rpcv2Cbor',
  inflates: true,
  signing: () => 'json',
  mark: 'path',
  hasForm: (head) => headerOf(head, 'smithy-protocol') === protocolHeader,
  match({ path }, _scopeService, bound) {
    const [, service, operation] = requestPath.exec(path) ?? []
    const found = bound.find(({ binding }) => (binding as BindingOf<'rpcv2Cbor'>).serviceName === service)
    return found && { ...found, operation }
  },
  asked: ({ path }) => path,
  howToAsk: (title) => `${title} finds the operation in the path /service/{name}/operation/{name}: send it.`,
  spoken: (request) => (wantsQueryErrors(request) ? inQueryMode : rpcv2Cbor),
  operationInHead: (_head, { operation }) => operation,
  read: (request, { operation = '' }, service) =>
    readByName(rpcv2Cbor, request, service, { methods: ['POST'], nameIn: () => operation, nameInHead: operation }),
  parse({ headers, body }: WireRequest, _place, mostValues) {
    if (body.length === 0) return {}
    if (mediaType(headers) !== contentType) throw unroutable()
    return readCborBody(body, mostValues)
  },
  decode: (schema, document) => decoderOf(schema)(document),
  encode(_service, schema, output, requestId) {
    const encode = encoderOf(schema)
    return encode ? answer(200, requestId, encode(output ?? {})) : { status: 200, headers: marked(requestId), body: '' }
  },
  encodeError: (_service, error, requestId, schemas) => errorAnswer(error, requestId, schemas),
  encodeUnrouted: (error, requestId) => errorAnswer(error, requestId),
  errors,
}

/** For clients of services that spoke the query protocol before: errors have the query protocol's codes in a header too. */
const inQueryMode: Protocol = {
  ...rpcv2Cbor,
  encodeError(service, error, requestId, schemas) {
    const answer = rpcv2Cbor.encodeError(service, error, requestId, schemas)
    return { ...answer, headers: { ...answer.headers, ...queryErrorHeader(service, error, schemas) } }
  },
}

const protocolHeader = 'rpc-v2-cbor'
const contentType = 'application/cbor'
// What precedes is the path of an endpoint.
const requestPath = /\/service\/(?:[\w.]+\.)?(\w+)\/operation\/(\w+)$/

const cborScalars: Scalars = {
  string: jsonScalars.string,
  boolean: jsonScalars.boolean,
  integer: jsonScalars.integer,
  fraction(value) {
    if (typeof value !== 'number') throw serializationException()
    return value
  },
  blob(value) {
    if (!(value instanceof Uint8Array)) throw serializationException()
    return value
  },
  timestamp(value) {
    if (!(value instanceof Date)) throw serializationException()
    return value
  },
}

const cborEncoders: ScalarEncoders = {
  blob: (value) => value,
  timestamp: (value) => tag({ tag: 1, value: (value as Date).getTime() / 1000 }),
  number: (value) => value,
}

const decoderOf = oncePerOperation(({ input }) => compileJsonDecoder(input, undefined, cborScalars))
const encoderOf = oncePerOperation(({ output }) => output && compileJsonEncoder(output, undefined, cborEncoders))

const marked = (requestId: string) => ({ 'smithy-protocol': protocolHeader, 'x-amzn-RequestId': requestId })

function answer(status: number, requestId: string, document: unknown): WireResponse {
  const headers = { ...marked(requestId), 'Content-Type': contentType }
  return { status, headers, body: Buffer.from(cbor.serialize(document)) }
}

/** `{__type: "com.amazonaws.monitoring#ResourceNotFoundException", message: "…"}` and the error's other members. */
function errorAnswer(error: ServiceError, requestId: string, schemas?: ServiceSchema): WireResponse {
  const shape = schemas?.error(error.code)
  const type = shape && schemas ? `${schemas.namespace}#${error.code}` : error.code
  const message = error.message === '' ? {} : { [(shape && messageMemberOf(shape)) ?? 'message']: error.message }
  return answer(error.status, requestId, { __type: type, ...message, ...error.members })
}
