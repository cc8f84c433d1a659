import type { ServiceDefinition } from '../core/service-definition.ts'
import { ServiceError } from '../core/service-error.ts'
import { denialMessage } from '../policy/explain.ts'
import type { Judgement } from './access.ts'

/** The access-denied error of a service's protocol, in AWS's words. */
export function denialError(service: ServiceDefinition, { request, decision }: Judgement): ServiceError {
  const message = denialMessage(request, decision)
  if (usesQuery(service)) return new ServiceError('AccessDenied', 403, message)
  return new ServiceError('AccessDeniedException', usesRest(service) ? 403 : 400, message)
}

const usesRest = (service: ServiceDefinition): boolean =>
  service.bindings.every(({ protocol }) => protocol === 'restJson1')

export const usesQuery = (service: ServiceDefinition): boolean =>
  service.bindings.every(({ protocol }) => protocol === 'awsQuery')
