import type { GetEventDataStoreResponse } from '@aws-sdk/client-cloudtrail'
import { dayMs } from '../../../../core/durations.ts'
import type { BoundPolicy } from '../../../../kit/resource-policies/bound-principals.ts'
import { invalidParameter } from '../errors.ts'
import { categoryOf } from '../selectors/check-advanced.ts'
import type { AdvancedSelector } from '../selectors/selectors.ts'

export type BillingMode = 'EXTENDABLE_RETENTION_PRICING' | 'FIXED_RETENTION_PRICING'

export type StoreStatus =
  | 'CREATED'
  | 'ENABLED'
  | 'STARTING_INGESTION'
  | 'STOPPING_INGESTION'
  | 'STOPPED_INGESTION'
  | 'PENDING_DELETION'

/** A stretch of the ledger whose events a store takes: behind a place and, once ingestion was stopped, up to another. */
export interface IngestionWindow {
  afterSeq: number
  throughSeq?: number
}

/** Tags and parts of requests that are added to events. */
export interface EventConfiguration {
  maxEventSize: 'Standard' | 'Large'
  contextKeys: readonly { Type: 'TagContext' | 'RequestContext'; Equals: readonly string[] }[]
}

/** An event data store. */
export interface EventDataStore {
  /** UUID: the name of the table. */
  id: string
  arn: string
  name: string
  accountId: string
  region: string
  selectors: readonly AdvancedSelector[]
  isMultiRegion: boolean
  /** The organization whose members' events it takes, beside those of its own account. */
  organizationId?: string
  retentionDays: number
  billingMode: BillingMode
  isProtected: boolean
  kmsKeyArn?: string
  status: StoreStatus
  /** Oldest first. */
  windows: readonly IngestionWindow[]
  tags: readonly { Key: string; Value: string }[]
  createdAtMs: number
  updatedAtMs: number
  policy?: BoundPolicy
  configuration?: EventConfiguration
}

/** What a deleted store can be restored for. */
export const restorableMs = 7 * dayMs

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html */
const retentions: Readonly<Record<BillingMode, { most: number; usual: number }>> = {
  EXTENDABLE_RETENTION_PRICING: { most: 3653, usual: 366 },
  FIXED_RETENTION_PRICING: { most: 2557, usual: 2557 },
}

/** Returns how many days events are kept. @throws ServiceError InvalidParameterException */
export function retentionOf(billingMode: BillingMode, given: number | undefined): number {
  const { most, usual } = retentions[billingMode]
  const days = given ?? usual
  if (days < 7 || days > most) throw invalidParameter(`The retention period must be 7 to ${most} days.`)
  return days
}

/** Returns since when events are kept. */
export const keptSinceMs = ({ retentionDays }: EventDataStore, nowMs: number): number => nowMs - retentionDays * dayMs

/** What a store takes that was created without selectors. */
export const defaultStoreSelectors: readonly AdvancedSelector[] = [
  { Name: 'Default management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
]

/** Categories whose events come from what is recorded, so that ingestion can be stopped and started. */
const recorded = new Set(['Management', 'Data', 'NetworkActivity'])

export const takesRecords = ({ selectors }: Pick<EventDataStore, 'selectors'>): boolean =>
  selectors.every((selector) => recorded.has(categoryOf(selector)))

/** Returns whether the events of a store come by channels. */
export const takesActivity = ({ selectors }: Pick<EventDataStore, 'selectors'>): boolean =>
  selectors.every((selector) => categoryOf(selector) === 'ActivityAuditLog')

/** Closes the window that is open. @param throughSeq - the last record that was there. */
export const closedWindows = (windows: readonly IngestionWindow[], throughSeq: number): IngestionWindow[] =>
  windows.map((window) => (window.throughSeq === undefined ? { ...window, throughSeq } : window))

/** How many stretches are remembered, for those that may not be taken yet. */
const keptWindows = 8

export const openedWindows = (windows: readonly IngestionWindow[], afterSeq: number): IngestionWindow[] =>
  [...windows, { afterSeq }].slice(-keptWindows)

/** Returns a store as operations show it. */
export const storeView = (store: EventDataStore) =>
  ({
    EventDataStoreArn: store.arn,
    Name: store.name,
    Status: store.status,
    AdvancedEventSelectors: store.selectors as NonNullable<GetEventDataStoreResponse['AdvancedEventSelectors']>,
    MultiRegionEnabled: store.isMultiRegion,
    OrganizationEnabled: store.organizationId !== undefined,
    RetentionPeriod: store.retentionDays,
    TerminationProtectionEnabled: store.isProtected,
    CreatedTimestamp: new Date(store.createdAtMs),
    UpdatedTimestamp: new Date(store.updatedAtMs),
    ...(store.kmsKeyArn !== undefined && { KmsKeyId: store.kmsKeyArn }),
    BillingMode: store.billingMode,
  }) satisfies GetEventDataStoreResponse
