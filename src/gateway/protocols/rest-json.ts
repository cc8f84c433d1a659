import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import { messageMemberOf, restError } from './error-answers.ts'
import { operationAtPath, readByPath } from './find-operation.ts'
import { methodNotAllowed } from './framework-errors.ts'
import { compileJsonDecoder } from './json-decoder.ts'
import { readJsonBody } from './json-document.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { BindingOf, Protocol, ProtocolErrors } from './protocol.ts'
import { methodAndPath } from './request-text.ts'
import { restCodec } from './rest-codec.ts'
import type { Members, Schema, ServiceSchema } from './schema.ts'

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

const codec = restCodec<unknown>({
  contentType: 'application/json',
  rawContentType: 'application/json',
  read: readJsonBody,
  compileDecoder: compileJsonDecoder,
  compileEncoder(schema, holds) {
    const encode = compileJsonEncoder(schema, holds)
    return (value) => JSON.stringify(encode(value))
  },
  headers: 'signed',
})

/**
 * REST with JSON bodies: the operation stands in method and path, members in the path, the query, headers and the body.
 * @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export const restJson1: Protocol = {
  name: 'restJson1',
  signing: () => 'rest-json',
  // Every request has a method and a path: this form applies where no other one does.
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
  parse: codec.parse,
  decode: codec.decode,
  encode(_service, schema, output, requestId) {
    const answer = codec.encode(schema, output)
    return { ...answer, headers: { ...answer.headers, 'x-amzn-RequestId': requestId } }
  },
  encodeError: (service, error, requestId, schemas) => restError(error, requestId, errorBody(service, error, schemas)),
  encodeUnrouted: (error, requestId) => restError(error, requestId),
}

/** The members of an error as its shape names them; those that shapes bind to headers are written there. */
function errorBody(
  service: ServiceHead,
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

function messageMember(service: ServiceHead, code: string, shape: Schema | undefined): string {
  if (shape) return messageMemberOf(shape) ?? service.messageMember
  // The front end spells this one its own way.
  return code === 'AccessDeniedException' ? 'Message' : 'message'
}
