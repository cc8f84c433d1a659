import type { Call } from '../../../core/call.ts'
import type { Principal } from '../../../core/principal.ts'
import { notWithSessionCredentials } from '../domain/errors.ts'

/** The user or root user that signed with an access key of its own. @throws ServiceError AccessDenied for sessions. */
export function longTermCaller({ caller, operation }: Call): Extract<Principal, { kind: 'root' | 'user' }> {
  const { principal, session } = caller
  if (session || (principal.kind !== 'user' && principal.kind !== 'root')) throw notWithSessionCredentials(operation)
  return principal
}
