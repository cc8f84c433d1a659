import type { EventPage, EventQuery } from '../../../ledger/lookup/index-query.ts'

/** Where events are looked up. The ledger implements it. */
export interface EventHistory {
  /**
   * Management events of one account in one region, in descending order of time. Those of calls that were answered before
   * are among them.
   * @throws StoreUnavailableError
   */
  find(query: EventQuery): Promise<EventPage>
}
