import { randomUUID } from 'node:crypto'
import type { AuditRecord } from '../../../core/audit.ts'
import type { Alternative, EventPattern } from '../../../kit/event-patterns/compile-pattern.ts'
import type { BusEvent } from './bus-event.ts'
import { type BusPlace, defaultBusName, eventsPrincipal } from './names.ts'

const detailTypes: Readonly<Record<AuditRecord['eventType'], string>> = {
  AwsApiCall: 'AWS API Call via CloudTrail',
  AwsServiceEvent: 'AWS Service Event via CloudTrail',
}

/** Larger events are dropped, as on AWS. */
const mostBytes = 256 * 1024

/** Services whose sources have other names than their principals. */
const sourceNames: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' }

/**
 * Makes an event of the record of a call.
 * @param text - its JSON.
 * @returns undefined for what makes none: EventBridge's own deliveries, which would go round in a circle, and what is too large.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function apiCallEvent(
  record: AuditRecord,
  text: string,
  nowMs: number,
): { bus: BusPlace; event: BusEvent } | undefined {
  if (Buffer.byteLength(text) > mostBytes) return undefined
  const { eventSource, eventName, userIdentity, recipientAccountId: accountId, awsRegion: region } = record
  if (userIdentity.invokedBy === eventsPrincipal) return undefined
  if (eventSource === eventsPrincipal && eventName === 'PutEvents') return undefined
  const [label = ''] = eventSource.split('.')
  const event: BusEvent = {
    envelope: {
      ...{ version: '0', id: randomUUID(), 'detail-type': detailTypes[record.eventType] },
      ...{
        source: `aws.${sourceNames[label] ?? label}`,
        account: accountId,
        time: record.eventTime,
        region,
        resources: [],
      },
    },
    ...{ detail: text, ingestedAtMs: nowMs },
    ...(record.managementEvent && record.readOnly && { isReadOnlyManagement: true }),
  }
  return { bus: { accountId, region, name: defaultBusName }, event }
}

/** Returns whether the event of a call may fit a pattern, by what the pattern says about source and detail type. */
export const mayFitApiCalls = ({ alternatives }: EventPattern): boolean =>
  alternatives.some(
    (alternative) =>
      mayHave(alternative, 'source', (value) => value.startsWith('aws.')) &&
      mayHave(alternative, 'detail-type', (value) => value.endsWith(' via CloudTrail')),
  )

function mayHave({ fields }: Alternative, name: string, fits: (value: string) => boolean): boolean {
  const field = fields.find(({ path }) => path.length === 1 && path[0] === name)
  if (!field || field.test.absent || field.test.tests.length > 0) return true
  return [...field.test.exact].some((value) => typeof value === 'string' && fits(value))
}
