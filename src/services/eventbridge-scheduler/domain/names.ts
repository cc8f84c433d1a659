import type { Scope } from '../../../core/store.ts'

export const schedulerPrincipal = 'scheduler.amazonaws.com'
export const defaultGroupName = 'default'

export const groupArn = ({ accountId, region }: Scope, name: string): string =>
  `arn:aws:scheduler:${region}:${accountId}:schedule-group/${name}`

export const scheduleArn = ({ accountId, region }: Scope, group: string, name: string): string =>
  `arn:aws:scheduler:${region}:${accountId}:schedule/${group}/${name}`
