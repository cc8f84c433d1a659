import type {
  DeleteEventDataStoreRequest,
  GetEventDataStoreRequest,
  GetEventDataStoreResponse,
  ListEventDataStoresRequest,
  ListEventDataStoresResponse,
  RestoreEventDataStoreRequest,
  RestoreEventDataStoreResponse,
  UpdateEventDataStoreRequest,
  UpdateEventDataStoreResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidMaxResults, invalidParameter } from '../../domain/errors.ts'
import {
  invalidStoreCategory,
  invalidStoreStatus,
  storeHasChannel,
  storeHasImport,
  storeInactive,
  storeProtected,
} from '../../domain/lake/errors.ts'
import {
  closedWindows,
  type EventDataStore,
  openedWindows,
  restorableMs,
  retentionOf,
  storeView,
  takesRecords,
} from '../../domain/lake/event-data-store.ts'
import { checkAdvancedSelectors } from '../../domain/selectors/check-advanced.ts'
import { scheduleExpiry } from '../../lake/keep-batches.ts'
import { removeWork } from '../../lake/kinds.ts'
import { scheduleSettling } from '../../lake/settle-store.ts'
import { channelsTo } from '../../storage/lake-channels.ts'
import { importRunningInto } from '../../storage/lake-imports.ts'
import { storesOf } from '../../storage/lake-stores.ts'
import { everywhere } from '../../storage/trails.ts'
import { changeStore } from './change-store.ts'
import { checkName, checkStoreKey, organizationOfStore } from './create-store.ts'
import { findActiveStore, findStore } from './find-store.ts'
import { pageOf } from './pages.ts'

/** @throws ServiceError EventDataStoreARNInvalidException, EventDataStoreNotFoundException */
export async function getEventDataStore(
  context: CloudTrailContext,
  { EventDataStore }: Validated<GetEventDataStoreRequest>,
): Promise<GetEventDataStoreResponse> {
  const store = await findStore(context, EventDataStore)
  const PartitionKeys = takesRecords(store) ? [{ Name: 'calendarday', Type: 'string' }] : []
  return { ...storeView(store), FederationStatus: 'DISABLED', PartitionKeys }
}

/** Lists the stores of the Region. @throws ServiceError InvalidMaxResultsException, InvalidNextTokenException */
export async function listEventDataStores(
  context: CloudTrailContext,
  { MaxResults = 1000, NextToken }: Validated<ListEventDataStoresRequest>,
): Promise<ListEventDataStoresResponse> {
  if (MaxResults < 1 || MaxResults > 1000) throw invalidMaxResults(1000)
  const stores = await storesOf(context.call.store, context.call)
  const { rows, ...next } = pageOf(context, stores, ({ id }) => id, { limit: MaxResults, token: NextToken })
  return { EventDataStores: rows.map(({ name, arn }) => ({ Name: name, EventDataStoreArn: arn })), ...next }
}

/**
 * Changes a store.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html
 */
export async function updateEventDataStore(
  context: CloudTrailContext,
  request: Validated<UpdateEventDataStoreRequest>,
): Promise<UpdateEventDataStoreResponse> {
  const store = await findActiveStore(context, request.EventDataStore)
  const { OrganizationEnabled = store.organizationId !== undefined } = request
  const organizationId = OrganizationEnabled
    ? (store.organizationId ?? (await organizationOfStore(context, true)))
    : undefined
  const { call } = context
  const { BillingMode: billingMode = store.billingMode } = request
  if (billingMode === 'FIXED_RETENTION_PRICING' && store.billingMode !== billingMode)
    throw invalidParameter('The billing mode cannot be changed to FIXED_RETENTION_PRICING.')
  const retentionDays =
    request.RetentionPeriod === undefined && billingMode === store.billingMode
      ? store.retentionDays
      : retentionOf(billingMode, request.RetentionPeriod)
  const selectors =
    request.AdvancedEventSelectors && checkAdvancedSelectors(request.AdvancedEventSelectors, 'event-data-store')
  if (selectors && takesRecords({ selectors }) !== takesRecords(store))
    throw invalidParameter('The category of the events of an event data store cannot be changed.')
  if (request.KmsKeyId !== undefined && store.kmsKeyArn !== undefined && request.KmsKeyId !== store.kmsKeyArn)
    throw invalidParameter('The KMS key of an event data store cannot be changed or removed.')
  const kmsKeyArn = request.KmsKeyId === undefined ? undefined : await checkStoreKey(context, store, request.KmsKeyId)
  const nowMs = call.clock.nowMs()
  return changeStore(
    context,
    store,
    async (present, tx) => {
      if (await importRunningInto(tx, present)) throw storeHasImport(present.arn)
      const { Name: name = present.name, MultiRegionEnabled: isMultiRegion = present.isMultiRegion } = request
      const { TerminationProtectionEnabled: isProtected = present.isProtected } = request
      const { organizationId: _, ...alone } = present
      const changed: EventDataStore = {
        ...{ ...alone, name, isMultiRegion, isProtected, billingMode, retentionDays, updatedAtMs: nowMs },
        ...(organizationId !== undefined && { organizationId }),
        ...(selectors && { selectors }),
        ...(kmsKeyArn !== undefined && { kmsKeyArn }),
      }
      checkName(await storesOf(tx, present), changed)
      if (retentionDays < present.retentionDays) await scheduleExpiry(tx, present.id, nowMs)
      return changed
    },
    (changed) => ({ ...storeView(changed), FederationStatus: 'DISABLED' as const }),
  )
}

/**
 * Deletes a store, which can be restored for seven days.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html
 */
export async function deleteEventDataStore(
  context: CloudTrailContext,
  { EventDataStore }: Validated<DeleteEventDataStoreRequest>,
): Promise<Record<string, never>> {
  const store = await findActiveStore(context, EventDataStore)
  const nowMs = context.call.clock.nowMs()
  const throughSeq = await context.lake.ledger.lastSeq()
  return changeStore(
    context,
    store,
    async (present, tx) => {
      if (present.status === 'PENDING_DELETION') throw storeInactive(present.arn)
      if (present.isProtected) throw storeProtected(present.arn)
      if ((await channelsTo(tx, present)).length > 0) throw storeHasChannel(present.arn)
      if (await importRunningInto(tx, present)) throw storeHasImport(present.arn)
      const payload = { storeId: present.id }
      const dueAtMs = nowMs + restorableMs
      await tx.schedule({ kind: removeWork, key: present.id, dueAtMs, scope: everywhere, payload })
      const windows = closedWindows(present.windows, throughSeq)
      return { ...present, windows, status: 'PENDING_DELETION', updatedAtMs: nowMs }
    },
    () => ({}),
  )
}

/** Brings a deleted store back. Events of the time between are not in it. @throws ServiceError InvalidEventDataStoreStatusException */
export async function restoreEventDataStore(
  context: CloudTrailContext,
  { EventDataStore }: Validated<RestoreEventDataStoreRequest>,
): Promise<RestoreEventDataStoreResponse> {
  const store = await findStore(context, EventDataStore)
  const nowMs = context.call.clock.nowMs()
  await context.follower.begin()
  const afterSeq = await context.lake.ledger.lastSeq()
  return changeStore(
    context,
    store,
    async (present, tx) => {
      if (present.status !== 'PENDING_DELETION') throw invalidStoreStatus(present.arn, present.status)
      await tx.unschedule(removeWork, present.id)
      const windows = openedWindows(present.windows, afterSeq)
      return { ...present, windows, status: 'ENABLED', updatedAtMs: nowMs }
    },
    storeView,
  )
}

/** @throws ServiceError InvalidEventDataStoreCategoryException, InvalidEventDataStoreStatusException */
export const startEventDataStoreIngestion = (
  context: CloudTrailContext,
  { EventDataStore }: { EventDataStore: string },
): Promise<Record<string, never>> =>
  switchIngestion(context, EventDataStore, { from: 'STOPPED_INGESTION', to: 'STARTING_INGESTION' })

/** @throws ServiceError InvalidEventDataStoreCategoryException, InvalidEventDataStoreStatusException */
export const stopEventDataStoreIngestion = (
  context: CloudTrailContext,
  { EventDataStore }: { EventDataStore: string },
): Promise<Record<string, never>> =>
  switchIngestion(context, EventDataStore, { from: 'ENABLED', to: 'STOPPING_INGESTION' })

async function switchIngestion(
  context: CloudTrailContext,
  idOrArn: string,
  { from, to }: { from: EventDataStore['status']; to: 'STARTING_INGESTION' | 'STOPPING_INGESTION' },
): Promise<Record<string, never>> {
  const store = await findStore(context, idOrArn)
  if (!takesRecords(store))
    throw invalidStoreCategory('Only event data stores of CloudTrail events can stop and start ingestion.')
  const nowMs = context.call.clock.nowMs()
  await context.follower.begin()
  const seq = await context.lake.ledger.lastSeq()
  return changeStore(
    context,
    store,
    async (present, tx) => {
      if (present.status !== from) throw invalidStoreStatus(present.arn, present.status)
      const change = to === 'STARTING_INGESTION' ? openedWindows : closedWindows
      const changed: EventDataStore = {
        ...{ ...present, status: to, updatedAtMs: nowMs },
        windows: change(present.windows, seq),
      }
      await scheduleSettling(tx, changed, nowMs)
      return changed
    },
    () => ({}),
  )
}
