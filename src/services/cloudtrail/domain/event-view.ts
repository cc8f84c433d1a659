import type { Event } from '@aws-sdk/client-cloudtrail'
import type { AuditRecord } from '../../../core/audit.ts'
import { eventFacts } from '../../../ledger/lookup/event-facts.ts'

/** An event as LookupEvents shows it: a summary, and the record exactly as it is kept. */
export function eventView(record: string): Event {
  const facts = eventFacts(JSON.parse(record) as AuditRecord)
  return {
    EventId: facts.eventId,
    EventName: facts.eventName,
    ReadOnly: facts.readOnly,
    AccessKeyId: facts.accessKeyId,
    EventTime: new Date(facts.timeMs),
    EventSource: facts.eventSource,
    Username: facts.userName,
    Resources: facts.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: record,
  }
}
