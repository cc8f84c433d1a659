import type { Store } from '../../../core/store.ts'
import { groupNotFound, streamNotFound } from '../domain/errors.ts'
import { type LogGroup, scopeOf } from '../domain/log-group.ts'
import { type GroupChoice, nameOfChoice } from '../domain/log-names.ts'
import type { LogsContext } from '../logs-context.ts'
import { groups } from '../storage/collections.ts'
import { findStream, type StreamRow } from '../storage/streams.ts'

/** The group of a name, looked up once for each call: the group that was authorised is the one that is used. */
export const groupIfThere = async ({ call, found }: LogsContext, name: string): Promise<LogGroup | undefined> =>
  found.find(name, () => call.store.in(groups).get({ accountId: call.accountId, region: call.region }, name))

/** @throws ServiceError ResourceNotFoundException. */
export async function findGroup(context: LogsContext, name: string): Promise<LogGroup> {
  const group = await groupIfThere(context, name)
  if (!group) throw groupNotFound()
  return group
}

/** @throws ServiceError ResourceNotFoundException, ValidationException. */
export const chosenGroup = (context: LogsContext, choice: GroupChoice): Promise<LogGroup> =>
  findGroup(context, nameOfChoice(context.call, choice))

/** The group as it is in a transaction. @throws ServiceError ResourceNotFoundException - it was deleted meanwhile. */
export async function presentGroup(tx: Pick<Store, 'in'>, group: LogGroup): Promise<LogGroup> {
  const present = await tx.in(groups).get(scopeOf(group), group.name)
  if (present?.id !== group.id) throw groupNotFound()
  return present
}

/** Changes a group in the call's transaction. @throws ServiceError ResourceNotFoundException; what `change` throws. */
export const changeGroup = (
  { call }: LogsContext,
  group: LogGroup,
  change: (present: LogGroup) => LogGroup,
): Promise<void> =>
  call.transaction(async (tx) => {
    const changed = change(await presentGroup(tx, group))
    await tx.in(groups).put(scopeOf(group), group.name, changed)
  })

/** @throws ServiceError ResourceNotFoundException. */
export async function findGroupStream({ store }: LogsContext, group: LogGroup, name: string): Promise<StreamRow> {
  const stream = await findStream(store.sql('logs'), group.id, name)
  if (!stream) throw streamNotFound()
  return stream
}
