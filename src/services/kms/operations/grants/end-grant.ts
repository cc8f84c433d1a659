import type { RetireGrantRequest, RevokeGrantRequest } from '@aws-sdk/client-kms'
import type { Awaitable } from '../../../../core/awaitable.ts'
import type { GrantClass, Permission, Validated } from '../../../../core/operation.ts'
import { accountOf } from '../../../../core/principal.ts'
import {
  dryRunSucceeded,
  grantNotFound,
  invalidGrantId,
  invalidGrantToken,
  malformedArn,
  memberNeeded,
  notBoth,
} from '../../domain/errors.ts'
import { type Grant, meansAs } from '../../domain/grants/grant.ts'
import type { KmsKey } from '../../domain/key.ts'
import { denialsOf } from '../../domain/key-policy.ts'
import type { KmsContext, RetiredGrant } from '../../kms-context.ts'
import { findGrant, removeGrant } from '../../storage/grant-store.ts'
import { keyPermission } from '../access/permissions.ts'
import { grantTokenKey, readGrantToken } from './grant-tokens.ts'

type RetireRequest = Validated<RetireGrantRequest>

/**
 * The grant itself says who may retire it: its retiring principal, and its grantee if that is among the operations. The
 * account that issued it may too, and its identity policies give that on. The key policy can only deny.
 */
export async function retireGrantPermissions(context: KmsContext, request: RetireRequest): Promise<Permission[]> {
  const { target, grant } = await findRetired(context, request)
  const { policy, findGrant: _, ...permission } = await keyPermission(context, target, { crossAccount: true })
  return [
    {
      ...permission,
      policy: policy && { ...policy, document: denialsOf(policy.document) },
      granted: grant && mayRetireAs(context, grant),
    },
  ]
}

function mayRetireAs({ call }: KmsContext, grant: Grant): GrantClass | undefined {
  const { principal } = call.caller
  const asGrantee = grant.operations.includes('RetireGrant') ? meansAs(grant.grantee, principal) : undefined
  const ways = [meansAs(grant.retiring, principal), asGrantee]
  const named = ways.find((way) => way === 'direct') ?? ways.find((way) => way === 'role')
  if (named) return named
  return ways.includes('account') || accountOf(principal) === grant.issuingAccountId ? 'account' : undefined
}

/**
 * Deletes a grant whose work is done.
 * @param request - `GrantToken`, or `KeyId` (a key ARN) with `GrantId`.
 * @throws ServiceError InvalidGrantTokenException, InvalidGrantIdException, NotFoundException, ValidationException,
 *   DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
 */
export async function retireGrant(context: KmsContext, request: RetireRequest): Promise<undefined> {
  const { target, grant } = await findRetired(context, request)
  const key = context.keys.use(target)
  if (!grant) throw grantNotFound(request.GrantId ?? '', key.arn)
  context.call.note({ additionalEventData: { grantId: grant.grantId } })
  return endGrant(context, key, grant, request.DryRun)
}

/** Finds the grant that a request to retire is about, once for each call: what was authorised is what is retired. */
const findRetired = (context: KmsContext, request: RetireRequest): Awaitable<RetiredGrant> =>
  context.retired.find('grant', () => lookUpRetired(context, request))

async function lookUpRetired(
  context: KmsContext,
  { GrantToken, KeyId, GrantId }: RetireRequest,
): Promise<RetiredGrant> {
  const { call, keys } = context
  if (GrantToken !== undefined) {
    if (KeyId !== undefined || GrantId !== undefined) throw notBoth('GrantToken', 'KeyId with GrantId')
    const place = readGrantToken(await grantTokenKey(context), GrantToken)
    const target = await keys.findOrigin(place)
    const grant = target.key && (await findGrant(call.store, target.key, place.grantId))
    if (!grant) throw invalidGrantToken()
    return { target, grant }
  }
  if (KeyId === undefined) throw memberNeeded('keyId')
  if (GrantId === undefined) throw memberNeeded('grantId')
  if (!KeyId.startsWith('arn:')) throw malformedArn(KeyId)
  const target = await keys.find(KeyId, false)
  checkGrantId(GrantId)
  const grant = target.key && (await findGrant(call.store, target.key, GrantId))
  if (target.key && !grant && target.accountId === call.accountId) throw grantNotFound(GrantId, target.arn)
  return { target, grant }
}

/**
 * Deletes a grant, and with it what it allows.
 * @throws ServiceError InvalidGrantIdException, NotFoundException, DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html
 */
export async function revokeGrant(
  context: KmsContext,
  { KeyId, GrantId, DryRun }: Validated<RevokeGrantRequest>,
): Promise<undefined> {
  const key = await context.keys.get(KeyId)
  checkGrantId(GrantId)
  const grant = await findGrant(context.call.store, key, GrantId)
  if (!grant) throw grantNotFound(GrantId, key.arn)
  return endGrant(context, key, grant, DryRun)
}

const endGrant = ({ call }: KmsContext, key: KmsKey, grant: Grant, dryRun: boolean | undefined): Promise<undefined> =>
  call.transaction(async (tx) => {
    if (!(await removeGrant(tx, grant, key))) throw grantNotFound(grant.grantId, key.arn)
    if (dryRun) throw dryRunSucceeded()
    return undefined
  })

export function checkGrantId(grantId: string): void {
  if (!/^[0-9a-f]{64}$/.test(grantId)) throw invalidGrantId()
}
