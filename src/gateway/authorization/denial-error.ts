import type { ServiceError } from '../../core/service-error.ts'
import { denialMessage } from '../../policy/explain.ts'
import type { Protocol } from '../protocols/protocol.ts'
import type { AccessDecision } from './access.ts'

/** The access-denied error of the protocol that was spoken, in AWS's words. */
export const denialError = ({ errors }: Protocol, { request, decision }: AccessDecision): ServiceError =>
  errors.denied(denialMessage(request, decision))
