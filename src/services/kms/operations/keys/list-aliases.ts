import type { AliasListEntry, ListAliasesRequest, ListAliasesResponse } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../../core/operation.ts'
import type { Stored } from '../../../../core/store.ts'
import { predefinedAliases } from '../../domain/aws-managed-keys.ts'
import type { Alias } from '../../domain/key.ts'
import { aliasArn } from '../../domain/key-identifier.ts'
import { readArray, readPage } from '../../domain/pagination.ts'
import type { KmsContext } from '../../kms-context.ts'
import { aliases } from '../../storage/collections.ts'
import { keyPermission, onAccount } from '../access/permissions.ts'

/** Identity policies alone decide, even about the aliases of one key; that key must be the account's own. */
export async function listAliasesPermissions(
  context: KmsContext,
  { KeyId }: Validated<ListAliasesRequest>,
): Promise<Permission[]> {
  const permissions = onAccount(context)
  if (KeyId === undefined) return permissions
  const target = await context.keys.find(KeyId, false)
  if (target.accountId === context.call.accountId) return permissions
  return [...permissions, await keyPermission(context, target)]
}

/**
 * The aliases of the account in the region, or of one key.
 * @throws ServiceError InvalidMarkerException, NotFoundException.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
 */
export async function listAliases(
  context: KmsContext,
  { KeyId, ...page }: Validated<ListAliasesRequest>,
): Promise<ListAliasesResponse> {
  const { call, keys } = context
  const scope = { accountId: call.accountId, region: call.region }
  const stored = call.store.in(aliases)
  const key = KeyId === undefined ? undefined : await keys.get(KeyId)
  const names = key && readArray(key.aliasNames, (name) => name)
  const source = {
    list: key ? [key.arn] : [],
    defaultLimit: 50,
    idOf: ({ aliasName }: ListedAlias) => aliasName,
    read: async (afterId: string | undefined, limit: number): Promise<readonly ListedAlias[]> => {
      if (!names) return withPredefined(await stored.list(scope, { afterId, limit }), afterId, limit)
      const found = await Promise.all((await names(afterId, limit)).map((name) => stored.get(scope, name)))
      return found.filter((alias) => alias !== undefined)
    },
  }
  const { rows, rest } = await readPage(context, source, page)
  return { Aliases: rows.map((alias) => entryOf(alias, aliasArn(call, alias.aliasName))), ...rest }
}

/** A predefined alias that has no key yet is its name alone. */
type ListedAlias = Pick<Alias, 'aliasName'> & Partial<Alias>

/** The aliases that exist with those that every account has, in order of name. */
function withPredefined(
  stored: readonly Stored<Alias>[],
  afterId: string | undefined,
  limit: number,
): readonly ListedAlias[] {
  const found = stored.map(({ document }) => document)
  const last = found.length < limit ? undefined : found.at(-1)?.aliasName
  const isBetween = (name: string) => name > (afterId ?? '') && (last === undefined || name < last)
  const names = new Set(found.map(({ aliasName }) => aliasName))
  const missing = predefinedAliases.filter((name) => isBetween(name) && !names.has(name))
  const all = [...found, ...missing.map((aliasName) => ({ aliasName }))]
  return all.sort((a, b) => (a.aliasName < b.aliasName ? -1 : 1)).slice(0, limit)
}

function entryOf({ aliasName, targetKeyId, createdAtMs, updatedAtMs }: ListedAlias, arn: string): AliasListEntry {
  const entry: AliasListEntry = { AliasName: aliasName, AliasArn: arn }
  if (targetKeyId !== undefined) entry.TargetKeyId = targetKeyId
  if (createdAtMs !== undefined) entry.CreationDate = new Date(createdAtMs)
  if (updatedAtMs !== undefined) entry.LastUpdatedDate = new Date(updatedAtMs)
  return entry
}
