import type { AccountOrganization } from '../../../core/identity.ts'
import type { RequestContext } from '../../../core/operation.ts'
import type { Caller, Principal } from '../../../core/principal.ts'
import { type Tag, tagRecord } from '../../../kit/tags.ts'
import { globalContext } from '../../../policy/context.ts'
import type { IamArn } from './names.ts'

/** Whom a simulation pretends to hear from. */
export interface SimulatedCaller {
  caller: Caller
  accountId: string
  /** Condition keys that follow from who calls. Those that tell of the request itself must be given. */
  context: RequestContext
}

/**
 * A user, or a session of a role, as a caller.
 * @param entity - what is known of it: a simulated caller need not exist.
 */
export function simulatedCaller(
  arn: string,
  { accountId, kind, name }: IamArn,
  entity: { id: string; tags: readonly Tag[] } = { id: '', tags: [] },
): SimulatedCaller {
  const principal: Principal =
    kind === 'role'
      ? {
          kind: 'assumed-role',
          accountId,
          arn: `arn:aws:sts::${accountId}:assumed-role/${name}/simulation`,
          roleArn: arn,
          roleId: entity.id,
          roleName: name,
          sessionName: 'simulation',
        }
      : { kind: 'user', accountId, arn, userId: entity.id, userName: name }
  const caller: Caller = { principal, principalTags: tagRecord(entity.tags) }
  return { caller, accountId, context: kind === 'group' ? {} : principalContext(caller) }
}

/** Returns a user of an account of which nothing else is known. */
export function unknownUserIn(accountId: string): SimulatedCaller {
  const principal: Principal = { kind: 'user', accountId, arn: '', userId: '', userName: '' }
  return { caller: { principal, principalTags: {} }, accountId, context: {} }
}

/** Adds the place of the caller's account in its organization to what follows from who calls. */
export const inOrganization = (caller: SimulatedCaller, place: AccountOrganization | undefined): SimulatedCaller =>
  place
    ? {
        ...caller,
        context: { ...caller.context, 'aws:PrincipalOrgID': place.id, 'aws:PrincipalOrgPaths': place.paths },
      }
    : caller

function principalContext(caller: Caller): RequestContext {
  const unknown = { timeMs: 0, requestedRegion: '', secureTransport: false, calledVia: [] }
  const keys = Object.entries(globalContext(caller, unknown))
  return Object.fromEntries(keys.filter(([key]) => /^aws:(Principal|user(id|name)$)/.test(key)))
}
