import type { Permission } from '../../../core/operation.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'

/** Names the permission of an operation that no resource belongs to. */
export const onAccount = ({ call }: CloudWatchContext): Permission[] => [
  { action: `cloudwatch:${call.operation}`, resource: '*' },
]
