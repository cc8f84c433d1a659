import type { CreateLogStreamRequest, DeleteLogStreamRequest } from '@aws-sdk/client-cloudwatch-logs'
import type { Validated } from '../../../core/operation.ts'
import { streamExists, streamNotFound } from '../domain/errors.ts'
import type { LogsContext } from '../logs-context.ts'
import { deleteStream, findStream, insertStream } from '../storage/streams.ts'
import { findGroup, presentGroup } from './find-group.ts'
import { discardStreamWork } from './group-work.ts'
import { newId } from './new-id.ts'

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html */
export async function createLogStream(
  context: LogsContext,
  { logGroupName, logStreamName: name }: Validated<CreateLogStreamRequest>,
): Promise<void> {
  const { call } = context
  const group = await findGroup(context, logGroupName)
  await call.transaction(async (tx) => {
    await presentGroup(tx, group)
    const sql = tx.sql('logs')
    if (await findStream(sql, group.id, name)) throw streamExists()
    await insertStream(sql, group.id, { name, id: newId() }, call.clock.nowMs())
  })
}

/**
 * Deletes a stream with its events, which are removed behind the request.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html
 */
export async function deleteLogStream(
  context: LogsContext,
  { logGroupName, logStreamName: name }: Validated<DeleteLogStreamRequest>,
): Promise<void> {
  const { call } = context
  const group = await findGroup(context, logGroupName)
  await call.transaction(async (tx) => {
    await presentGroup(tx, group)
    const sql = tx.sql('logs')
    const stream = await findStream(sql, group.id, name)
    if (!stream) throw streamNotFound()
    await deleteStream(sql, group.id, name)
    await tx.schedule(discardStreamWork(group, stream.id, call.clock.nowMs()))
  })
}
