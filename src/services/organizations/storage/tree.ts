import { type Awaitable, andThen } from '../../../core/awaitable.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Attachments, Organization, Unit } from '../domain/entities.ts'
import { type PolicyType, policyTypes } from '../domain/policy-types.ts'
import { attachments, findMember, organizationDocument, type Reader, scopeOf, units } from './collections.ts'

// The tree of an organization: its root, the organizational units in it, and accounts at the ends.

/** Keeps an organization, with a change of what decides about requests: what is remembered of it is then looked up again. */
export const changeTree = (tx: Transaction, organization: Organization): Promise<void> =>
  organizationDocument.put(tx, { ...organization, revision: organization.revision + 1 })

export const findUnit = (reader: Reader, organization: Organization, unitId: string): Awaitable<Unit | undefined> =>
  reader.in(units).get(scopeOf(organization), unitId)

/** The ids on the way from the root to the root or unit of an id, both included; undefined when it is not there. */
export function pathTo(
  reader: Reader,
  organization: Organization,
  parentId: string,
): Awaitable<readonly string[] | undefined> {
  if (parentId === organization.rootId) return [parentId]
  if (!parentId.startsWith('ou-')) return undefined
  return andThen(findUnit(reader, organization, parentId), (unit) => unit && [...unit.ancestors, unit.id])
}

/** The ids on the way from the root to a root, unit or account, it included. @returns undefined when it is not there. */
export async function pathToTarget(
  reader: Reader,
  organization: Organization,
  targetId: string,
): Promise<readonly string[] | undefined> {
  if (!/^\d{12}$/.test(targetId)) return pathTo(reader, organization, targetId)
  const member = await findMember(reader, targetId)
  if (member?.organizationId !== organization.id) return undefined
  const path = await pathTo(reader, organization, member.parentId)
  return path && [...path, targetId]
}

/** The ids of the policies of a type on a root, unit or account. Empty while the type is not enabled. */
export const policyIdsOn = (
  reader: Reader,
  organization: Organization,
  targetId: string,
  type: PolicyType,
): Awaitable<readonly string[]> =>
  andThen(reader.in(attachments).get(scopeOf(organization), targetId), (attached) =>
    policyIdsIn(organization, attached, type),
  )

export function policyIdsIn(
  { policyTypes: enabled }: Organization,
  attached: Attachments | undefined,
  type: PolicyType,
): readonly string[] {
  const time = enabled[type]
  if (time === undefined) return []
  const own = attached?.byType[type]
  if (own?.time === time) return own.policyIds
  const { awsPolicy } = policyTypes[type]
  return awsPolicy ? [awsPolicy.id] : []
}

/** Replaces the policies of a type on a root, unit or account. The type is enabled. */
export async function putPolicyIds(
  tx: Transaction,
  organization: Organization,
  targetId: string,
  type: PolicyType,
  policyIds: readonly string[],
): Promise<void> {
  const scope = scopeOf(organization)
  const time = organization.policyTypes[type] ?? 0
  const known = (await tx.in(attachments).get(scope, targetId))?.byType
  await tx.in(attachments).put(scope, targetId, { byType: { ...known, [type]: { time, policyIds } } })
}
