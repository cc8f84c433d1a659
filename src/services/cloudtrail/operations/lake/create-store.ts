import { randomUUID } from 'node:crypto'
import type { CreateEventDataStoreRequest, CreateEventDataStoreResponse } from '@aws-sdk/client-cloudtrail'
import { dayMs } from '../../../../core/durations.ts'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { ServiceError } from '../../../../core/service-error.ts'
import type { DocumentReader } from '../../../../core/store.ts'
import { createdTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidKmsKeyId, kmsKeyMissing, notOrganizationAdministrator } from '../../domain/errors.ts'
import { storeExists, storeKeyInsufficient, tooManyStores } from '../../domain/lake/errors.ts'
import {
  defaultStoreSelectors,
  type EventDataStore,
  retentionOf,
  storeView,
} from '../../domain/lake/event-data-store.ts'
import { eventDataStoreArn } from '../../domain/resource-names.ts'
import { checkAdvancedSelectors } from '../../domain/selectors/check-advanced.ts'
import { resourceTags } from '../../domain/tags.ts'
import { newBatchKey } from '../../lake/batch-keys.ts'
import { scheduleExpiry } from '../../lake/keep-batches.ts'
import { scheduleSettling } from '../../lake/settle-store.ts'
import { putStore, storesOf } from '../../storage/lake-stores.ts'
import { administeredOrganization } from '../trails/organization-trails.ts'

/** Also those that are pending deletion. */
const mostStores = 10

/** Returns the permissions for a new store, whose id is not known yet. */
export const onNewStore = (
  { call }: CloudTrailContext,
  { TagsList = [] }: Validated<CreateEventDataStoreRequest>,
): Permission[] => [
  {
    ...{ action: 'cloudtrail:CreateEventDataStore', resource: '*' },
    context: () => createdTagKeys(TagsList),
    resourceAccountId: call.accountId,
  },
]

/**
 * Finds the organization that a store is for, if it is for one. Such stores belong to the management account.
 * @throws ServiceError as `administeredOrganization`.
 */
export async function organizationOfStore(
  context: CloudTrailContext,
  isOrganization: boolean | undefined,
): Promise<string | undefined> {
  if (!isOrganization) return undefined
  const { id, managementAccountId } = await administeredOrganization(context)
  if (managementAccountId !== context.call.accountId) throw notOrganizationAdministrator()
  return id
}

/**
 * Creates an event data store, which takes events from then on.
 * @throws ServiceError as the documentation lists.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
 */
export async function createEventDataStore(
  context: CloudTrailContext,
  request: Validated<CreateEventDataStoreRequest>,
): Promise<CreateEventDataStoreResponse> {
  const { call, lake, follower } = context
  const { Name: name, BillingMode: billingMode = 'EXTENDABLE_RETENTION_PRICING', TagsList = [] } = request
  const { MultiRegionEnabled: isMultiRegion = true, TerminationProtectionEnabled: isProtected = true } = request
  const organizationId = await organizationOfStore(context, request.OrganizationEnabled)
  const id = randomUUID()
  const nowMs = call.clock.nowMs()
  const blank: EventDataStore = {
    ...{ id, arn: eventDataStoreArn(call, id), name, accountId: call.accountId, region: call.region },
    selectors: request.AdvancedEventSelectors
      ? checkAdvancedSelectors(request.AdvancedEventSelectors, 'event-data-store')
      : defaultStoreSelectors,
    ...{ isMultiRegion, billingMode, isProtected, status: 'CREATED', createdAtMs: nowMs, updatedAtMs: nowMs },
    retentionDays: retentionOf(billingMode, request.RetentionPeriod),
    ...{ tags: resourceTags.merge([], TagsList), windows: [] },
    ...(organizationId !== undefined && { organizationId }),
  }
  await checkRoom(call.store, blank)
  const kmsKeyArn = request.KmsKeyId === undefined ? undefined : await checkStoreKey(context, blank, request.KmsKeyId)
  await follower.begin()
  const afterSeq = await lake.ledger.lastSeq()
  const windows = request.StartIngestion === false ? [] : [{ afterSeq }]
  const store: EventDataStore = { ...blank, windows, ...(kmsKeyArn !== undefined && { kmsKeyArn }) }
  const answer = await call.transaction(async (tx) => {
    await checkRoom(tx, store)
    await putStore(tx, store)
    await scheduleSettling(tx, store, nowMs)
    await scheduleExpiry(tx, id, nowMs + dayMs)
    return { ...storeView(store), TagsList: [...store.tags] }
  })
  await lake.stores.refresh()
  return answer
}

/** @throws ServiceError EventDataStoreAlreadyExistsException, EventDataStoreMaxLimitExceededException */
async function checkRoom(reader: DocumentReader, store: EventDataStore): Promise<void> {
  const others = await storesOf(reader, store)
  checkName(others, store)
  if (others.length >= mostStores) throw tooManyStores(mostStores)
}

/** @throws ServiceError EventDataStoreAlreadyExistsException */
export function checkName(others: readonly EventDataStore[], { id, name }: EventDataStore): void {
  if (others.some((other) => other.id !== id && other.name === name)) throw storeExists(name)
}

/**
 * Finds the KMS key that events are encrypted with, and tries it.
 * @returns the ARN of the key.
 * @throws ServiceError InvalidKmsKeyIdException, KmsKeyNotFoundException, InsufficientEncryptionPolicyException
 */
export async function checkStoreKey(
  { calls, call }: CloudTrailContext,
  store: EventDataStore,
  given: string,
): Promise<string> {
  const forms =
    /^(arn:[^:]+:kms:[^:]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
  if (!forms.test(given)) throw invalidKmsKeyId(given)
  const resource = given.startsWith('alias/') ? given : `key/${given}`
  const KeyId = given.startsWith('arn:')
    ? given
    : `arn:${call.partition}:kms:${call.region}:${call.accountId}:${resource}`
  try {
    const { KeyMetadata } = await call.invoke('kms', 'DescribeKey', { KeyId })
    const kmsKeyArn = KeyMetadata.Arn ?? KeyId
    await newBatchKey(calls, { ...store, kmsKeyArn })
    return kmsKeyArn
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    if (error.code === 'NotFoundException') throw kmsKeyMissing(given, call.region)
    throw storeKeyInsufficient(KeyId)
  }
}
