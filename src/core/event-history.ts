/** The keys that events are looked up by, as the API names them. */
export const lookupKeys = [
  'EventId',
  'EventName',
  'ReadOnly',
  'Username',
  'ResourceType',
  'ResourceName',
  'EventSource',
  'AccessKeyId',
] as const

export type LookupKey = (typeof lookupKeys)[number]

/** An event's place among the events of an account in a region. */
export interface EventPosition {
  timeS: number
  seq: number
}

/** Which events of an account in a region are wanted. Times are inclusive. */
export interface EventQuery {
  accountId: string
  region: string
  attribute?: { key: LookupKey; value: string }
  fromMs: number
  /** Until now when absent. */
  toMs?: number
  /** Continues behind this event. */
  after?: EventPosition
  limit: number
}

/** Events in descending order of time. */
export interface EventPage {
  /** The records' JSON texts as they stand in the ledger. */
  records: string[]
  /** Where the next page continues; absent when there is none. */
  next?: EventPosition
}

/** Looks up events. The ledger implements it. */
export interface EventHistory {
  /**
   * Management events of one account in one region, in descending order of time. Those of calls that were answered before
   * are among them.
   * @throws StoreUnavailableError
   */
  find(query: EventQuery): Promise<EventPage>
}
