import type { Permission } from '../../../core/operation.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { noSuchToken } from '../domain/errors.ts'

/** Returns the permissions for operations that no resource belongs to. */
export const onAccount = ({ call }: CloudTrailContext): Permission[] => [
  { action: `cloudtrail:${call.operation}`, resource: '*' },
]

/**
 * Refuses every token, for lists that are given whole.
 * @param refusal - default: InvalidNextTokenException.
 */
export function checkNoToken({ NextToken }: { NextToken?: string }, refusal: () => Error = noSuchToken): void {
  if (NextToken !== undefined) throw refusal()
}
