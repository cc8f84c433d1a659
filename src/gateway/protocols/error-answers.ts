import type { ServiceError } from '../../core/service-error.ts'
import type { WireResponse } from '../http/wire.ts'
import type { Schema } from './schema.ts'
import { escapeXml } from './xml-text.ts'

/** The form of errors in a JSON service. */
export interface JsonErrorForm {
  contentType: string
  /** `__type` as written, with the namespace where the protocol has one. */
  type: string
  messageMember: string
}

/** The member of an error's shape that holds its message, in the case that the shape gives it. */
export const messageMemberOf = (shape: Schema): string | undefined =>
  [...shape.members.keys()].find((member) => member.toLowerCase() === 'message')

/** `{"__type":"NotFoundException","message":"…"}`; without a message member when there is nothing to say. */
export function jsonError(error: ServiceError, requestId: string, form: JsonErrorForm): WireResponse {
  const message = error.message === '' ? {} : { [form.messageMember]: error.message }
  return answer(
    error.status,
    requestId,
    form.contentType,
    JSON.stringify({ __type: form.type, ...message, ...error.members }),
  )
}

/**
 * The `ErrorResponse` document of query services. Further members of the error follow its message.
 * @param writesDetail - whether an empty element Detail comes last.
 */
export function queryError(
  error: ServiceError,
  requestId: string,
  xmlNamespace: string,
  writesDetail = false,
): WireResponse {
  const detail = [
    element('Type', error.status >= 500 ? 'Receiver' : 'Sender'),
    element('Code', error.code),
    element('Message', error.message),
    ...Object.entries(error.members).map(([name, value]) => memberElement(name, value)),
    ...(writesDetail ? ['<Detail/>'] : []),
  ]
  return xmlAnswer(
    error.status,
    requestId,
    `<ErrorResponse xmlns="${escapeXml(xmlNamespace)}"><Error>${detail.join('')}</Error>` +
      `${element('RequestId', requestId)}</ErrorResponse>`,
  )
}

/** The same in JSON: `{"Error":{"Code":"…","Message":"…","Type":"Sender"},"RequestId":"…"}`. */
export function queryErrorInJson({ status, code, message, members }: ServiceError, requestId: string): WireResponse {
  const Type = status >= 500 ? 'Receiver' : 'Sender'
  const error = { Code: code, Message: message, Type, ...members }
  return jsonAnswer(status, requestId, { Error: error, RequestId: requestId })
}

/**
 * Returns how REST services with JSON bodies write an error: the code is in a header.
 * @param written - its members in the body and in headers; by default the message alone.
 */
export function restError(
  error: ServiceError,
  requestId: string,
  written: { members: object; headers?: Record<string, string> } = { members: { message: error.message } },
): WireResponse {
  const response = answer(error.status, requestId, 'application/json', JSON.stringify(written.members))
  return { ...response, headers: { ...response.headers, ...written.headers, 'x-amzn-ErrorType': error.code } }
}

/** A request that no protocol takes for its own: its status tells it from an operation that is not known. */
export const isUnroutable = ({ code, status }: ServiceError): boolean =>
  code === 'UnknownOperationException' && status === 404

/** The answer of AWS's front end while it does not know the protocol. */
export const unroutableAnswer = (requestId: string): WireResponse =>
  xmlAnswer(404, requestId, '<UnknownOperationException/>\n')

export const xmlAnswer = (status: number, requestId: string, body: string): WireResponse =>
  answer(status, requestId, 'text/xml', body)

export const jsonAnswer = (status: number, requestId: string, document: object): WireResponse =>
  answer(status, requestId, 'application/json', JSON.stringify(document))

function answer(status: number, requestId: string, contentType: string, body: string): WireResponse {
  return { status, headers: { 'Content-Type': contentType, 'x-amzn-RequestId': requestId }, body }
}

/** Lists have an element for each item, structures one for each member. */
function memberElement(name: string, value: unknown): string {
  if (typeof value !== 'object' || value === null) return element(name, String(value))
  const inner = Array.isArray(value)
    ? value.map((item) => memberElement('member', item))
    : Object.entries(value).map(([member, part]) => memberElement(member, part))
  return `<${name}>${inner.join('')}</${name}>`
}

const element = (name: string, text: string) => `<${name}>${escapeXml(text)}</${name}>`
