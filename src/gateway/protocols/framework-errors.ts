import { ServiceError } from '../../core/service-error.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { Protocol } from './protocol.ts'

// What is refused before or behind a service's own code, in the words of AWS's "Common Errors" pages where they have any.

export const invalidAction = (action: string, version: string) =>
  new ServiceError('InvalidAction', 400, `Could not find operation ${action} for version ${version}`)

export const missingAction = () =>
  new ServiceError('MissingAction', 400, 'The request is missing an action or a required parameter.')

/**
 * An operation that the service has and Strongroom has not built. Status 400: clients would repeat a 501, and it will not be
 * built by then.
 */
export const operationNotBuilt = (service: ServiceHead, name: string) =>
  new ServiceError(
    'NotImplementedException',
    400,
    `${service.title} ${name} is a real operation that Strongroom does not support yet.`,
  )

/** A request in a media type that none of the service's protocols has. */
export const unroutable = () => new ServiceError('UnknownOperationException', 404)

/** @param code - the protocol's. */
export const methodNotAllowed = (code: string, method: string) =>
  new ServiceError(code, 405, `The method ${method} is not allowed against this resource.`)

export const internalFailure = () =>
  new ServiceError(
    'InternalFailure',
    500,
    'The request processing has failed because of an unknown error, exception or failure.',
  )

/** Nothing can be read or recorded now. Clients try again. */
export function serviceUnavailable(
  { errors }: Pick<Protocol, 'errors'>,
  { outcomeUnknown = false } = {},
): ServiceError {
  return new ServiceError(
    errors.unavailableCode,
    503,
    `The request has failed due to a temporary failure of the server. ${
      outcomeUnknown
        ? 'Whether it was carried out is not known: look before you try again.'
        : 'Nothing was done; try again.'
    }`,
  )
}

export const entityTooLarge = (limitBytes: number) =>
  new ServiceError(
    'RequestEntityTooLargeException',
    413,
    `The request body is larger than the limit of ${limitBytes} bytes.`,
  )
