import type { AuditRecord } from '../../../core/audit.ts'
import { secondMs } from '../../../core/durations.ts'
import type { OrganizationReader } from '../../../core/organizations.ts'

/** A trail, or an event data store, that may take the events of an organization. */
export interface TakesMembers {
  organizationId?: string
}

/** Returns whether a record is of a member of an organization. */
export type IsMember = (organizationId: string, record: AuditRecord) => boolean

/** Finds out which records are of accounts that were members of an organization when they were made, where something takes such. */
export async function membersAmong(
  organizations: OrganizationReader,
  takers: readonly TakesMembers[],
  records: readonly AuditRecord[],
): Promise<IsMember> {
  const wanted = new Set(takers.flatMap(({ organizationId }) => organizationId ?? []))
  if (wanted.size === 0) return () => false
  const found = new Map<string, ReadonlySet<string>>()
  for (const record of records) {
    const name = nameOf(record)
    if (found.has(name)) continue
    // The times of records are whole seconds: an account that joins or leaves in that second was a member in it.
    const beganMs = Date.parse(record.eventTime)
    const memberships = await Promise.all(
      [beganMs, beganMs + secondMs - 1].map((timeMs) => organizations.membershipAt(record.recipientAccountId, timeMs)),
    )
    found.set(name, new Set(memberships.flatMap((membership) => membership?.organizationId ?? [])))
  }
  return (organizationId, record) => found.get(nameOf(record))?.has(organizationId) === true
}

const nameOf = ({ recipientAccountId, eventTime }: AuditRecord) => `${recipientAccountId}:${eventTime}`

const pageSize = 500

/** Reads the accounts that are members now, of each organization whose events something takes. */
export async function presentMembers(
  organizations: OrganizationReader,
  takers: readonly TakesMembers[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, ReadonlySet<string>>()
  for (const id of new Set(takers.flatMap(({ organizationId }) => organizationId ?? []))) {
    found.set(id, await membersOf(organizations, id))
  }
  return found
}

async function membersOf(organizations: OrganizationReader, organizationId: string): Promise<ReadonlySet<string>> {
  const members = new Set<string>()
  let afterId: string | undefined
  do {
    const page = await organizations.memberships(organizationId, {
      limit: pageSize,
      ...(afterId !== undefined && { afterId }),
    })
    for (const { membership } of page) if (membership.leftAtMs === undefined) members.add(membership.accountId)
    afterId = page.length === pageSize ? page.at(-1)?.id : undefined
  } while (afterId !== undefined)
  return members
}
