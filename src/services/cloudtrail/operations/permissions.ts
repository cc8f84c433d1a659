import type { Permission } from '../../../core/operation.ts'
import type { CloudTrailContext } from '../cloudtrail-context.ts'
import { noSuchToken } from '../domain/errors.ts'
import type { Place } from '../domain/resource-names.ts'

/** Returns the permissions for operations that no resource belongs to. */
export const onAccount = ({ call }: CloudTrailContext): Permission[] => [
  { action: `cloudtrail:${call.operation}`, resource: '*' },
]

/** Returns the permissions for operations on what a member of the request names. @param arnOf - returns the ARN of what is named; refuses invalid names. */
export const onNamed =
  (arnOf: (place: Place, name: string) => string) =>
  <Member extends string>(member: Member) =>
  ({ call }: CloudTrailContext, request: Readonly<Record<Member, string>>): Permission[] => [
    { action: `cloudtrail:${call.operation}`, resource: arnOf(call, request[member]) },
  ]

/**
 * Refuses every token, for lists that are given whole.
 * @param refusal - default: InvalidNextTokenException.
 */
export function checkNoToken({ NextToken }: { NextToken?: string }, refusal: () => Error = noSuchToken): void {
  if (NextToken !== undefined) throw refusal()
}
