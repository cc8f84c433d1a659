import type { ServiceDefinition } from '../../core/service-definition.ts'
import { ServiceError } from '../../core/service-error.ts'
import type { WireResponse } from '../http/wire.ts'
import { queryError, s3Error } from './error-answers.ts'
import { operationAtPath, readByPath } from './find-operation.ts'
import { methodNotAllowed } from './framework-errors.ts'
import type { BindingOf, Protocol, ProtocolErrors } from './protocol.ts'
import { methodAndPath } from './request-text.ts'
import { restCodec } from './rest-codec.ts'
import { compileXmlDecoder } from './xml-decoder.ts'
import { readXmlBody } from './xml-document.ts'
import { compileXmlElement } from './xml-encoder.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    restXml: {
      xmlNamespace: string
      /** `bare`: the `Error` document of S3; `wrapped`: an `ErrorResponse` around it. */
      errors: 'bare' | 'wrapped'
      /** Paths by which a request is known as the service's when it is not signed. */
      paths?: RegExp
    }
  }
}

const errors: ProtocolErrors = {
  unknownOperation: () =>
    new ServiceError('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.'),
  unknownService: (message) => new ServiceError('NotImplemented', 400, message),
  wrongMethod: (method) => methodNotAllowed('MethodNotAllowed', method),
  denied: (message) => new ServiceError('AccessDenied', 403, message),
  unavailableCode: 'ServiceUnavailable',
}

/**
 * REST with XML bodies: the operation stands in method and path, members in the path, the query, headers and the body.
 * @see https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
 */
export const restXml: Protocol = {
  name: 'restXml',
  signing: (binding) => (bindingOf([binding])?.errors === 'bare' ? 's3' : 'query'),
  // S3's own is the one form that is told without knowing the service.
  hasForm: (_head, scopeService) => scopeService === 's3',
  match: ({ path }, scopeService, bound) =>
    bound.find(({ definition, binding }) =>
      scopeService === undefined ? bindingOf([binding])?.paths?.test(path) : definition.name === scopeService,
    ),
  asked: methodAndPath,
  howToAsk: (title) => `${title} finds the operation by method and path.`,
  spoken: () => restXml,
  operationInHead: (head, _match, schemas) => operationAtPath(head, schemas),
  read: (request, _match, service) => readByPath(restXml, request, service),
  parse: (request, place) => codecOf('').parse(request, place),
  decode: (schema, document) => codecOf('').decode(schema, document),
  encode(service, schema, output, requestId) {
    const { xmlNamespace = '', errors = 'bare' } = bindingOf(service.bindings) ?? {}
    return identified(codecOf(xmlNamespace).encode(schema, output), requestId, errors)
  },
  encodeError(service, error, requestId) {
    const binding = bindingOf(service.bindings)
    const isWrapped = binding?.errors === 'wrapped'
    const answer = isWrapped ? queryError(error, requestId, binding.xmlNamespace) : s3Error(error, requestId)
    return identified(answer, requestId, isWrapped ? 'wrapped' : 'bare')
  },
  encodeUnrouted: s3Error,
  errors,
}

const bindingOf = (bindings: ServiceDefinition['bindings']) =>
  bindings.find((one): one is BindingOf<'restXml'> => one.protocol === 'restXml')

/** S3's clients look for the request id under a name of its own too. */
function identified(answer: WireResponse, requestId: string, errors: BindingOf<'restXml'>['errors']): WireResponse {
  const own: Record<string, string> = errors === 'bare' ? { 'x-amz-request-id': requestId } : {}
  return { ...answer, headers: { ...answer.headers, ...own, 'x-amzn-RequestId': requestId } }
}

/** By the namespace of the answers: one a service. */
const codecs = new Map<string, ReturnType<typeof codecFor>>()

function codecOf(xmlNamespace: string) {
  let codec = codecs.get(xmlNamespace)
  if (!codec) {
    codec = codecFor(xmlNamespace)
    codecs.set(xmlNamespace, codec)
  }
  return codec
}

const codecFor = (xmlNamespace: string) =>
  restCodec({
    contentType: 'application/xml',
    read: readXmlBody,
    compileDecoder(schema, holds) {
      const decode = compileXmlDecoder(schema, holds)
      return (root) => (root ? decode(root) : {})
    },
    compileEncoder(schema, holds, member) {
      if (holds && ![...schema.members.values()].some(holds)) return () => ''
      const name = schema.traits.locationName ?? member ?? schema.name
      const write = compileXmlElement(name, schema, { precision: 'milliseconds', holds, xmlNamespace })
      return (value) => `<?xml version="1.0" encoding="UTF-8"?>\n${write(value)}`
    },
    headers: 'any',
  })
