import type {
  CreateOrganizationalUnitRequest,
  CreateOrganizationalUnitResponse,
  DeleteOrganizationalUnitRequest,
  DescribeOrganizationalUnitRequest,
  DescribeOrganizationalUnitResponse,
  ListOrganizationalUnitsForParentRequest,
  ListOrganizationalUnitsForParentResponse,
  UpdateOrganizationalUnitRequest,
  UpdateOrganizationalUnitResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import type { Transaction } from '../../../core/store.ts'
import type { Organization, Unit } from '../domain/entities.ts'
import { parentNotFound, unitExists, unitNotEmpty, unitNotFound, unitTooDeep } from '../domain/errors.ts'
import { newUnitId } from '../domain/names.ts'
import { organizationTags } from '../domain/tags.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { attachments, counts, everywhere, members, placeOf, scopeOf, units } from '../storage/collections.ts'
import { changeTree, findUnit, pathTo } from '../storage/tree.ts'
import { pageOf } from './pages.ts'
import { requireStanding, standingIn } from './standing.ts'
import { shownUnit } from './views.ts'

/** Levels of organizational units below the root. */
const maxDepth = 5

/** @throws ServiceError ParentNotFoundException, DuplicateOrganizationalUnitException, ConstraintViolationException. */
export async function createOrganizationalUnit(
  { call }: OrganizationsContext,
  { ParentId, Name, Tags = [] }: Validated<CreateOrganizationalUnitRequest>,
): Promise<CreateOrganizationalUnitResponse> {
  const tags = organizationTags.merge([], Tags)
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const ancestors = await pathTo(tx, organization, ParentId)
    if (!ancestors) throw parentNotFound()
    if (ancestors.length > maxDepth) throw unitTooDeep()
    await refuseSameName(tx, organization, ParentId, Name)
    const scope = scopeOf(organization)
    await counts.change(tx, scope, 'all', { units: 1 })
    const unit: Unit = { id: newUnitId(organization.rootId), name: Name, ancestors, tags }
    await tx.in(units).put(scope, unit.id, unit)
    await changeTree(tx, organization)
    return { OrganizationalUnit: shownUnit(organization, unit) }
  })
}

async function refuseSameName(tx: Transaction, organization: Organization, parentId: string, name: string) {
  const index = { name: 'name', value: `${parentId}/${name}` }
  const [same] = await tx.in(units).list(scopeOf(organization), { index, limit: 1 })
  if (same) throw unitExists()
}

/** @throws ServiceError OrganizationalUnitNotFoundException. */
export async function describeOrganizationalUnit(
  context: OrganizationsContext,
  { OrganizationalUnitId }: Validated<DescribeOrganizationalUnitRequest>,
): Promise<DescribeOrganizationalUnitResponse> {
  const { organization } = await requireStanding(context)
  const unit = await findUnit(context.call.store, organization, OrganizationalUnitId)
  if (!unit) throw unitNotFound()
  return { OrganizationalUnit: shownUnit(organization, unit) }
}

/** @throws ServiceError OrganizationalUnitNotFoundException, DuplicateOrganizationalUnitException. */
export async function updateOrganizationalUnit(
  { call }: OrganizationsContext,
  { OrganizationalUnitId, Name }: Validated<UpdateOrganizationalUnitRequest>,
): Promise<UpdateOrganizationalUnitResponse> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const unit = await findUnit(tx, organization, OrganizationalUnitId)
    if (!unit) throw unitNotFound()
    const renamed = Name === undefined ? unit : { ...unit, name: Name }
    if (renamed.name !== unit.name) {
      await refuseSameName(tx, organization, unit.ancestors.at(-1) ?? '', renamed.name)
      await tx.in(units).put(scopeOf(organization), unit.id, renamed)
    }
    return { OrganizationalUnit: shownUnit(organization, renamed) }
  })
}

/** @throws ServiceError OrganizationalUnitNotFoundException, OrganizationalUnitNotEmptyException. */
export async function deleteOrganizationalUnit(
  { call }: OrganizationsContext,
  { OrganizationalUnitId }: Validated<DeleteOrganizationalUnitRequest>,
): Promise<undefined> {
  return call.transaction(async (tx) => {
    const { organization } = await standingIn(tx, call)
    const unit = await findUnit(tx, organization, OrganizationalUnitId)
    if (!unit) throw unitNotFound()
    const scope = scopeOf(organization)
    const inside = { name: 'place', value: placeOf(organization, unit.id) }
    const [account] = await tx.in(members).list(everywhere, { index: inside, limit: 1 })
    const [child] = await tx.in(units).list(scope, { index: { name: 'parent', value: unit.id }, limit: 1 })
    if (account || child) throw unitNotEmpty()
    await tx.in(units).delete(scope, unit.id)
    await tx.in(attachments).delete(scope, unit.id)
    await counts.change(tx, scope, 'all', { units: -1 })
    await changeTree(tx, organization)
    return undefined
  })
}

/** @throws ServiceError ParentNotFoundException, InvalidInputException (token). */
export async function listOrganizationalUnitsForParent(
  context: OrganizationsContext,
  { ParentId, ...page }: Validated<ListOrganizationalUnitsForParentRequest>,
): Promise<ListOrganizationalUnitsForParentResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  if (!(await pathTo(store, organization, ParentId))) throw parentNotFound()
  const index = { name: 'parent', value: ParentId }
  const { rows, rest } = await pageOf(context, page, [organization.id, ParentId], (afterId, limit) =>
    store.in(units).list(scopeOf(organization), { index, afterId, limit }),
  )
  return { OrganizationalUnits: rows.map((unit) => shownUnit(organization, unit)), ...rest }
}
