import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import { acceptsJson } from './content-type.ts'
import { isUnroutable, jsonAnswer, queryError, queryErrorInJson, unroutableAnswer, xmlAnswer } from './error-answers.ts'
import { readByName } from './find-operation.ts'
import { type Form, formTree } from './form.ts'
import { invalidAction, methodNotAllowed } from './framework-errors.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { BindingOf, Protocol, ProtocolErrors } from './protocol.ts'
import { compileQueryDecoder } from './query-decoder.ts'
import { isQueryBinding, queryErrorCode } from './query-errors.ts'
import { askedAction, howToAskForAction, matchForm, parseForm, queryAction } from './query-request.ts'
import { isForm } from './request-text.ts'
import { oncePerOperation, type ServiceSchema } from './schema.ts'
import { compileXmlEncoder, type QueryPrecision } from './xml-encoder.ts'
import { escapeXml } from './xml-text.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    awsQuery: {
      version: string
      xmlNamespace: string
      /** By the error's shape: its code in this protocol, where that is another and the model does not say so. */
      errorCodes?: Readonly<Record<string, string>>
      /** By the error's shape: its message in this protocol, where that is another. */
      errorMessages?: Readonly<Record<string, string>>
      /** Errors have an empty element Detail, as SQS writes them. */
      writesDetail?: true
      /** The parameter that a path other than `/` stands for, where the form does not have it: clients send to what it names. */
      pathParameter?: string
      /** How exactly times are printed. Default: milliseconds. */
      times?: QueryPrecision
    }
  }
}

const errors: ProtocolErrors = {
  unknownOperation: ({ apiVersion }, name) => invalidAction(name, apiVersion),
  unknownService: (message) => new ServiceError('InvalidAction', 400, message),
  wrongMethod: (method) => methodNotAllowed('MethodNotAllowed', method),
  denied: (message) => new ServiceError('AccessDenied', 403, message),
  unavailableCode: 'ServiceUnavailable',
}

/**
 * The query protocol: parameters as a form in a POST, in the query string of a GET, or in both; answers in XML.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export const awsQuery: Protocol = {
  name: 'awsQuery',
  inflates: true,
  signing: () => 'query',
  hasForm: isForm,
  match: matchForm,
  asked: askedAction,
  howToAsk: howToAskForAction,
  spoken: ({ headers }) => (acceptsJson(headers) ? awsQueryInJson : awsQuery),
  read: (request, { definition }, service) =>
    readByName(withPathParameter(definition), request, service, {
      methods: ['POST', 'GET'],
      nameIn: (document) => queryAction(document, definition),
    }),
  errors,
  parse: parseForm,
  decode: (schema, document) => decoderOf(schema)(formTree(document as Form)),
  encode(service, schema, output, requestId) {
    const { name } = schema
    const encode = encodersOf[precisionOf(service)](schema)
    const result = encode ? `<${name}Result>${encode(output ?? {})}</${name}Result>` : ''
    return xmlAnswer(
      200,
      requestId,
      `<${name}Response xmlns="${escapeXml(namespaceOf(service))}">${result}` +
        `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`,
    )
  },
  encodeError(service, error, requestId, schemas) {
    if (isUnroutable(error)) return unroutableAnswer(requestId)
    const { writesDetail } = bindingOf(service)
    return queryError(inQueryTerms(service, error, schemas), requestId, namespaceOf(service), writesDetail)
  },
  encodeUnrouted: (error, requestId) => queryError(error, requestId, faultNamespace),
}

/**
 * The same, answered in JSON. No documentation says so, but AWS does it for requests with `Accept: application/json`, and
 * verifiers of presigned GetCallerIdentity requests rely on it.
 */
export const awsQueryInJson: Protocol = {
  ...awsQuery,
  encode(_service, schema, output, requestId) {
    const { name } = schema
    const encode = jsonEncoderOf(schema)
    const result = encode && { [`${name}Result`]: encode(output ?? {}) }
    const answer = { [`${name}Response`]: { ...result, ResponseMetadata: { RequestId: requestId } } }
    return jsonAnswer(200, requestId, answer)
  },
  encodeError(service, error, requestId, schemas) {
    if (isUnroutable(error)) return unroutableAnswer(requestId)
    return queryErrorInJson(inQueryTerms(service, error, schemas), requestId)
  },
}

// Of errors that no service answers.
const faultNamespace = 'http://webservices.amazon.com/AWSFault/2005-15-09'

const decoderOf = oncePerOperation(({ input }) => compileQueryDecoder(input))

const jsonEncoderOf = oncePerOperation(({ output }) => output && compileJsonEncoder(output))

const encoders = (precision: QueryPrecision) =>
  oncePerOperation(({ output }) => output && compileXmlEncoder(output, precision))

const encodersOf = { seconds: encoders('seconds'), milliseconds: encoders('milliseconds') }

const precisionOf = ({ bindings }: ServiceHead): QueryPrecision =>
  bindings.find(isQueryBinding)?.times ?? 'milliseconds'

function inQueryTerms(service: ServiceHead, error: ServiceError, schemas?: ServiceSchema): ServiceError {
  const code = queryErrorCode(service, error, schemas)
  const message = bindingOf(service).errorMessages?.[error.code] ?? error.message
  if (code === error.code && message === error.message) return error
  return new ServiceError(code, error.status, message, error.members)
}

/** The protocol, as its requests to a service are parsed: the path may stand for a parameter. */
function withPathParameter(service: ServiceHead): Pick<Protocol, 'parse' | 'errors'> {
  const { pathParameter } = bindingOf(service)
  if (pathParameter === undefined) return awsQuery
  return {
    errors,
    parse(request) {
      const form = parseForm(request)
      if (request.path !== '/' && !form.has(pathParameter)) form.set(pathParameter, request.path)
      return form
    },
  }
}

const namespaceOf = (service: ServiceHead): string => bindingOf(service).xmlNamespace

function bindingOf({ name, bindings }: ServiceHead): BindingOf<'awsQuery'> {
  const binding = bindings.find(isQueryBinding)
  if (!binding) throw new Error(`${name} does not speak the query protocol`)
  return binding
}
