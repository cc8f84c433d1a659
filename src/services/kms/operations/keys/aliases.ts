import type { CreateAliasRequest, DeleteAliasRequest, UpdateAliasRequest } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { Transaction } from '../../../../core/store.ts'
import { keyType } from '../../domain/algorithms/key-specs.ts'
import { checkAliasName } from '../../domain/alias-name.ts'
import {
  aliasExists,
  aliasKeysDiffer,
  aliasMovedMeanwhile,
  aliasNotFound,
  aliasOfAlias,
  tooManyAliases,
} from '../../domain/errors.ts'
import type { Alias, KmsKey } from '../../domain/key.ts'
import { aliasArn, isAliasName } from '../../domain/key-identifier.ts'
import { checkKeyState } from '../../domain/key-states.ts'
import { quotas } from '../../domain/quotas.ts'
import type { KmsContext } from '../../kms-context.ts'
import { aliases, scopeOf } from '../../storage/collections.ts'
import { putKey, rereadKey } from '../../storage/key-store.ts'
import { callerConditionKeys } from '../access/condition-keys.ts'
import { keyPermission } from '../access/permissions.ts'

/** The alias by identity policy, and the key by its own. */
export async function createAliasPermissions(
  context: KmsContext,
  { AliasName, TargetKeyId }: Validated<CreateAliasRequest>,
): Promise<Permission[]> {
  const alias = aliasPermission(context, AliasName)
  return [alias, await targetPermission(context, TargetKeyId)]
}

/** The alias, the key that it leaves, and the key that it comes to. */
export async function updateAliasPermissions(
  context: KmsContext,
  { AliasName, TargetKeyId }: Validated<UpdateAliasRequest>,
): Promise<Permission[]> {
  const alias = aliasPermission(context, AliasName)
  const oldKey = await keyPermission(context, await context.keys.find(AliasName, true))
  return [alias, oldKey, await targetPermission(context, TargetKeyId)]
}

/** The alias, and the key that loses it. */
export async function deleteAliasPermissions(
  context: KmsContext,
  { AliasName }: Validated<DeleteAliasRequest>,
): Promise<Permission[]> {
  const alias = aliasPermission(context, AliasName)
  return [alias, await keyPermission(context, await context.keys.find(AliasName, true))]
}

/**
 * @throws ServiceError AlreadyExistsException, LimitExceededException (50 a key), KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
 */
export async function createAlias(
  { call, keys }: KmsContext,
  { AliasName, TargetKeyId }: Validated<CreateAliasRequest>,
): Promise<undefined> {
  const target = await keys.get(TargetKeyId)
  return call.transaction(async (tx) => {
    const key = await rereadKey(tx, target)
    checkKeyState('CreateAlias', key)
    if (await tx.in(aliases).get(scopeOf(key), AliasName)) throw aliasExists(aliasArn(call, AliasName))
    const nowMs = call.clock.nowMs()
    const alias = { aliasName: AliasName, targetKeyId: key.keyId, createdAtMs: nowMs, updatedAtMs: nowMs }
    await giveAlias(tx, key, alias)
    return undefined
  })
}

/**
 * Makes the alias refer to another key of the same type and usage; the old one may be in any state.
 * @throws ServiceError ValidationException (keys of different kinds), LimitExceededException, KMSInvalidStateException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html
 */
export async function updateAlias(
  context: KmsContext,
  { AliasName, TargetKeyId }: Validated<UpdateAliasRequest>,
): Promise<undefined> {
  const { call, keys } = context
  const [left, target] = [await keys.get(AliasName, true), await keys.get(TargetKeyId)]
  return call.transaction(async (tx) => {
    const [alias, oldKey] = await authorisedAlias(context, tx, AliasName, left)
    const newKey = target.keyId === oldKey.keyId ? oldKey : await rereadKey(tx, target)
    checkKeyState('UpdateAlias', newKey)
    const sameKind = keyType(oldKey.keySpec) === keyType(newKey.keySpec) && oldKey.keyUsage === newKey.keyUsage
    if (!sameKind) throw aliasKeysDiffer(oldKey.arn, newKey.arn)
    const without = await takeAlias(tx, oldKey, AliasName)
    const moved = { ...alias, targetKeyId: newKey.keyId, updatedAtMs: call.clock.nowMs() }
    await giveAlias(tx, newKey === oldKey ? without : newKey, moved)
    return undefined
  })
}

/** The key stays as it is. @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html */
export async function deleteAlias(
  context: KmsContext,
  { AliasName }: Validated<DeleteAliasRequest>,
): Promise<undefined> {
  const left = await context.keys.get(AliasName, true)
  return context.call.transaction(async (tx) => {
    const [, key] = await authorisedAlias(context, tx, AliasName, left)
    await takeAlias(tx, key, AliasName)
    await tx.in(aliases).delete(scopeOf(key), AliasName)
    return undefined
  })
}

function aliasPermission({ call }: KmsContext, aliasName: string): Permission {
  checkAliasName(aliasName)
  const arn = aliasArn(call, aliasName)
  call.note({ resources: [{ accountId: call.accountId, type: 'AWS::KMS::Alias', ARN: arn }] })
  return { action: `kms:${call.operation}`, resource: arn, context: callerConditionKeys(call) }
}

async function targetPermission(context: KmsContext, targetKeyId: string): Promise<Permission> {
  const alias = isAliasName(targetKeyId) || /^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(targetKeyId)
  if (alias) throw aliasOfAlias()
  return keyPermission(context, await context.keys.find(targetKeyId, false))
}

/** Reads alias and key anew: the call was authorised for this key and for no other. */
async function authorisedAlias(
  { call }: KmsContext,
  tx: Transaction,
  aliasName: string,
  authorised: KmsKey,
): Promise<[Alias, KmsKey]> {
  const alias = await tx.in(aliases).get(scopeOf(authorised), aliasName)
  if (!alias) throw aliasNotFound(aliasArn(call, aliasName))
  if (alias.targetKeyId !== authorised.keyId) throw aliasMovedMeanwhile(aliasArn(call, aliasName))
  return [alias, await rereadKey(tx, authorised)]
}

// An alias is kept in two places, which only these two change.

async function giveAlias(tx: Transaction, key: KmsKey, alias: Alias): Promise<void> {
  if (key.aliasNames.length >= quotas.aliasesPerKey) throw tooManyAliases(key.arn)
  await tx.in(aliases).put(scopeOf(key), alias.aliasName, alias)
  await putKey(tx, { ...key, aliasNames: [...key.aliasNames, alias.aliasName].sort() })
}

async function takeAlias(tx: Transaction, key: KmsKey, aliasName: string): Promise<KmsKey> {
  const without = { ...key, aliasNames: key.aliasNames.filter((name) => name !== aliasName) }
  await putKey(tx, without)
  return without
}
