import type {
  CreateWorkGroupInput,
  CreateWorkGroupOutput,
  DeleteWorkGroupInput,
  DeleteWorkGroupOutput,
  EncryptionConfiguration,
  GetWorkGroupInput,
  GetWorkGroupOutput,
  ListEngineVersionsOutput,
  ListWorkGroupsInput,
  ListWorkGroupsOutput,
  WorkGroupConfiguration as ShownConfiguration,
  UpdateWorkGroupInput,
  UpdateWorkGroupOutput,
  WorkGroupConfigurationUpdates,
} from '@aws-sdk/client-athena'
import type { Validated } from '../../../core/operation.ts'
import type { DocumentReader } from '../../../core/store.ts'
import type { AthenaContext } from '../athena-context.ts'
import {
  invalidLocation,
  invalidRequest,
  notSupported,
  primaryStays,
  workGroupExists,
  workGroupNotEmpty,
  workGroupNotFound,
} from '../domain/errors.ts'
import { readLocation } from '../domain/location.ts'
import { athenaTags } from '../domain/work-group-tags.ts'
import {
  namedQueries,
  preparedId,
  preparedStatements,
  type ResultEncryption,
  type WorkGroup,
  type WorkGroupConfiguration,
  workGroups,
} from '../storage/collections.ts'
import { byId, pageOf } from './pages.ts'
import { primaryName, scopeOf } from './permissions.ts'

export const engineVersion = {
  SelectedEngineVersion: 'AUTO',
  EffectiveEngineVersion: 'Athena engine version 3',
}

/** The work group that is there before it is changed. */
const primary: WorkGroup = {
  ...{ name: primaryName, isEnabled: true, createdAtMs: 0, tags: [] },
  configuration: { isEnforced: false, publishesMetrics: false, requesterPays: false },
}

/** @throws ServiceError InvalidRequestException. */
export async function findWorkGroup(reader: DocumentReader, context: AthenaContext, name: string): Promise<WorkGroup> {
  const found = await reader.in(workGroups).get(scopeOf(context), name)
  if (found) return found
  if (name === primaryName) return primary
  throw workGroupNotFound(name)
}

/** @throws ServiceError InvalidRequestException - encryption by the client. */
export function encryptionOf(given: EncryptionConfiguration | undefined): ResultEncryption | undefined {
  if (!given) return undefined
  if (given.EncryptionOption === 'CSE_KMS') throw notSupported('CSE_KMS')
  return { option: given.EncryptionOption ?? 'SSE_S3', ...(given.KmsKey && { kmsKey: given.KmsKey }) }
}

export const shownEncryption = ({ option, kmsKey }: ResultEncryption): EncryptionConfiguration => ({
  ...{ EncryptionOption: option, ...(kmsKey !== undefined && { KmsKey: kmsKey }) },
})

const unsupported = [
  ...[
    'ManagedQueryResultsConfiguration',
    'ManagedQueryResultsConfigurationUpdates',
    'ExecutionRole',
    'MonitoringConfiguration',
  ],
  ...[
    'CustomerContentEncryptionConfiguration',
    'IdentityCenterConfiguration',
    'QueryResultsS3AccessGrantsConfiguration',
  ],
  'EngineConfiguration',
] as const

type Given = ShownConfiguration & WorkGroupConfigurationUpdates

/** What a request changes of a configuration. @throws ServiceError InvalidRequestException. */
function changed(present: WorkGroupConfiguration, given: Given): WorkGroupConfiguration {
  const refused = unsupported.find((member) => {
    const value: unknown = given[member]
    // Clients say what they do not want.
    return (
      value !== undefined &&
      !(typeof value === 'object' && value !== null && 'Enabled' in value && value.Enabled === false)
    )
  })
  if (refused) throw notSupported(refused)
  const results = given.ResultConfigurationUpdates ?? given.ResultConfiguration ?? {}
  const updates = given.ResultConfigurationUpdates ?? {}
  if (results.AclConfiguration) throw notSupported('AclConfiguration')
  const location = updates.RemoveOutputLocation ? undefined : results.OutputLocation || present.location
  if (location !== undefined && !readLocation(location)) throw invalidLocation(location)
  const encryption = updates.RemoveEncryptionConfiguration
    ? undefined
    : (encryptionOf(results.EncryptionConfiguration) ?? present.encryption)
  const owner = updates.RemoveExpectedBucketOwner
    ? undefined
    : (results.ExpectedBucketOwner ?? present.expectedBucketOwner)
  const cutoffBytes = given.RemoveBytesScannedCutoffPerQuery
    ? undefined
    : (given.BytesScannedCutoffPerQuery ?? present.cutoffBytes)
  return {
    isEnforced: given.EnforceWorkGroupConfiguration ?? present.isEnforced,
    publishesMetrics: given.PublishCloudWatchMetricsEnabled ?? present.publishesMetrics,
    requesterPays: given.RequesterPaysEnabled ?? present.requesterPays,
    ...(location !== undefined && { location }),
    ...(encryption && { encryption }),
    ...(owner !== undefined && { expectedBucketOwner: owner }),
    ...(cutoffBytes !== undefined && { cutoffBytes }),
  }
}

/**
 * @throws ServiceError InvalidRequestException.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html
 */
export async function createWorkGroup(
  context: AthenaContext,
  { Name, Configuration = {}, Description, Tags = [] }: Validated<CreateWorkGroupInput>,
): Promise<CreateWorkGroupOutput> {
  const { call } = context
  // New groups are enforced, and publish metrics, unless they say otherwise.
  const initial = { isEnforced: true, publishesMetrics: true, requesterPays: false }
  const group: WorkGroup = {
    ...{ name: Name, isEnabled: true, configuration: changed(initial, Configuration) },
    ...{ createdAtMs: call.clock.nowMs(), tags: athenaTags.merge([], Tags) },
    ...(Description !== undefined && { description: Description }),
  }
  return call.transaction(async (tx) => {
    if (Name === primaryName || (await tx.in(workGroups).get(scopeOf(context), Name))) throw workGroupExists()
    await tx.in(workGroups).put(scopeOf(context), Name, group)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html */
export async function getWorkGroup(
  context: AthenaContext,
  { WorkGroup: name }: Validated<GetWorkGroupInput>,
): Promise<GetWorkGroupOutput> {
  const group = await findWorkGroup(context.call.store, context, name)
  const { configuration } = group
  return {
    WorkGroup: {
      ...summaryOf(group),
      Configuration: {
        ResultConfiguration: {
          ...(configuration.location !== undefined && { OutputLocation: configuration.location }),
          ...(configuration.encryption && { EncryptionConfiguration: shownEncryption(configuration.encryption) }),
          ...(configuration.expectedBucketOwner !== undefined && {
            ExpectedBucketOwner: configuration.expectedBucketOwner,
          }),
        },
        EnforceWorkGroupConfiguration: configuration.isEnforced,
        PublishCloudWatchMetricsEnabled: configuration.publishesMetrics,
        RequesterPaysEnabled: configuration.requesterPays,
        EngineVersion: engineVersion,
        ...(configuration.cutoffBytes !== undefined && { BytesScannedCutoffPerQuery: configuration.cutoffBytes }),
      },
    },
  }
}

const summaryOf = ({ name, isEnabled, description, createdAtMs }: WorkGroup) => ({
  ...{ Name: name, State: isEnabled ? ('ENABLED' as const) : ('DISABLED' as const), Description: description ?? '' },
  ...(createdAtMs > 0 && { CreationTime: new Date(createdAtMs) }),
})

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListWorkGroups.html */
export async function listWorkGroups(
  context: AthenaContext,
  { NextToken: token, MaxResults: limit }: Validated<ListWorkGroupsInput>,
): Promise<ListWorkGroupsOutput> {
  const { rows, ...next } = await pageOf<WorkGroup>(context, { token, limit, list: [] }, async (afterId, count) => {
    const options = { limit: count, ...(afterId !== undefined && { afterId }) }
    const found = byId(await context.call.store.in(workGroups).list(scopeOf(context), options))
    const isThere = found.some(({ place }) => place === primaryName)
    // The primary group is there without a document; one that was changed comes in its order.
    const isMissing = !isThere && (afterId === undefined || afterId < primaryName)
    const kept = isMissing && (await context.call.store.in(workGroups).get(scopeOf(context), primaryName))
    const all = isMissing && !kept ? [...found, { place: primaryName, row: primary }] : found
    return all.sort((a, b) => (a.place < b.place ? -1 : 1)).slice(0, count)
  })
  return { WorkGroups: rows.map((group) => ({ ...summaryOf(group), EngineVersion: engineVersion })), ...next }
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html */
export async function updateWorkGroup(
  context: AthenaContext,
  { WorkGroup: name, ConfigurationUpdates = {}, Description, State }: Validated<UpdateWorkGroupInput>,
): Promise<UpdateWorkGroupOutput> {
  return context.call.transaction(async (tx) => {
    const present = await findWorkGroup(tx, context, name)
    await tx.in(workGroups).put(scopeOf(context), name, {
      ...{ ...present, configuration: changed(present.configuration, ConfigurationUpdates) },
      ...(Description !== undefined && { description: Description }),
      ...(State !== undefined && { isEnabled: State === 'ENABLED' }),
    })
    return {}
  })
}

const mostRemoved = 1000

/**
 * Deletes a work group. One with named queries or prepared statements is deleted with them where the request says so.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html
 */
export async function deleteWorkGroup(
  context: AthenaContext,
  { WorkGroup: name, RecursiveDeleteOption }: Validated<DeleteWorkGroupInput>,
): Promise<DeleteWorkGroupOutput> {
  if (name === primaryName) throw primaryStays()
  const scope = scopeOf(context)
  return context.call.transaction(async (tx) => {
    await findWorkGroup(tx, context, name)
    const named = await tx
      .in(namedQueries)
      .list(scope, { index: { name: 'workGroup', value: name }, limit: mostRemoved })
    const prepared = await tx.in(preparedStatements).list(scope, { idPrefix: preparedId(name, ''), limit: mostRemoved })
    if (named.length + prepared.length > 0 && !RecursiveDeleteOption) throw workGroupNotEmpty(name)
    if (named.length === mostRemoved || prepared.length === mostRemoved) {
      throw invalidRequest('The work group has too many named queries or prepared statements: delete some first.')
    }
    for (const { id } of named) await tx.in(namedQueries).delete(scope, id)
    for (const { id } of prepared) await tx.in(preparedStatements).delete(scope, id)
    await tx.in(workGroups).delete(scope, name)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/athena/latest/APIReference/API_ListEngineVersions.html */
export const listEngineVersions = async (): Promise<ListEngineVersionsOutput> => ({
  EngineVersions: [
    { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    { SelectedEngineVersion: 'Athena engine version 3', EffectiveEngineVersion: 'Athena engine version 3' },
  ],
})
