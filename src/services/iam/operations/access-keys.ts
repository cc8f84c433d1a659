import type {
  CreateAccessKeyRequest,
  CreateAccessKeyResponse,
  DeleteAccessKeyRequest,
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
  ListAccessKeysRequest,
  ListAccessKeysResponse,
  UpdateAccessKeyRequest,
} from '@aws-sdk/client-iam'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Call } from '../../../core/call.ts'
import { newAccessKeyId, newSecretAccessKey } from '../../../core/identifiers.ts'
import type { Permission, Validated } from '../../../core/operation.ts'
import { printedArn } from '../../../core/principal.ts'
import type { Transaction } from '../../../core/store.ts'
import type { AccessKey, Account, User } from '../domain/entities.ts'
import { accessKeyNotFound, accessKeyNotVisible, quotaExceeded } from '../domain/errors.ts'
import { rootArn } from '../domain/names.ts'
import { arraySource, readRows } from '../domain/pagination.ts'
import { quotas } from '../domain/quotas.ts'
import { resourceTagContext } from '../domain/tags.ts'
import type { IamContext, KeyUser } from '../iam-context.ts'
import { getAccount } from '../storage/account-store.ts'
import { accessKeys, accountScope, accounts, everywhere, lastUses, type Reader } from '../storage/collections.ts'
import { findById, getEntity, updateEntity, userKind } from '../storage/entity-store.ts'
import { actionOf } from './permissions.ts'
import { type TargetUser, targetUser } from './target-user.ts'

/** The secret is in this answer and in no other. @throws ServiceError NoSuchEntity, LimitExceeded (two). */
export async function createAccessKey(
  { call }: IamContext,
  { UserName }: CreateAccessKeyRequest,
): Promise<CreateAccessKeyResponse> {
  const { accountId } = call
  const target = targetUser(call, UserName)
  return call.transaction(async (tx) => {
    const owner = await ownerOf(tx, accountId, target)
    const limit = quotas.accessKeysPerUser
    if (owner.accessKeyIds.length >= limit) throw quotaExceeded('AccessKeysPerUser', limit)
    const key: AccessKey = {
      accessKeyId: newAccessKeyId('AKIA', accountId),
      accountId,
      userId: owner.user?.id,
      secretAccessKey: newSecretAccessKey(),
      status: 'Active',
      createdAtMs: call.clock.nowMs(),
    }
    await tx.in(accessKeys).put(everywhere, key.accessKeyId, key)
    await owner.keep(tx, [...owner.accessKeyIds, key.accessKeyId])
    const { AccessKeyId, Status, CreateDate } = shownKey(key)
    const UserName = owner.user?.name
    return { AccessKey: { UserName, AccessKeyId, Status, SecretAccessKey: key.secretAccessKey, CreateDate } }
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function updateAccessKey(
  { call }: IamContext,
  { UserName, AccessKeyId, Status }: Validated<UpdateAccessKeyRequest>,
): Promise<undefined> {
  const target = targetUser(call, UserName)
  return call.transaction(async (tx) => {
    const { key } = await ownedKey(tx, call.accountId, target, AccessKeyId)
    const status = Status === 'Active' ? 'Active' : 'Inactive'
    await tx.in(accessKeys).put(everywhere, AccessKeyId, { ...key, status })
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function deleteAccessKey(
  { call }: IamContext,
  { UserName, AccessKeyId }: Validated<DeleteAccessKeyRequest>,
): Promise<undefined> {
  const { accountId } = call
  const target = targetUser(call, UserName)
  return call.transaction(async (tx) => {
    const { owner } = await ownedKey(tx, accountId, target, AccessKeyId)
    const rest = owner.accessKeyIds.filter((id) => id !== AccessKeyId)
    await tx.in(accessKeys).delete(everywhere, AccessKeyId)
    await tx.in(lastUses).delete(accountScope(accountId), AccessKeyId)
    await owner.keep(tx, rest)
    return undefined
  })
}

/** @throws ServiceError NoSuchEntity. */
export async function listAccessKeys(
  { call, entities, sealer }: IamContext,
  { UserName, ...page }: Validated<ListAccessKeysRequest>,
): Promise<ListAccessKeysResponse> {
  const target = targetUser(call, UserName)
  const user = target.isRoot ? undefined : await entities.get(userKind, target.userName)
  const { accessKeyIds } = user ?? (await getAccount(call.store, call.accountId))
  const found = await Promise.all(accessKeyIds.map((id) => call.store.in(accessKeys).get(everywhere, id)))
  const keys = found.filter((key) => key !== undefined)
  const { rows, rest } = await readRows(
    { call, sealer },
    arraySource('access-keys', keys, ({ accessKeyId }) => accessKeyId),
    page,
  )
  return { AccessKeyMetadata: rows.map((key) => ({ UserName: user?.name, ...shownKey(key) })), ...rest }
}

/** @throws ServiceError AccessDenied for a key that the account does not have. */
export async function getAccessKeyLastUsed(
  context: IamContext,
  { AccessKeyId }: Validated<GetAccessKeyLastUsedRequest>,
): Promise<GetAccessKeyLastUsedResponse> {
  const { call } = context
  const { user } = await keyUser(context, AccessKeyId)
  const use = await call.store.in(lastUses).get(accountScope(call.accountId), AccessKeyId)
  const AccessKeyLastUsed = use
    ? { LastUsedDate: new Date(use.atMs), ServiceName: use.service, Region: use.region }
    : { ServiceName: 'N/A', Region: 'N/A' }
  return { UserName: user?.name, AccessKeyLastUsed }
}

export const onAccessKey = async (
  context: IamContext,
  { AccessKeyId }: Validated<GetAccessKeyLastUsedRequest>,
): Promise<Permission[]> => {
  const { call } = context
  const { user } = await keyUser(context, AccessKeyId)
  return [
    {
      action: actionOf(call),
      resource: user?.arn ?? rootArn(call.accountId),
      printedResource: `access key ${AccessKeyId}`,
      context: resourceTagContext(user?.tags ?? []),
    },
  ]
}

/** Finds the user of a key of the account. @throws ServiceError AccessDenied. */
const keyUser = ({ call, keyUsers }: IamContext, accessKeyId: string): Awaitable<KeyUser> =>
  keyUsers.find(accessKeyId, () => lookUpKeyUser(call, accessKeyId))

async function lookUpKeyUser(call: Call, accessKeyId: string): Promise<KeyUser> {
  const key = await call.store.in(accessKeys).get(everywhere, accessKeyId)
  if (key?.accountId !== call.accountId) throw accessKeyNotVisible(printedArn(call.caller.principal), accessKeyId)
  return key.userId === undefined ? {} : { user: await findById(call.store, userKind, call.accountId, key.userId) }
}

/** A user or the root user, as one who has keys. */
interface KeyOwner {
  user?: User
  accessKeyIds: readonly string[]
  keep(tx: Transaction, accessKeyIds: readonly string[]): Promise<void>
}

async function ownerOf(reader: Reader, accountId: string, target: TargetUser): Promise<KeyOwner> {
  if (target.isRoot) {
    const account: Account = await getAccount(reader, accountId)
    const keep = (tx: Transaction, accessKeyIds: readonly string[]) =>
      tx.in(accounts).put(everywhere, accountId, { ...account, accessKeyIds })
    return { accessKeyIds: account.accessKeyIds, keep }
  }
  const user = await getEntity(reader, userKind, accountId, target.userName)
  const keep = (tx: Transaction, accessKeyIds: readonly string[]) =>
    updateEntity(tx, userKind, accountId, { ...user, accessKeyIds })
  return { user, accessKeyIds: user.accessKeyIds, keep }
}

async function ownedKey(tx: Transaction, accountId: string, target: TargetUser, accessKeyId: string) {
  const owner = await ownerOf(tx, accountId, target)
  const key = owner.accessKeyIds.includes(accessKeyId) && (await tx.in(accessKeys).get(everywhere, accessKeyId))
  if (!key) throw accessKeyNotFound(accessKeyId)
  return { owner, key }
}

const shownKey = ({ accessKeyId, status, createdAtMs }: AccessKey) => ({
  AccessKeyId: accessKeyId,
  Status: status,
  CreateDate: new Date(createdAtMs),
})
