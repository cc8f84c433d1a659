import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import { newRequestId } from '../../core/uuid.ts'
import type { WireResponse } from '../http/wire.ts'
import { checkBodyChecksums } from './body-checksums.ts'
import { queryError } from './error-answers.ts'
import { operationAtPath, readByPath } from './find-operation.ts'
import { methodNotAllowed } from './framework-errors.ts'
import type { BindingOf, Protocol, ProtocolErrors } from './protocol.ts'
import { methodAndPath } from './request-text.ts'
import { restCodec } from './rest-codec.ts'
import {
  bucketInHost,
  bucketOfHead,
  identified,
  inPathStyle,
  newS3RequestId,
  originRefused,
  s3Error,
} from './s3-form.ts'
import { isUploadForm, readPostedObject } from './s3-forms/posted-object.ts'
import { compileXmlDecoder } from './xml-decoder.ts'
import { readXmlBody } from './xml-document.ts'
import { compileXmlElement, type TimePrecision } from './xml-encoder.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    restXml: {
      xmlNamespace: string
      /**
       * `bare`: S3's: the `Error` document stands alone, a bucket may stand in the host, and paths are keys that stay as they
       * are. `wrapped`: an `ErrorResponse` around the error.
       */
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
  // S3's own is the one form that is known without the service.
  hasForm: (head, scopeService) => scopeService === 's3' || bucketInHost(head) !== undefined,
  match: (head, scopeService, bound) =>
    bound.find(({ definition, binding }) => {
      const { name, signingName } = definition
      const paths = bindingOf([binding])?.paths
      if (signingName !== undefined) {
        return (scopeService === undefined || scopeService === signingName) && paths?.test(head.path) === true
      }
      if (scopeService !== undefined) return name === scopeService
      if (isBare(binding) && bucketInHost(head) !== undefined) return true
      // Requests of other services that are not signed name an action, or have a body of their own protocol.
      if (namesAction.test(head.query) || (head.method === 'POST' && !isUploadForm(head))) return false
      return paths?.test(head.path)
    }),
  asked: methodAndPath,
  howToAsk: (title) => `${title} finds the operation by method and path.`,
  spoken: () => restXml,
  operationInHead: (head, { binding }, schemas) =>
    isBare(binding) ? operationAtPath(inPathStyle(head), schemas, 'literal') : operationAtPath(head, schemas),
  read: (request, { binding }, service) =>
    isBare(binding)
      ? readByPath(restXml, inPathStyle(request), service, 'literal')
      : readByPath(restXml, request, service),
  resourceInHead: bucketOfHead,
  originRefused,
  isPosted: (head, { binding }) => isBare(binding) && isUploadForm(head),
  readPosted: readPostedObject,
  checkBody: checkBodyChecksums,
  newRequestId: ({ binding }) => (isBare(binding) ? newS3RequestId() : newRequestId()),
  parse: (request, place, mostValues) => codecOf('').parse(request, place, mostValues),
  decode: (schema, document) => codecOf('').decode(schema, document),
  encode(service, schema, output, requestId) {
    const { xmlNamespace = '', errors = 'bare' } = bindingOf(service.bindings) ?? {}
    const answer = codecOf(xmlNamespace, errors === 'bare' ? 'three-digits' : 'milliseconds').encode(schema, output)
    return errors === 'bare' ? identified(answer, requestId) : withRequestId(answer, requestId)
  },
  encodeError(service, error, requestId) {
    const binding = bindingOf(service.bindings)
    if (binding?.errors !== 'wrapped') return s3Error(error, requestId)
    return withRequestId(queryError(error, requestId, binding.xmlNamespace), requestId)
  },
  encodeUnrouted: s3Error,
  errors,
}

const bindingOf = (bindings: ServiceHead['bindings']) =>
  bindings.find((one): one is BindingOf<'restXml'> => one.protocol === 'restXml')

const isBare = (binding: ServiceHead['bindings'][number]) => bindingOf([binding])?.errors === 'bare'

const namesAction = /(^|&)Action=/

const withRequestId = (answer: WireResponse, requestId: string): WireResponse => ({
  ...answer,
  headers: { ...answer.headers, 'x-amzn-RequestId': requestId },
})

/** By the namespace and the times of the answers: one a service. */
const codecs = new Map<string, ReturnType<typeof codecFor>>()

function codecOf(xmlNamespace: string, precision: TimePrecision = 'milliseconds') {
  const name = `${precision} ${xmlNamespace}`
  let codec = codecs.get(name)
  if (!codec) {
    codec = codecFor(xmlNamespace, precision)
    codecs.set(name, codec)
  }
  return codec
}

const codecFor = (xmlNamespace: string, precision: TimePrecision) =>
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
      const write = compileXmlElement(name, schema, { precision, holds, xmlNamespace })
      return (value) => `<?xml version="1.0" encoding="UTF-8"?>\n${write(value)}`
    },
    headers: 'any',
  })
