import { randomBytes } from 'node:crypto'
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DeleteRetentionPolicyRequest,
  PutLogGroupDeletionProtectionRequest,
  PutRetentionPolicyRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import type { Scope } from '../../../core/store.ts'
import { deletionProtected, groupExists, invalidRetention, notInClass, reservedName } from '../domain/errors.ts'
import { mergeTags } from '../domain/group-tags.ts'
import { classOf, deliveryRetentionDays, type LogGroup, retentionChoices, scopeOf } from '../domain/log-group.ts'
import { groupArn, nameOfIdentifier } from '../domain/log-names.ts'
import type { LogsContext } from '../logs-context.ts'
import { groups } from '../storage/collections.ts'
import { changeGroup, findGroup, presentGroup } from './find-group.ts'
import { discardWork, expireWork } from './group-work.ts'
import { usableKey } from './kms-keys.ts'
import { newId } from './new-id.ts'

const ownKeyBytes = 32

/**
 * @throws ServiceError ResourceAlreadyExistsException, InvalidParameterException, AccessDeniedException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
 */
export async function createLogGroup(
  context: LogsContext,
  { logGroupName: name, kmsKeyId, tags = {}, ...asked }: Validated<CreateLogGroupRequest>,
): Promise<void> {
  const { call } = context
  if (/^aws\//i.test(name)) throw reservedName()
  const logGroupClass = classOf(asked.logGroupClass)
  const scope: Scope = { accountId: call.accountId, region: call.region }
  const group: LogGroup = {
    ...{ name, arn: groupArn(call, name), ...scope, id: newId(), createdAtMs: call.clock.nowMs() },
    ...{ logGroupClass, deletionProtected: asked.deletionProtectionEnabled ?? false },
    ...(logGroupClass === 'DELIVERY' && { retentionDays: deliveryRetentionDays }),
    ...{ tags: mergeTags({}, tags), ownKey: randomBytes(ownKeyBytes).toString('base64') },
  }
  if (await call.store.in(groups).get(scope, name)) throw groupExists()
  const kmsKeyArn = kmsKeyId === undefined ? undefined : await usableKey(context, group, kmsKeyId)
  await call.transaction(async (tx) => {
    if (await tx.in(groups).get(scope, name)) throw groupExists()
    await tx.in(groups).put(scope, name, { ...group, ...(kmsKeyArn !== undefined && { kmsKeyArn }) })
    if (group.retentionDays !== undefined) await tx.schedule(expireWork(group, call.clock.nowMs()))
  })
}

/**
 * Deletes a group with its streams and events, which are removed behind the request.
 * @throws ServiceError ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html
 */
export async function deleteLogGroup(
  context: LogsContext,
  { logGroupName }: Validated<DeleteLogGroupRequest>,
): Promise<void> {
  const { call } = context
  const group = await findGroup(context, logGroupName)
  await call.transaction(async (tx) => {
    const present = await presentGroup(tx, group)
    if (present.deletionProtected) throw deletionProtected(group.name)
    await tx.in(groups).delete(scopeOf(group), group.name)
    const { kind, key } = expireWork(group, 0)
    await tx.unschedule(kind, key)
    await tx.schedule(discardWork(group, call.clock.nowMs()))
  })
}

/**
 * @throws ServiceError ResourceNotFoundException, InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
export async function putRetentionPolicy(
  context: LogsContext,
  { logGroupName, retentionInDays }: Validated<PutRetentionPolicyRequest>,
): Promise<void> {
  const { call } = context
  if (!retentionChoices.has(retentionInDays)) throw invalidRetention()
  const group = await findGroup(context, logGroupName)
  if (group.logGroupClass === 'DELIVERY') throw notInClass(call.operation, group.logGroupClass)
  await call.transaction(async (tx) => {
    const present = await presentGroup(tx, group)
    await tx.in(groups).put(scopeOf(group), group.name, { ...present, retentionDays: retentionInDays })
    await tx.schedule(expireWork(group, call.clock.nowMs()))
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html */
export async function deleteRetentionPolicy(
  context: LogsContext,
  { logGroupName }: Validated<DeleteRetentionPolicyRequest>,
): Promise<void> {
  const { call } = context
  const group = await findGroup(context, logGroupName)
  if (group.logGroupClass === 'DELIVERY') throw notInClass(call.operation, group.logGroupClass)
  await call.transaction(async (tx) => {
    const { retentionDays: _, ...present } = await presentGroup(tx, group)
    await tx.in(groups).put(scopeOf(group), group.name, present)
    const { kind, key } = expireWork(group, 0)
    await tx.unschedule(kind, key)
  })
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html */
export async function putDeletionProtection(
  context: LogsContext,
  { logGroupIdentifier, deletionProtectionEnabled }: Validated<PutLogGroupDeletionProtectionRequest>,
): Promise<void> {
  const group = await findGroup(context, nameOfIdentifier(context.call, logGroupIdentifier))
  await changeGroup(context, group, (present) => ({ ...present, deletionProtected: deletionProtectionEnabled }))
}
