import type { EnableAllFeaturesResponse } from '@aws-sdk/client-organizations'
import { dayMs } from '../../../core/durations.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Handshake, Organization } from '../domain/entities.ts'
import { hasAllFeatures, migrationPending } from '../domain/errors.ts'
import { newHandshakeId } from '../domain/names.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { everywhere, findOrganization, handshakes, members, organizationDocument } from '../storage/collections.ts'
import { changeTree } from '../storage/tree.ts'
import { putNew } from './forget-handshake.ts'
import { standingIn } from './standing.ts'
import { shownHandshake, stateOf } from './views.ts'

const approvalMs = 90 * dayMs

/**
 * Begins the way from consolidated billing to all features: every account that was invited must approve, then the management account
 * completes it by accepting the handshake.
 * @throws ServiceError HandshakeConstraintViolationException.
 * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_EnableAllFeatures.html
 */
export async function enableAllFeatures(
  { call }: OrganizationsContext,
  _input: object,
): Promise<EnableAllFeaturesResponse> {
  const nowMs = call.clock.nowMs()
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    if (organization.featureSet === 'ALL') throw hasAllFeatures()
    const pending = organization.pendingAllFeatures
    const before = pending === undefined ? undefined : await tx.in(handshakes).get(everywhere, pending)
    if (before && ['OPEN', 'REQUESTED'].includes(stateOf(before, nowMs))) throw migrationPending()
    const { id: organizationId, managementAccountId } = organization
    const index = { name: 'organization', value: managementAccountId }
    const invited = (await tx.in(members).list(everywhere, { index })).filter(
      ({ id, document }) => id !== managementAccountId && document.joinedMethod === 'INVITED',
    )
    const common = { organizationId, managementAccountId, requestedAtMs: nowMs, expiresAtMs: nowMs + approvalMs }
    const parent: Handshake = {
      ...{ ...common, id: newHandshakeId(), action: 'ENABLE_ALL_FEATURES', accountId: managementAccountId },
      state: invited.length > 0 ? 'REQUESTED' : 'OPEN',
    }
    const approvals = invited.map(
      ({ id: accountId }): Handshake => ({
        ...{ ...common, id: newHandshakeId(), action: 'APPROVE_ALL_FEATURES', accountId },
        ...{ state: 'OPEN', parentId: parent.id },
      }),
    )
    for (const handshake of [parent, ...approvals]) await putNew(tx, handshake)
    await organizationDocument.put(tx, { ...organization, pendingAllFeatures: parent.id })
    return { Handshake: await shownHandshake(tx, parent, nowMs) }
  })
}

/** Opens the handshake of the management account once every invited account that is still a member has approved. */
export async function openWhenApproved(tx: Transaction, parentId: string): Promise<void> {
  const parent = await tx.in(handshakes).get(everywhere, parentId)
  if (parent?.state !== 'REQUESTED') return
  for (const { document } of await approvalsOf(tx, parentId)) {
    if (document.state === 'ACCEPTED') continue
    const member = await tx.in(members).get(everywhere, document.accountId)
    if (member?.organizationId === document.organizationId) return
  }
  await tx.in(handshakes).put(everywhere, parentId, { ...parent, state: 'OPEN' })
}

const approvalsOf = (tx: Transaction, parentId: string) =>
  tx.in(handshakes).list(everywhere, { index: { name: 'parent', value: parentId } })

/** Ends the way to all features: a member declined, or the management account took it back. */
export async function refuseAllFeatures(tx: Transaction, refused: Handshake): Promise<void> {
  const parentId = refused.parentId ?? refused.id
  const parent = await tx.in(handshakes).get(everywhere, parentId)
  if (refused.parentId !== undefined && parent && isPending(parent)) {
    await tx.in(handshakes).put(everywhere, parentId, { ...parent, state: 'CANCELED' })
  }
  for (const { id, document } of await approvalsOf(tx, parentId)) {
    if (isPending(document)) await tx.in(handshakes).put(everywhere, id, { ...document, state: 'CANCELED' })
  }
  const organization = await findOrganization(tx, refused.managementAccountId)
  if (organization?.pendingAllFeatures !== parentId) return
  const { pendingAllFeatures: _, ...settled } = organization
  await organizationDocument.put(tx, settled)
}

const isPending = ({ state }: Handshake) => state === 'OPEN' || state === 'REQUESTED'

/** Gives the organization all features. */
export async function acceptAllFeatures(tx: Transaction, organization: Organization): Promise<void> {
  const { pendingAllFeatures: _, ...settled } = organization
  await changeTree(tx, { ...settled, featureSet: 'ALL' })
}
