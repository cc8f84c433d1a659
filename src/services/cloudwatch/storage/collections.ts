import type { CollectionSpec } from '../../../core/store.ts'

/** When old data are put together next; absent while there are none. */
export const rollUpSchedule: CollectionSpec<{ dueAtMs: number }> = { name: 'cloudwatch.roll-up' }
