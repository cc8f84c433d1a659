import { randomUUID } from 'node:crypto'
import type { AuditRecord, AuditResource } from '../../../core/audit.ts'
import type { Scope } from '../../../core/store.ts'

const awsInternal = 'AWS Internal'

/**
 * The record of something that KMS does of its own accord.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html
 */
export function serviceEvent(event: {
  eventName: 'DeleteKey'
  timeMs: number
  scope: Scope
  resources: readonly AuditResource[]
  serviceEventDetails: Record<string, unknown>
}): AuditRecord {
  const { eventName, timeMs, scope, resources, serviceEventDetails } = event
  return {
    eventVersion: '1.11',
    userIdentity: { accountId: scope.accountId, invokedBy: awsInternal },
    eventTime: `${new Date(timeMs).toISOString().slice(0, 19)}Z`,
    eventSource: 'kms.amazonaws.com',
    eventName,
    awsRegion: scope.region,
    sourceIPAddress: awsInternal,
    userAgent: awsInternal,
    requestParameters: null,
    responseElements: null,
    eventID: randomUUID(),
    readOnly: false,
    resources,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: scope.accountId,
    serviceEventDetails,
    eventCategory: 'Management',
  }
}
