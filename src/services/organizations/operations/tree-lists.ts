import type {
  ListChildrenRequest,
  ListChildrenResponse,
  ListParentsRequest,
  ListParentsResponse,
  ListRootsResponse,
} from '@aws-sdk/client-organizations'
import type { Validated } from '../../../core/operation.ts'
import { childNotFound, invalidToken, parentNotFound } from '../domain/errors.ts'
import type { OrganizationsContext } from '../organizations-context.ts'
import { everywhere, members, placeOf, scopeOf, units } from '../storage/collections.ts'
import { findMemberOf } from '../storage/members.ts'
import { findUnit, pathTo } from '../storage/tree.ts'
import { pageOf } from './pages.ts'
import { requireStanding } from './standing.ts'
import { shownRoot } from './views.ts'

/** Lists the one root. @throws ServiceError InvalidInputException (a token: there is one page). */
export async function listRoots(
  context: OrganizationsContext,
  { NextToken }: { NextToken?: string | undefined },
): Promise<ListRootsResponse> {
  const { organization } = await requireStanding(context)
  if (NextToken !== undefined) throw invalidToken()
  return { Roots: [shownRoot(organization)] }
}

/** @throws ServiceError ParentNotFoundException, InvalidInputException (token). */
export async function listChildren(
  context: OrganizationsContext,
  { ParentId, ChildType, ...page }: Validated<ListChildrenRequest>,
): Promise<ListChildrenResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  if (!(await pathTo(store, organization, ParentId))) throw parentNotFound()
  const list = [organization.id, ParentId, ChildType]
  const { rows, rest } = await pageOf<{ id?: string; accountId?: string }>(context, page, list, (afterId, limit) => {
    if (ChildType === 'ACCOUNT') {
      const index = { name: 'place', value: placeOf(organization, ParentId) }
      return store.in(members).list(everywhere, { index, afterId, limit })
    }
    return store.in(units).list(scopeOf(organization), { index: { name: 'parent', value: ParentId }, afterId, limit })
  })
  return { Children: rows.map(({ id, accountId }) => ({ Id: id ?? accountId, Type: ChildType })), ...rest }
}

/** @throws ServiceError ChildNotFoundException, InvalidInputException (a token: a child has one parent). */
export async function listParents(
  context: OrganizationsContext,
  { ChildId, NextToken }: Validated<ListParentsRequest>,
): Promise<ListParentsResponse> {
  const { organization } = await requireStanding(context)
  const { store } = context.call
  if (NextToken !== undefined) throw invalidToken()
  const parentId = ChildId.startsWith('ou-')
    ? (await findUnit(store, organization, ChildId))?.ancestors.at(-1)
    : (await findMemberOf(store, organization, ChildId))?.parentId
  if (parentId === undefined) throw childNotFound()
  return { Parents: [{ Id: parentId, Type: parentId === organization.rootId ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }] }
}
