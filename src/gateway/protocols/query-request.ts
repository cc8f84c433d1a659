import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { WireRequest } from '../http/wire.ts'
import { type Form, readForm } from './form.ts'
import { invalidAction, missingAction, unroutable } from './framework-errors.ts'
import type { Match, ServiceBinding } from './protocol.ts'
import { beginningOfForm, isForm } from './request-text.ts'

// What the query protocols share: requests are forms, which name their action and the version of the service's API.

/** Finds the service by the scope of the signature, or by the version of an unsigned request. */
export function matchForm(
  head: WireRequest,
  scopeService: string | undefined,
  bound: readonly ServiceBinding[],
): Match | undefined {
  if (scopeService !== undefined) return bound.find(({ definition }) => definition.name === scopeService)
  const version = beginningOfForm(head).get('Version')
  return bound.find(({ definition }) => definition.apiVersion === version)
}

/** The action, in the request's own words. */
export const askedAction = (request: WireRequest): string => beginningOfForm(request).get('Action') ?? ''

export const howToAskForAction = (title: string): string =>
  `${title} finds the operation in the parameter Action: send it.`

/**
 * The operation that a parsed query request names.
 * @throws ServiceError MissingAction; InvalidAction when the version is not the service's.
 */
export function queryAction(document: unknown, service: ServiceHead): string {
  const form = document as Form
  const action = form.get('Action')
  if (!action) throw missingAction()
  const version = form.get('Version') ?? 'NO_VERSION_SPECIFIED'
  if (version !== service.apiVersion) throw invalidAction(action, version)
  return action
}

/** Reads the parameters in the query string and in the body. */
export function parseForm(request: WireRequest): Form {
  const form: Form = new Map()
  readForm(form, Buffer.from(request.query, 'latin1'))
  if (request.body.length === 0) return form
  if (!isForm(request)) throw unroutable()
  readForm(form, request.body)
  return form
}
