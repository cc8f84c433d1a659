import type { AuditRecord, AuditResource } from '../audit.ts'
import { isoSeconds } from '../iso-seconds.ts'
import type { Scope } from '../store.ts'
import { newEventId } from '../uuid.ts'

/** The principal in the records of what a service does of its own accord. */
const awsInternal = 'AWS Internal'

/**
 * The record of something that a service does of its own accord: `transaction.record` takes it beside the change.
 *
 * @param event.eventSource - `kms.amazonaws.com`.
 * @param event.invokedBy - `AWS Internal` unless the service's own records name another principal.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/non-api-aws-service-events.html
 */
export function serviceEvent(event: {
  eventSource: string
  eventName: string
  timeMs: number
  scope: Scope
  resources?: readonly AuditResource[]
  serviceEventDetails?: Record<string, unknown>
  additionalEventData?: Record<string, unknown>
  invokedBy?: string
  requestId?: string
  error?: { code?: string; message: string }
}): AuditRecord {
  const { timeMs, scope, invokedBy = awsInternal, error } = event
  return {
    eventVersion: '1.11',
    userIdentity: { accountId: scope.accountId, invokedBy },
    eventTime: isoSeconds(timeMs),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: scope.region,
    sourceIPAddress: invokedBy,
    userAgent: invokedBy,
    ...(error?.code && { errorCode: error.code }),
    ...(error && { errorMessage: error.message }),
    requestParameters: null,
    responseElements: null,
    ...(event.additionalEventData && { additionalEventData: event.additionalEventData }),
    ...(event.requestId && { requestID: event.requestId }),
    eventID: newEventId(timeMs),
    readOnly: false,
    resources: event.resources,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: scope.accountId,
    serviceEventDetails: event.serviceEventDetails,
    eventCategory: 'Management',
  }
}
