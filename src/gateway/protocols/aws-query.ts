import type { ServiceDefinition } from '../../core/service-definition.ts'
import type { WireRequest } from '../wire.ts'
import { mediaType } from './content-type.ts'
import { isUnroutable, jsonAnswer, queryError, queryErrorInJson, unroutableAnswer, xmlAnswer } from './error-answers.ts'
import { type Form, formTree, readForm } from './form.ts'
import { invalidAction, missingAction, unroutable } from './framework-errors.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { Protocol } from './protocol.ts'
import { compileQueryDecoder } from './query-decoder.ts'
import { oncePerOperation } from './schema.ts'
import { compileXmlEncoder, type TimePrecision } from './xml-encoder.ts'
import { escapeXml } from './xml-text.ts'

/**
 * The query protocol: parameters as a form in a POST, in the query string of a GET, or in both; answers in XML.
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export const awsQuery: Protocol = {
  name: 'awsQuery',
  family: 'query',
  parse,
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
  encodeError(service, error, requestId) {
    return isUnroutable(error) ? unroutableAnswer(requestId) : queryError(error, requestId, namespaceOf(service))
  },
}

/**
 * The same, answered in JSON. No documentation says so, but AWS does it for whoever asks with `Accept: application/json`, and
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
  encodeError(_service, error, requestId) {
    return isUnroutable(error) ? unroutableAnswer(requestId) : queryErrorInJson(error, requestId)
  },
}

/**
 * The operation that a parsed query request names.
 * @throws ServiceError MissingAction; InvalidAction when the version is not the service's.
 */
export function queryAction(document: unknown, service: ServiceDefinition): string {
  const form = document as Form
  const action = form.get('Action')
  if (!action) throw missingAction()
  const version = form.get('Version') ?? 'NO_VERSION_SPECIFIED'
  if (version !== service.apiVersion) throw invalidAction(action, version)
  return action
}

function parse({ query, headers, body }: WireRequest): Form {
  const form: Form = new Map()
  readForm(form, Buffer.from(query, 'latin1'))
  if (body.length === 0) return form
  if (mediaType(headers) !== 'application/x-www-form-urlencoded') throw unroutable()
  readForm(form, body)
  return form
}

const decoderOf = oncePerOperation(({ input }) => compileQueryDecoder(input))

const jsonEncoderOf = oncePerOperation(({ output }) => output && compileJsonEncoder(output))

const encoders = (precision: TimePrecision) =>
  oncePerOperation(({ output }) => output && compileXmlEncoder(output, precision))

const encodersOf = { seconds: encoders('seconds'), milliseconds: encoders('milliseconds') }

// The services of the identity plane print whole seconds, the other query services milliseconds too.
const precisionOf = ({ name }: ServiceDefinition): TimePrecision =>
  name === 'iam' || name === 'sts' ? 'seconds' : 'milliseconds'

function namespaceOf({ name, bindings }: ServiceDefinition): string {
  for (const binding of bindings) if (binding.protocol === 'awsQuery') return binding.xmlNamespace
  throw new Error(`${name} does not speak the query protocol`)
}
