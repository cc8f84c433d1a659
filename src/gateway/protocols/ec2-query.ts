import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { WireResponse } from '../http/wire.ts'
import { isUnroutable, unroutableAnswer, xmlAnswer } from './error-answers.ts'
import { readByName } from './find-operation.ts'
import { type Form, formTree } from './form.ts'
import { invalidAction, methodNotAllowed } from './framework-errors.ts'
import type { BindingOf, Protocol, ProtocolErrors } from './protocol.ts'
import { compileQueryDecoder, type FormNaming } from './query-decoder.ts'
import { askedAction, howToAskForAction, matchForm, parseForm, queryAction } from './query-request.ts'
import { oncePerOperation } from './schema.ts'
import { compileXmlEncoder } from './xml-encoder.ts'
import { escapeXml } from './xml-text.ts'

declare module '../../core/operation.ts' {
  interface ProtocolBindings {
    ec2Query: { version: string; xmlNamespace: string }
  }
}

const errors: ProtocolErrors = {
  unknownOperation: ({ apiVersion }, name) => invalidAction(name, apiVersion),
  unknownService: (message) => new ServiceError('InvalidAction', 400, message),
  wrongMethod: (method) => methodNotAllowed('MethodNotAllowed', method),
  denied: (message) =>
    new ServiceError('UnauthorizedOperation', 403, `You are not authorized to perform this operation. ${message}`),
  unavailableCode: 'Unavailable',
}

/**
 * EC2's form of the query protocol: names begin with a capital, items are numbered behind the name of their list, and answers
 * have neither a result nor metadata around their members.
 * @see https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export const ec2Query: Protocol = {
  name: 'ec2Query',
  signing: () => 'query',
  // A form that no service takes has the query protocol's answer.
  hasForm: () => false,
  match: matchForm,
  asked: askedAction,
  howToAsk: howToAskForAction,
  spoken: () => ec2Query,
  read: (request, { definition }, service) =>
    readByName(ec2Query, request, service, {
      methods: ['POST', 'GET'],
      nameIn: (document) => queryAction(document, definition),
    }),
  parse: parseForm,
  decode: (schema, document) => decoderOf(schema)(formTree(document as Form)),
  encode(service, schema, output, requestId) {
    const { name } = schema
    const members = encoderOf(schema)?.(output ?? {}) ?? ''
    return xmlAnswer(
      200,
      requestId,
      `<${name}Response xmlns="${escapeXml(namespaceOf(service))}"><requestId>${requestId}</requestId>` +
        `${members}</${name}Response>`,
    )
  },
  encodeError: (_service, error, requestId) =>
    isUnroutable(error) ? unroutableAnswer(requestId) : errorAnswer(error, requestId),
  encodeUnrouted: (error, requestId) => errorAnswer(error, requestId),
  errors,
}

const naming: FormNaming = {
  member: (name, { queryName, locationName = name }) => queryName ?? capitalised(locationName),
  beforeNumber: () => undefined,
}

const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

const decoderOf = oncePerOperation(({ input }) => compileQueryDecoder(input, naming))
const encoderOf = oncePerOperation(({ output }) => output && compileXmlEncoder(output, 'milliseconds'))

const errorAnswer = ({ status, code, message }: ServiceError, requestId: string): WireResponse =>
  xmlAnswer(
    status,
    requestId,
    `<Response><Errors><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error></Errors>` +
      `<RequestID>${requestId}</RequestID></Response>`,
  )

function namespaceOf({ name, bindings }: ServiceHead): string {
  const binding = bindings.find((one): one is BindingOf<'ec2Query'> => one.protocol === 'ec2Query')
  if (!binding) throw new Error(`${name} does not speak EC2's query protocol`)
  return binding.xmlNamespace
}
