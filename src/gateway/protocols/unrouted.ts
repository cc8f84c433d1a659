import { ServiceError } from '../../core/service-error.ts'
import { newRequestId } from '../../core/uuid.ts'
import type { WireRequest, WireResponse } from '../http/wire.ts'
import { scopeOf } from '../sigv4/signature-claim.ts'
import { entityTooLarge } from './framework-errors.ts'
import { protocolOfForm } from './index.ts'

/** Answers a body over the limit, in the form that its headers promise. */
export const bodyTooLarge = (head: WireRequest, limitBytes: number): WireResponse =>
  unrouted(head, entityTooLarge(limitBytes))

/** Answers a large body while others that are on their way in take up all the memory for them. */
export const bodyCapacityExceeded = (head: WireRequest): WireResponse =>
  unrouted(
    head,
    new ServiceError(
      'ServiceUnavailableException',
      503,
      'The server is taking in other large requests. Nothing was done; try again.',
    ),
  )

const unrouted = (head: WireRequest, error: ServiceError) =>
  protocolOfForm(head, scopeOf(head)?.service).encodeUnrouted(error, newRequestId())
