import type { AuditRecord } from '../../core/audit.ts'
import { type LookupKey, lookupKeys } from '../../core/event-history.ts'
import type { LedgerEntry } from '../tables.ts'
import { eventFacts, valuesOf } from './event-facts.ts'

/** A ledger entry as the index sees it. */
export interface IndexedEvent {
  seq: number
  timeS: number
  account: string
  region: string
  /** What it is found by; the key `''` finds all events. */
  values: readonly (readonly [key: LookupKey | '', value: string])[]
}

/** @returns undefined for what is in no event history: data events. */
export function indexedEvent({ seq, record }: Pick<LedgerEntry, 'seq' | 'record'>): IndexedEvent | undefined {
  const event = JSON.parse(record) as AuditRecord
  if (event.eventCategory !== 'Management') return undefined
  const facts = eventFacts(event)
  const values: [LookupKey | '', string][] = [['', '']]
  for (const key of lookupKeys) for (const value of valuesOf(facts, key)) values.push([key, value])
  const { recipientAccountId: account, awsRegion: region } = event
  return { seq, timeS: Math.floor(facts.timeMs / 1000), account, region, values }
}
