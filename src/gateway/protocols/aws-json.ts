import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { WireRequest } from '../http/wire.ts'
import { mediaType } from './content-type.ts'
import { isUnroutable, jsonError, messageMemberOf, unroutableAnswer } from './error-answers.ts'
import { compileEventStream, eventStreamType } from './event-stream.ts'
import { readByName } from './find-operation.ts'
import { unroutable } from './framework-errors.ts'
import { compileJsonDecoder } from './json-decoder.ts'
import { readJsonBody } from './json-document.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { OperationPlace, Protocol, ProtocolErrors, ServiceBinding } from './protocol.ts'
import { queryErrorHeader, wantsQueryErrors } from './query-errors.ts'
import { headerOf } from './request-text.ts'
import { type Members, oncePerOperation, type ServiceSchema } from './schema.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    awsJson1_0: TargetBinding
    awsJson1_1: TargetBinding
  }
}

interface TargetBinding {
  /** What stands before the operation's name in X-Amz-Target: `TrentService`. */
  targetPrefixes: readonly string[]
}

const errors: ProtocolErrors = {
  unknownOperation: () => new ServiceError('UnknownOperationException', 400),
  unknownService: (message) => new ServiceError('UnknownOperationException', 400, message),
  wrongMethod: unroutable,
  denied: (message) => new ServiceError('AccessDeniedException', 400, message),
  unavailableCode: 'ServiceUnavailableException',
}

/**
 * AWS JSON 1.0 and 1.1: everything is a POST to `/`, the operation stands in X-Amz-Target.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export const awsJson1_1 = awsJson('awsJson1_1', 'application/x-amz-json-1.1')
export const awsJson1_0 = awsJson('awsJson1_0', 'application/x-amz-json-1.0')

function awsJson(name: 'awsJson1_0' | 'awsJson1_1', contentType: string): Protocol {
  const decoderOf = oncePerOperation(({ input }) => compileJsonDecoder(input))
  const encoderOf = oncePerOperation(({ output }) => {
    const stream = compileEventStream(output, contentType)
    const encode = stream || !output ? undefined : compileJsonEncoder(output)
    return { stream, encode }
  })
  const protocol: Protocol = {
    name,
    inflates: true,
    signing: () => 'json',
    mark: 'X-Amz-Target',
    hasForm: (head) => targetOf(head) !== undefined,
    match,
    asked: (request) => targetOf(request) ?? '',
    howToAsk: (title) => `${title} finds the operation in the header X-Amz-Target: send it.`,
    // In the version that the request is in, whichever the service is bound to.
    spoken(request) {
      const version = versions.get(mediaType(request.headers)) ?? protocol
      return wantsQueryErrors(request) ? (queryModes.get(version) ?? version) : version
    },
    operationInHead: (_head, { operation }) => operation,
    read: (request, { operation = '' }, service) =>
      readByName(protocol, request, service, { methods: ['POST'], nameIn: () => operation, nameInHead: operation }),
    errors,
    parse,
    decode: (schema, document) => decoderOf(schema)(document),
    encode(_service, schema, output, requestId) {
      const { stream, encode } = encoderOf(schema)
      const headers = { 'Content-Type': stream ? eventStreamType : contentType, 'x-amzn-RequestId': requestId }
      if (stream) return { status: 200, headers, body: stream(output as Members) }
      return {
        status: 200,
        headers,
        // An operation without output answers nothing at all; one whose output has no members answers `{}`.
        body: encode ? JSON.stringify(encode(output ?? {})) : '',
      }
    },
    encodeError(service, error, requestId, schemas) {
      if (isUnroutable(error)) return unroutableAnswer(requestId)
      return jsonError(error, requestId, {
        contentType,
        type: name === 'awsJson1_0' ? qualified(error.code, schemas) : error.code,
        messageMember: messageMember(service, error.code, schemas),
      })
    },
    encodeUnrouted: (error, requestId) =>
      jsonError(error, requestId, { contentType, type: error.code, messageMember: 'message' }),
  }
  return protocol
}

/** For clients of services that spoke the query protocol before: errors have the query protocol's codes in a header too. */
const inQueryMode = (protocol: Protocol): Protocol => ({
  ...protocol,
  encodeError(service, error, requestId, schemas) {
    const answer = protocol.encodeError(service, error, requestId, schemas)
    return { ...answer, headers: { ...answer.headers, ...queryErrorHeader(service, error, schemas) } }
  },
})

const queryModes = new Map([awsJson1_0, awsJson1_1].map((protocol) => [protocol, inQueryMode(protocol)]))

const versions = new Map([
  ['application/x-amz-json-1.0', awsJson1_0],
  ['application/x-amz-json-1.1', awsJson1_1],
])

const targetOf = (head: Pick<WireRequest, 'headers'>) => headerOf(head, 'x-amz-target')

function match(head: WireRequest, _scopeService: string | undefined, bound: readonly ServiceBinding[]) {
  const target = targetOf(head)
  const dot = target?.lastIndexOf('.') ?? -1
  if (target === undefined || dot <= 0) return undefined
  const prefix = target.slice(0, dot)
  const found = bound.find(({ binding }) => (binding as TargetBinding).targetPrefixes.includes(prefix))
  return found && { ...found, operation: target.slice(dot + 1) }
}

function parse({ headers, body }: WireRequest, _place?: OperationPlace, mostValues?: number): unknown {
  if (!jsonTypes.has(mediaType(headers))) throw unroutable()
  return body.length === 0 ? {} : readJsonBody(body, mostValues)
}

const jsonTypes = new Set(['application/x-amz-json-1.0', 'application/x-amz-json-1.1', 'application/json'])

// The front end spells these two its own way, in services that do not declare them.
const capitalised = new Set(['AccessDeniedException', 'SerializationException'])

function messageMember(service: ServiceHead, code: string, schemas: ServiceSchema | undefined): string {
  const schema = schemas?.error(code)
  if (schema) return messageMemberOf(schema) ?? service.messageMember
  return capitalised.has(code) ? 'Message' : 'message'
}

/** AWS JSON 1.0 names the namespace of the error's shape; what no service declares belongs to the framework. */
function qualified(code: string, schemas: ServiceSchema | undefined): string {
  if (schemas?.error(code)) return `${schemas.namespace}#${code}`
  return `com.amazon.coral.${code === 'ValidationException' ? 'validate' : 'service'}#${code}`
}
