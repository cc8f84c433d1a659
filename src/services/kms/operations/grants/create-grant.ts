import { randomBytes } from 'node:crypto'
import type { CreateGrantRequest, CreateGrantResponse } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../../core/operation.ts'
import { dryRunSucceeded, notBoth, oneOfNeeded, serviceGrantNeeds } from '../../domain/errors.ts'
import { fingerprintOf, type Grant } from '../../domain/grants/grant.ts'
import { checkConstraints, covers, statedConstraints } from '../../domain/grants/grant-constraints.ts'
import { checkGrantOperations } from '../../domain/grants/grant-operations.ts'
import type { KmsKey } from '../../domain/key.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import type { KmsContext } from '../../kms-context.ts'
import { visibleKey } from '../../storage/custom-key-store-store.ts'
import { addGrant, findSameGrant } from '../../storage/grant-store.ts'
import { rereadKey } from '../../storage/key-store.ts'
import { grantConditionKeys } from '../access/condition-keys.ts'
import { keyPermission } from '../access/permissions.ts'
import { bindGrantPrincipal, serviceGrantPrincipal } from './grant-principals.ts'
import { checkGrantTokens, grantToken, grantTokenKey } from './grant-tokens.ts'

type Request = Validated<CreateGrantRequest>

/** The permission to create a grant. A grantee may pass on no more than its own grant allows, under no weaker constraint. */
export async function createGrantPermissions(context: KmsContext, request: Request): Promise<Permission[]> {
  const { KeyId, Operations, GrantTokens } = request
  const target = await context.keys.find(KeyId, false)
  await checkGrantTokens(context, GrantTokens)
  const constraints = statedConstraints(request.Constraints)
  const permission = await keyPermission(context, target, {
    crossAccount: true,
    context: grantConditionKeys(context.call, { ...request, Constraints: constraints }),
    suffices: (parent) => covers(parent, { operations: Operations, constraints }),
  })
  return [permission]
}

/**
 * Makes a grant, usable at once. A request that is repeated with its Name gives the grant that is there.
 * @throws ServiceError ValidationException, InvalidArnException (a principal that does not exist), DisabledException,
 *   KMSInvalidStateException, LimitExceededException (50,000 a key), DryRunOperationException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
 */
export async function createGrant(context: KmsContext, request: Request): Promise<CreateGrantResponse> {
  const { call, keys } = context
  const found = await keys.get(request.KeyId)
  const grant = await requestedGrant(context, found, request)
  const tokenKey = await grantTokenKey(context)
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, found)
    checkKeyState('CreateGrant', await visibleKey(tx, key))
    const same = grant.fingerprint && (await findSameGrant(tx, key, grant.fingerprint))
    if (!same) await addGrant(tx, key, grant)
    // What was added is undone with the transaction that the error ends.
    if (request.DryRun) throw dryRunSucceeded()
    const { grantId } = same || grant
    return { GrantId: grantId, GrantToken: grantToken(tokenKey, { ...grant, grantId }) }
  })
}

async function requestedGrant({ call, identity }: KmsContext, key: KmsKey, request: Request): Promise<Grant> {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal, Name: name } = request
  const constraints = statedConstraints(request.Constraints)
  checkPrincipals(request, constraints.SourceArn)
  const operations = checkGrantOperations(request.Operations, key)
  checkConstraints(constraints, key)
  const { accountId, region, keyId } = key
  const retiring = RetiringServicePrincipal
    ? serviceGrantPrincipal(RetiringServicePrincipal)
    : RetiringPrincipal && (await bindGrantPrincipal(identity, RetiringPrincipal))
  const grant = {
    ...{ accountId, region, keyId, operations, constraints },
    ...(name !== undefined && { name }),
    issuingAccountId: call.accountId,
    grantee: GranteePrincipal
      ? await bindGrantPrincipal(identity, GranteePrincipal)
      : serviceGrantPrincipal(GranteeServicePrincipal ?? ''),
    ...(retiring && { retiring }),
  }
  return {
    ...grant,
    grantId: randomBytes(32).toString('hex'),
    createdAtMs: call.clock.nowMs(),
    ...(name !== undefined && { fingerprint: fingerprintOf(grant) }),
  }
}

function checkPrincipals(
  { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal }: Request,
  sourceArn: string | undefined,
): void {
  if (Boolean(GranteePrincipal) === Boolean(GranteeServicePrincipal)) {
    throw oneOfNeeded('GranteePrincipal', 'GranteeServicePrincipal')
  }
  if (RetiringPrincipal && RetiringServicePrincipal) throw notBoth('RetiringPrincipal', 'RetiringServicePrincipal')
  if (!GranteeServicePrincipal) return
  if (!sourceArn) throw serviceGrantNeeds('a SourceArn grant constraint')
  if (!RetiringPrincipal && !RetiringServicePrincipal) {
    throw serviceGrantNeeds('a RetiringPrincipal or a RetiringServicePrincipal')
  }
}
