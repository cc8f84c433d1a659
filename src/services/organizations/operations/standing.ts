import type { Call } from '../../../core/call.ts'
import type { Standing } from '../domain/entities.ts'
import { notInUse } from '../domain/errors.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { delegations, findMember, findOrganization, type Reader, scopeOf } from '../storage/collections.ts'

export async function readStanding(reader: Reader, accountId: string): Promise<Standing | undefined> {
  const member = await findMember(reader, accountId)
  const organization = member && (await findOrganization(reader, member.managementAccountId))
  // Between the two reads the account may have left.
  if (!organization || organization.id !== member.organizationId) return undefined
  if (organization.managementAccountId === accountId) return { organization, member, role: 'management' }
  const delegation = await reader.in(delegations).get(scopeOf(organization), accountId)
  return { organization, member, role: delegation ? 'delegate' : 'member' }
}

/** Reads the standing of the caller, once in a call. */
export const standingOf = ({ call, standing }: OrganizationsContext) =>
  standing.find('caller', () => readStanding(call.store, call.accountId))

/** Returns the organization of the caller. @throws ServiceError AWSOrganizationsNotInUseException. */
export async function requireStanding(context: OrganizationsContext): Promise<Standing> {
  const found = await standingOf(context)
  if (!found) throw notInUse()
  return found
}

/** Reads the organization of the caller again, for a change that depends on it. @throws ServiceError as `requireStanding`. */
export async function standingIn(reader: Reader, { accountId }: Pick<Call, 'accountId'>): Promise<Standing> {
  const found = await readStanding(reader, accountId)
  if (!found) throw notInUse()
  return found
}
