import type {
  GrantListEntry,
  ListGrantsRequest,
  ListGrantsResponse,
  ListRetirableGrantsRequest,
} from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { grantPrincipalInvalid, oneOfNeeded } from '../../domain/errors.ts'
import type { Grant } from '../../domain/grants/grant.ts'
import { keyArn } from '../../domain/key-identifier.ts'
import { readArray, readPage, type Source } from '../../domain/pagination.ts'
import type { KmsContext } from '../../kms-context.ts'
import {
  findGrant,
  findKeyOfGrant,
  listGrantsOf,
  type RetirableGrant,
  retirableGrants,
  retirableScope,
} from '../../storage/grant-store.ts'
import { onAccount } from '../access/permissions.ts'
import { checkGrantId } from './end-grant.ts'
import { bindGrantPrincipal, identityAsked, shownPrincipal } from './grant-principals.ts'

/**
 * The grants of a key, or those that a filter leaves.
 * @throws ServiceError InvalidMarkerException, InvalidGrantIdException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
 */
export async function listGrants(
  context: KmsContext,
  { KeyId, GrantId, GranteePrincipal, GranteeServicePrincipal, ...page }: Validated<ListGrantsRequest>,
): Promise<ListGrantsResponse> {
  const { call, keys, identity } = context
  const key = await keys.get(KeyId)
  if (GrantId !== undefined) checkGrantId(GrantId)
  const grantee = GranteeServicePrincipal ?? (GranteePrincipal && (await identityAsked(identity, GranteePrincipal)))
  const one = GrantId === undefined ? undefined : await findGrant(call.store, key, GrantId)
  const source: Source<Grant> = {
    list: [key.arn, GrantId ?? '', grantee ?? ''],
    defaultLimit: 50,
    idOf,
    read: (afterId, limit) =>
      GrantId === undefined
        ? listGrantsOf(call.store, key, grantee, { afterId, limit })
        : readArray(one && (grantee ?? one.grantee.identity) === one.grantee.identity ? [one] : [], idOf)(
            afterId,
            limit,
          ),
  }
  const { rows, rest } = await readPage(context, source, page)
  return { Grants: await Promise.all(rows.map((grant) => entryOf(context, grant))), ...rest }
}

/** Identity policies decide, those of the account of the retiring principal. */
export async function listRetirableGrantsPermissions(
  context: KmsContext,
  request: Validated<ListRetirableGrantsRequest>,
): Promise<Permission[]> {
  const { accountId } = await retiringPrincipal(context, request)
  return onAccount(context).map((permission) => ({ ...permission, resourceAccountId: accountId }))
}

/**
 * The grants of any account's keys in the region that a principal of this account, or a service, may retire.
 * @throws ServiceError InvalidMarkerException, InvalidArnException, ValidationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
 */
export async function listRetirableGrants(
  context: KmsContext,
  request: Validated<ListRetirableGrantsRequest>,
): Promise<ListGrantsResponse> {
  const { store, region } = context.call
  const { accountId, identity } = await retiringPrincipal(context, request)
  const index = { name: 'identity', value: identity }
  const source: Source<RetirableGrant> = {
    list: [accountId, identity],
    defaultLimit: 50,
    idOf,
    read: async (afterId, limit) => {
      const scope = retirableScope(accountId, region)
      const found = await store.in(retirableGrants).list(scope, { index, afterId, limit })
      return found.map(({ document }) => document)
    },
  }
  const { rows, rest } = await readPage(context, source, request)
  const places = await Promise.all(rows.map((row) => findKeyOfGrant(store, row, region)))
  const found = await Promise.all(places.map((place, at) => place && findGrant(store, place, rows[at]?.grantId ?? '')))
  const grants = found.filter((grant) => grant !== undefined)
  return { Grants: await Promise.all(grants.map((grant) => entryOf(context, grant))), ...rest }
}

async function retiringPrincipal(
  { call, identity }: KmsContext,
  { RetiringPrincipal, RetiringServicePrincipal }: Validated<ListRetirableGrantsRequest>,
): Promise<{ accountId: string; identity: string }> {
  if (Boolean(RetiringPrincipal) === Boolean(RetiringServicePrincipal)) {
    throw oneOfNeeded('RetiringPrincipal', 'RetiringServicePrincipal')
  }
  if (RetiringServicePrincipal) return { accountId: call.accountId, identity: RetiringServicePrincipal }
  const { accountId, identity: bound } = await bindGrantPrincipal(identity, RetiringPrincipal ?? '')
  if (accountId === undefined) throw grantPrincipalInvalid(RetiringPrincipal ?? '')
  return { accountId, identity: bound }
}

const idOf = ({ grantId }: { grantId: string }) => grantId

async function entryOf({ call, identity }: KmsContext, grant: Grant): Promise<GrantListEntry> {
  const { accountId, keyId, grantId, name = '', grantee, retiring, operations, constraints } = grant
  const shown = await shownPrincipal(identity, grantee)
  const shownRetiring = retiring && (await shownPrincipal(identity, retiring))
  return {
    KeyId: keyArn({ ...call, accountId }, keyId),
    GrantId: grantId,
    Name: name,
    CreationDate: new Date(grant.createdAtMs),
    ...(grantee.accountId ? { GranteePrincipal: shown } : { GranteePrincipal: shown, GranteeServicePrincipal: shown }),
    ...(retiring?.accountId
      ? { RetiringPrincipal: shownRetiring }
      : retiring && { RetiringServicePrincipal: shownRetiring }),
    IssuingAccount: `arn:${call.partition}:iam::${grant.issuingAccountId}:root`,
    Operations: [...operations],
    ...(Object.keys(constraints).length > 0 && { Constraints: { ...constraints } }),
  }
}
