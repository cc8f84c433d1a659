import type { AuditRecord } from '../../core/audit.ts'
import type { LookupKey } from '../../core/event-history.ts'
import { type EventResource, eventResources } from './event-resources.ts'

/** What LookupEvents shows of an event beside its record, and finds it by. */
export interface EventFacts {
  eventId: string
  /** Whole seconds. */
  timeMs: number
  eventName: string
  eventSource: string
  readOnly: 'true' | 'false'
  userName?: string
  accessKeyId?: string
  resources: readonly EventResource[]
}

export function eventFacts(record: AuditRecord): EventFacts {
  return {
    eventId: record.eventID,
    timeMs: Date.parse(record.eventTime),
    eventName: record.eventName,
    eventSource: record.eventSource,
    readOnly: record.readOnly ? 'true' : 'false',
    userName: userNameOf(record),
    accessKeyId: record.userIdentity.accessKeyId || undefined,
    resources: eventResources(record),
  }
}

/** The values under which an event is found by a key, each once. */
export function valuesOf(facts: EventFacts, key: LookupKey): string[] {
  switch (key) {
    case 'EventId':
      return [facts.eventId]
    case 'EventName':
      return [facts.eventName]
    case 'ReadOnly':
      return [facts.readOnly]
    case 'Username':
      return present(facts.userName)
    case 'ResourceType':
      return [...new Set(facts.resources.map(({ type }) => type))]
    case 'ResourceName':
      return [...new Set(facts.resources.map(({ name }) => name))]
    case 'EventSource':
      return [facts.eventSource]
    case 'AccessKeyId':
      return present(facts.accessKeyId)
  }
}

const present = (value: string | undefined) => (value ? [value] : [])

/** A user's name, a session's name, `root`; services and callers of other accounts have none. */
function userNameOf({ userIdentity: { type, userName, principalId } }: AuditRecord): string | undefined {
  switch (type) {
    case 'Root':
      return 'root'
    case 'AssumedRole':
    case 'FederatedUser':
      return principalId?.slice(principalId.indexOf(':') + 1)
    default:
      return userName
  }
}
