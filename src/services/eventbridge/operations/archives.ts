import { randomUUID } from 'node:crypto'
import type {
  CreateArchiveRequest,
  CreateArchiveResponse,
  DeleteArchiveRequest,
  DescribeArchiveRequest,
  DescribeArchiveResponse,
  ListArchivesRequest,
  ListArchivesResponse,
  UpdateArchiveRequest,
  UpdateArchiveResponse,
} from '@aws-sdk/client-eventbridge'
import type { Validated } from '../../../core/operation.ts'
import type { Scope, Store, Transaction } from '../../../core/store.ts'
import type { Archive } from '../domain/archive.ts'
import { archiveExists, archiveNotFound, notABus, notSupported } from '../domain/errors.ts'
import { archiveArn, busArn, resourceOfArn } from '../domain/names.ts'
import { checkPattern } from '../domain/patterns.ts'
import type { EventBridgeContext } from '../eventbridge-context.ts'
import { countWanting, wantsApiCalls } from '../routing/api-calls.ts'
import { rulesChanged } from '../routing/bus-rules.ts'
import { sizeOf } from '../storage/archive.ts'
import { archives } from '../storage/collections.ts'
import { emptyArchive, planExpiry } from './archive-work.ts'
import { findBus, presentBus } from './find-bus.ts'
import { pageOf } from './pages.ts'

/**
 * Makes an archive, which keeps the events of a bus from now on.
 * @throws ServiceError InvalidEventPatternException, ResourceAlreadyExistsException, ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html
 */
export async function createArchive(
  context: EventBridgeContext,
  {
    ArchiveName: name,
    EventSourceArn,
    Description,
    EventPattern,
    RetentionDays = 0,
    KmsKeyIdentifier,
  }: Validated<CreateArchiveRequest>,
): Promise<CreateArchiveResponse> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  if (KmsKeyIdentifier) throw notSupported('KmsKeyIdentifier')
  const source = resourceOfArn(EventSourceArn)
  if (source?.kind !== 'event-bus' || source.accountId !== scope.accountId || source.region !== scope.region) {
    throw notABus()
  }
  const bus = await findBus(context, EventSourceArn)
  if (EventPattern) checkPattern(EventPattern)
  const nowMs = call.clock.nowMs()
  const archive: Archive = {
    ...{ name, busName: bus.name, arn: archiveArn(scope, name), id: randomUUID(), createdAtMs: nowMs },
    retentionDays: RetentionDays,
    ...(Description !== undefined && { description: Description }),
    ...(EventPattern && { pattern: EventPattern }),
  }
  await context.apiCalls.prepare(archive)
  return call.transaction(async (tx) => {
    await presentBus(tx, bus)
    if (await tx.in(archives).get(scope, name)) throw archiveExists(name)
    await countWanting(tx, false, wantsApiCalls(archive))
    await tx.in(archives).put(scope, name, archive)
    await rulesChanged(tx, bus)
    await planExpiry(tx, scope, archive, nowMs)
    return { ArchiveArn: archive.arn, State: 'ENABLED' as const, CreationTime: new Date(nowMs) }
  })
}

/** @throws ServiceError InvalidEventPatternException, ResourceNotFoundException, ValidationException. */
export async function updateArchive(
  { call, apiCalls }: EventBridgeContext,
  { ArchiveName, Description, EventPattern, RetentionDays, KmsKeyIdentifier }: Validated<UpdateArchiveRequest>,
): Promise<UpdateArchiveResponse> {
  if (KmsKeyIdentifier) throw notSupported('KmsKeyIdentifier')
  if (EventPattern) checkPattern(EventPattern)
  const scope = { accountId: call.accountId, region: call.region }
  const { busName } = await presentArchive(call.store, scope, ArchiveName)
  await apiCalls.prepare({ busName, ...(EventPattern && { pattern: EventPattern }) })
  return call.transaction(async (tx) => {
    const present = await presentArchive(tx, scope, ArchiveName)
    const archive: Archive = {
      ...present,
      ...(Description !== undefined && { description: Description }),
      ...(EventPattern && { pattern: EventPattern }),
      ...(RetentionDays !== undefined && { retentionDays: RetentionDays }),
    }
    await countWanting(tx, wantsApiCalls(present), wantsApiCalls(archive))
    await tx.in(archives).put(scope, ArchiveName, archive)
    await rulesChanged(tx, { ...scope, name: archive.busName })
    await planExpiry(tx, scope, archive, call.clock.nowMs())
    return { ArchiveArn: archive.arn, State: 'ENABLED' as const, CreationTime: new Date(archive.createdAtMs) }
  })
}

/** Deletes an archive; its events are removed behind the request. @throws ServiceError ResourceNotFoundException. */
export async function deleteArchive(
  { call }: EventBridgeContext,
  { ArchiveName }: Validated<DeleteArchiveRequest>,
): Promise<Record<string, never>> {
  const scope = { accountId: call.accountId, region: call.region }
  return call.transaction(async (tx) => {
    const archive = await presentArchive(tx, scope, ArchiveName)
    await tx.in(archives).delete(scope, ArchiveName)
    await countWanting(tx, wantsApiCalls(archive), false)
    await rulesChanged(tx, { ...scope, name: archive.busName })
    await emptyArchive(tx, scope, archive, call.clock.nowMs())
    return {}
  })
}

/** @throws ServiceError ResourceNotFoundException. */
export async function describeArchive(
  { call }: EventBridgeContext,
  { ArchiveName }: Validated<DescribeArchiveRequest>,
): Promise<DescribeArchiveResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  const archive = await presentArchive(call.store, scope, ArchiveName)
  const { description, pattern } = archive
  return {
    ArchiveArn: archive.arn,
    ...(await shownArchive(call.store, scope, archive)),
    ...(description !== undefined && { Description: description }),
    ...(pattern !== undefined && { EventPattern: pattern }),
  }
}

/** @throws ServiceError ValidationException. */
export async function listArchives(
  context: EventBridgeContext,
  { NamePrefix = '', EventSourceArn, State, NextToken, Limit }: Validated<ListArchivesRequest>,
): Promise<ListArchivesResponse> {
  const { store, accountId, region } = context.call
  const scope = { accountId, region }
  const list = [NamePrefix, EventSourceArn, State]
  const isFiltered = EventSourceArn !== undefined || State !== undefined
  const fits = ({ busName }: Archive) =>
    (State === undefined || State === 'ENABLED') &&
    (EventSourceArn === undefined || EventSourceArn === busArn({ ...scope, name: busName }))
  const { rows, next } = await pageOf(
    ...([context, list, NextToken, Limit] as const),
    (afterId, limit) => store.in(archives).list(scope, { idPrefix: NamePrefix, afterId, limit }),
    isFiltered ? fits : undefined,
  )
  const Archives = await Promise.all(rows.map((archive) => shownArchive(store, scope, archive)))
  return { Archives, ...(next !== undefined && { NextToken: next }) }
}

/** @throws ServiceError ResourceNotFoundException. */
export async function presentArchive(reader: Pick<Store, 'in'>, scope: Scope, name: string): Promise<Archive> {
  const archive = await reader.in(archives).get(scope, name)
  if (!archive) throw archiveNotFound(name)
  return archive
}

async function shownArchive(reader: Pick<Store | Transaction, 'in'>, scope: Scope, archive: Archive) {
  const { events, bytes } = await sizeOf(reader, scope, archive)
  return {
    ...{ ArchiveName: archive.name, EventSourceArn: busArn({ ...scope, name: archive.busName }) },
    ...{ State: 'ENABLED' as const, RetentionDays: archive.retentionDays, SizeBytes: bytes, EventCount: events },
    CreationTime: new Date(archive.createdAtMs),
  }
}
