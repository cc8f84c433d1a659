import type { AuditRecord } from '../../core/audit.ts'
import type { CallSource } from '../../core/call.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { AskedResource } from '../../core/services/service-module.ts'
import { newEventId } from '../../core/uuid.ts'
import { anonymousCaller } from '../sigv4/unsigned.ts'
import { apiCallRecords } from './api-call-records.ts'

/** A browser's question whether a page may make a request, which was answered with yes. */
export interface AnsweredPreflight {
  service: ServiceHead
  requestId: string
  timeMs: number
  source: CallSource
  asked: AskedResource
}

/** Makes the record of a browser's question, in the account of the resource: CloudTrail calls it PreflightRequest. */
export const preflightRecords = ({ service, requestId, timeMs, source, asked }: AnsweredPreflight): AuditRecord[] =>
  apiCallRecords({
    ...{ service, requestId, timeMs, source, operation: 'PreflightRequest', region: asked.region },
    ...{ caller: anonymousCaller, readOnly: true, category: 'Management', authorised: true },
    requestParameters: { ...asked.parameters, Host: source.host },
    responseElements: null,
    resources: asked.resources,
    ...(asked.additional && { additionalEventData: asked.additional(requestId, source) }),
    eventIdIn: () => newEventId(timeMs),
  })
