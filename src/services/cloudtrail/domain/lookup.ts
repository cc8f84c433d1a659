import type { LookupAttribute, LookupEventsRequest } from '@aws-sdk/client-cloudtrail'
import { dayMs } from '../../../core/durations.ts'
import { type LookupKey, lookupKeys } from '../../../core/event-history.ts'
import { historyDays } from '../../../ledger/lookup/lookup-index.ts'
import {
  invalidEventCategory,
  invalidLookupValue,
  invalidMaxResults,
  invalidTimeRange,
  tooManyLookupAttributes,
  unknownLookupAttribute,
} from './errors.ts'

/** What a LookupEvents request asks for, whichever page of it. */
export interface Lookup {
  category: 'management' | 'insight'
  attribute?: { key: LookupKey; value: string }
  startMs?: number
  endMs?: number
}

const maxMaxResults = 50
const maxValueLength = 2000
const insightKeys: readonly LookupKey[] = ['EventId', 'EventName', 'EventSource']

/**
 * Reads a request, with the exceptions that AWS has for its members where other services have a validation error.
 * @throws InvalidEventCategoryException, InvalidLookupAttributesException, InvalidTimeRangeException
 */
export function readLookup(request: LookupEventsRequest): Lookup {
  const { EventCategory, LookupAttributes = [], StartTime, EndTime } = request
  if (EventCategory !== undefined && EventCategory !== 'insight') throw invalidEventCategory()
  const category = EventCategory ?? 'management'
  const [attribute] = LookupAttributes
  if (LookupAttributes.length > 1) throw tooManyLookupAttributes(LookupAttributes.length)
  const lookup: Lookup = { category, startMs: StartTime?.getTime(), endMs: EndTime?.getTime() }
  if (attribute) lookup.attribute = readAttribute(attribute, category === 'insight' ? insightKeys : lookupKeys)
  if (Number.isNaN(lookup.startMs) || Number.isNaN(lookup.endMs)) throw invalidTimeRange()
  if (lookup.startMs !== undefined && lookup.endMs !== undefined && lookup.startMs > lookup.endMs) {
    throw invalidTimeRange()
  }
  return lookup
}

/** @throws InvalidMaxResultsException */
export function pageSize(maxResults = maxMaxResults): number {
  if (maxResults < 1 || maxResults > maxMaxResults) throw invalidMaxResults(maxMaxResults)
  return maxResults
}

/** Returns the time from which on there are events. */
export const historyStartMs = (nowMs: number): number => nowMs - historyDays * dayMs

function readAttribute({ AttributeKey, AttributeValue }: LookupAttribute, known: readonly LookupKey[]) {
  const key = known.find((name) => name === AttributeKey)
  if (!key) throw unknownLookupAttribute(String(AttributeKey), known)
  const value = AttributeValue ?? ''
  const length = value.length + (value.match(/[_ ,\n]/g)?.length ?? 0)
  if (length < 1 || length > maxValueLength) throw invalidLookupValue(maxValueLength)
  return { key, value }
}
