import type { CollectionSpec } from '../../../core/store.ts'
import type { LogGroup } from '../domain/log-group.ts'

/** By name. */
export const groups: CollectionSpec<LogGroup> = { name: 'logs.groups', sealed: ['ownKey'] }
