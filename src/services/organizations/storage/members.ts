import type { Membership } from '../../../core/organizations.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Member, Organization } from '../domain/entities.ts'
import { tooManyAccounts } from '../domain/errors.ts'
import {
  attachments,
  counts,
  everywhere,
  findMember,
  handshakes,
  members,
  membershipId,
  memberships,
  type Reader,
  scopeOf,
} from './collections.ts'
import { changeTree } from './tree.ts'

/**
 * Takes an account into an organization.
 * @param quota - how many accounts the organization may have.
 * @throws ServiceError ConstraintViolationException - it has as many.
 */
export async function join(tx: Transaction, organization: Organization, member: Member, quota: number): Promise<void> {
  const { accountId, joinedAtMs } = member
  const { accounts } = await counts.change(tx, scopeOf(organization), 'all', { accounts: 1 })
  if (accounts > quota) throw tooManyAccounts()
  await tx.in(members).put(everywhere, accountId, member)
  await putMembership(tx, { ...namesOf(organization), accountId, joinedAtMs })
  await changeTree(tx, organization)
}

/** Ends the membership of an account. What was attached to it is detached. */
export async function leave(
  tx: Transaction,
  organization: Organization,
  { accountId, joinedAtMs }: Member,
  leftAtMs: number,
): Promise<void> {
  await tx.in(members).delete(everywhere, accountId)
  await tx.in(attachments).delete(scopeOf(organization), accountId)
  await putMembership(tx, { ...namesOf(organization), accountId, joinedAtMs, leftAtMs })
  await counts.change(tx, scopeOf(organization), 'all', { accounts: -1 })
  await changeTree(tx, organization)
}

const namesOf = ({ id, managementAccountId }: Organization) => ({ organizationId: id, managementAccountId })

const putMembership = (tx: Transaction, membership: Membership) =>
  tx.in(memberships).put(everywhere, membershipId(membership), membership)

/** Finds a member of an organization; undefined for other accounts. */
export async function findMemberOf(
  reader: Reader,
  organization: Organization,
  accountId: string,
): Promise<Member | undefined> {
  const member = await findMember(reader, accountId)
  return member?.organizationId === organization.id ? member : undefined
}

/** Counts the accounts that are invited: they count like members. There are no more pending handshakes than accounts allowed. */
export async function countInvited(reader: Reader, organization: Organization, nowMs: number): Promise<number> {
  const index = { name: 'pending', value: organization.managementAccountId }
  const pending = await reader.in(handshakes).list(everywhere, { index })
  return pending.filter(({ document }) => document.action === 'INVITE' && document.expiresAtMs > nowMs).length
}
