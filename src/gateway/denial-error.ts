import type { ServiceDefinition } from '../core/service-definition.ts'
import { ServiceError } from '../core/service-error.ts'
import { denialMessage } from '../policy/explain.ts'
import type { Judgement } from './access.ts'

/** The access-denied error of a service's protocol, in AWS's words. */
export function denialError(service: ServiceDefinition, { request, decision }: Judgement): ServiceError {
  const message = denialMessage(request, decision)
  return usesQuery(service)
    ? new ServiceError('AccessDenied', 403, message)
    : new ServiceError('AccessDeniedException', 400, message)
}

export const usesQuery = (service: ServiceDefinition): boolean =>
  service.bindings.every(({ protocol }) => protocol === 'awsQuery')
