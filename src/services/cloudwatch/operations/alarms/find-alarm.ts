import type { Tag } from '@aws-sdk/client-cloudwatch'
import type { Permission, RequestContext } from '../../../../core/operation.ts'
import { createdTagKeys, requestTagKeys, resourceTagKeys } from '../../../../kit/tag-keys.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { alarmArn } from '../../domain/alarms/alarm.ts'
import { alarms, type StoredAlarm } from '../../storage/collections.ts'

/** An alarm of the caller's account, by name. */
export const alarmNamed = async ({ call }: CloudWatchContext, name: string): Promise<StoredAlarm | undefined> =>
  call.store.in(alarms).get({ accountId: call.accountId, region: call.region }, name)

async function alarmPermission(
  context: CloudWatchContext,
  name: string,
  keys: RequestContext = {},
): Promise<Permission> {
  const { call } = context
  const { tags = [] } = (await alarmNamed(context, name)) ?? {}
  return {
    action: `cloudwatch:${call.operation}`,
    resource: alarmArn(call, name),
    context: { ...resourceTagKeys(tags), ...keys },
  }
}

/** Names the permission of an operation on one alarm. */
export const onAlarm = async (
  context: CloudWatchContext,
  { AlarmName = '' }: { AlarmName?: string | undefined },
): Promise<Permission[]> => [await alarmPermission(context, AlarmName)]

/** Names the permissions of an operation on several alarms: each must be allowed. */
export const onAlarms = (
  context: CloudWatchContext,
  { AlarmNames = [] }: { AlarmNames?: string[] | undefined },
): Promise<Permission[]> => Promise.all(AlarmNames.map((name) => alarmPermission(context, name)))

interface PutRequest {
  AlarmName?: string | undefined
  Tags?: Tag[] | undefined
  AlarmActions?: string[] | undefined
  OKActions?: string[] | undefined
  InsufficientDataActions?: string[] | undefined
}

/** Names the permissions of what creates or changes an alarm. Tags come with their own permission where the alarm is new. */
export async function onPutAlarm(context: CloudWatchContext, request: PutRequest): Promise<Permission[]> {
  const { AlarmName = '', Tags = [], AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = request
  const called = [...new Set([...AlarmActions, ...OKActions, ...InsufficientDataActions])]
  const isNew = !(await alarmNamed(context, AlarmName))
  const keys = {
    ...(isNew ? createdTagKeys(Tags) : requestTagKeys(Tags)),
    ...(called.length > 0 && { 'cloudwatch:AlarmActions': called }),
  }
  const put = await alarmPermission(context, AlarmName, keys)
  return isNew && Tags.length > 0 ? [put, { ...put, action: 'cloudwatch:TagResource' }] : [put]
}

/** Names the permission of a list of alarms. */
export const onAllAlarms = ({ call }: CloudWatchContext): Permission[] => [
  { action: `cloudwatch:${call.operation}`, resource: alarmArn(call, '*') },
]

/** Names the permission of the history of one alarm, or of all. */
export const onAlarmHistory = (
  context: CloudWatchContext,
  { AlarmName }: { AlarmName?: string | undefined },
): Permission[] | Promise<Permission[]> =>
  AlarmName === undefined ? onAllAlarms(context) : onAlarm(context, { AlarmName })
