import type { Permission } from '../../../core/operation.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'

/** For operations that no resource belongs to. */
export const onAccount = ({ call }: CloudWatchContext): Permission[] => [
  { action: `cloudwatch:${call.operation}`, resource: '*' },
]
