import { randomUUID } from 'node:crypto'
import type { ServiceDefinition } from '../../core/service-definition.ts'
import { ServiceError } from '../../core/service-error.ts'
import type { WireRequest, WireResponse } from '../wire.ts'
import { mediaType } from './content-type.ts'
import { jsonError, queryError, restError, s3Error } from './error-answers.ts'
import type { Protocol } from './protocol.ts'

// What is refused before or behind a service's own code, in the words of AWS's "Common Errors" pages where they have any.

/** An operation that the service does not have. */
export function unknownOperation({ family }: Protocol, service: ServiceDefinition, name: string): ServiceError {
  if (family === 'query') return invalidAction(name, service.apiVersion)
  return new ServiceError('UnknownOperationException', family === 'json' ? 400 : 404)
}

export const invalidAction = (action: string, version: string) =>
  new ServiceError('InvalidAction', 400, `Could not find operation ${action} for version ${version}`)

export const missingAction = () =>
  new ServiceError('MissingAction', 400, 'The request is missing an action or a required parameter.')

/**
 * An operation that the service has and Strongroom has not built. Status 400: clients would repeat a 501, and it will not be
 * built by then.
 */
export const operationNotBuilt = (service: ServiceDefinition, name: string) =>
  new ServiceError(
    'NotImplementedException',
    400,
    `${service.title} ${name} is a real operation that Strongroom does not support yet.`,
  )

/** A request in a media type that none of the service's protocols has. */
export const unroutable = () => new ServiceError('UnknownOperationException', 404)

/** Anything but POST, or GET where a query string can carry the request. */
export function wrongMethod({ family }: Protocol, method: string): ServiceError {
  if (family === 'json') return unroutable()
  const code = family === 'query' ? 'MethodNotAllowed' : 'MethodNotAllowedException'
  return new ServiceError(code, 405, `The method ${method} is not allowed against this resource.`)
}

export const internalFailure = () =>
  new ServiceError(
    'InternalFailure',
    500,
    'The request processing has failed because of an unknown error, exception or failure.',
  )

/** Nothing can be read or recorded now. Clients try again. */
export function serviceUnavailable({ family }: Protocol, { outcomeUnknown = false } = {}): ServiceError {
  const code = family === 'query' ? 'ServiceUnavailable' : 'ServiceUnavailableException'
  return new ServiceError(
    code,
    503,
    `The request has failed due to a temporary failure of the server. ${
      outcomeUnknown
        ? 'Whether it was carried out is not known: look before you try again.'
        : 'Nothing was done; try again.'
    }`,
  )
}

type Form = 'json' | 'query' | 'rest'

/** The form in which a request that no service takes is answered. */
export type UnknownForm = Form | 's3'

/** Answers a request for a service that is not here. @param message - safe to print. */
export function unknownService(
  { unknown, message }: { unknown: UnknownForm; message: string },
  requestId: string,
): WireResponse {
  if (unknown === 's3') return s3Error(new ServiceError('NotImplemented', 400, message), requestId)
  const error =
    unknown === 'query'
      ? new ServiceError('InvalidAction', 400, message)
      : new ServiceError('UnknownOperationException', unknown === 'json' ? 400 : 404, message)
  return formed(unknown, error, requestId)
}

export const entityTooLarge = (limitBytes: number) =>
  new ServiceError(
    'RequestEntityTooLargeException',
    413,
    `The request body is larger than the limit of ${limitBytes} bytes.`,
  )

/** Answers a body over the limit, in the form that its headers promise. */
export const bodyTooLarge = ({ headers }: WireRequest, limitBytes: number): WireResponse =>
  formed(formOf(headers), entityTooLarge(limitBytes), randomUUID())

/** Answers a large body that has no room now: others are on their way in. */
export function noRoomForBody({ headers }: WireRequest): WireResponse {
  const message = 'The server is taking in other large requests. Nothing was done; try again.'
  return formed(formOf(headers), new ServiceError('ServiceUnavailableException', 503, message), randomUUID())
}

function formOf(headers: WireRequest['headers']): Form {
  if (headers['x-amz-target'] !== undefined) return 'json'
  return mediaType(headers) === 'application/x-www-form-urlencoded' ? 'query' : 'rest'
}

function formed(form: Form, error: ServiceError, requestId: string): WireResponse {
  if (form === 'query') return queryError(error, requestId, faultNamespace)
  if (form === 'rest') return restError(error, requestId)
  return jsonError(error, requestId, {
    contentType: 'application/x-amz-json-1.1',
    type: error.code,
    messageMember: 'message',
  })
}

// Of query errors that no service answers.
const faultNamespace = 'http://webservices.amazon.com/AWSFault/2005-15-09'
