import { type Awaitable, andThen } from '../core/awaitable.ts'
import type { Permission } from '../core/operation.ts'
import type { Decision } from './decision.ts'

/**
 * Asks for a permission, and once more with its grant where nothing else allows it: to find a grant costs a look into the
 * store, and an explicit Deny stands against every grant.
 * @param ask - evaluates the permission that it is given.
 */
export function askWithGrant<R extends { decision: Decision }>(
  permission: Permission,
  ask: (permission: Permission) => Awaitable<R>,
): Awaitable<R> {
  return andThen(ask(permission), (answer) => {
    const { allowed, explicitDeny } = answer.decision
    if (allowed || explicitDeny || !permission.findGrant) return answer
    return permission.findGrant().then((granted) => (granted ? ask({ ...permission, granted }) : answer))
  })
}
