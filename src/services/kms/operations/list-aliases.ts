import type { AliasListEntry, ListAliasesRequest, ListAliasesResponse } from '@aws-sdk/client-kms'
import type { Permission, Validated } from '../../../core/operation.ts'
import type { Alias } from '../domain/key.ts'
import { aliasArn } from '../domain/key-identifier.ts'
import { readArray, readPage } from '../domain/pagination.ts'
import type { KmsContext } from '../kms-context.ts'
import { aliases } from '../storage/collections.ts'
import { keyPermission, onAccount } from './permissions.ts'

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
  { call, keys }: KmsContext,
  { KeyId, ...page }: Validated<ListAliasesRequest>,
): Promise<ListAliasesResponse> {
  const scope = { accountId: call.accountId, region: call.region }
  const stored = call.store.in(aliases)
  const key = KeyId === undefined ? undefined : await keys.get(KeyId)
  const names = key && readArray(key.aliasNames, (name) => name)
  const source = {
    name: ['ListAliases', key?.arn ?? `${call.accountId}/${call.region}`],
    defaultLimit: 50,
    idOf: ({ aliasName }: Alias) => aliasName,
    read: async (afterId: string | undefined, limit: number) => {
      if (!names) return (await stored.list(scope, { afterId, limit })).map(({ document }) => document)
      const found = await Promise.all((await names(afterId, limit)).map((name) => stored.get(scope, name)))
      return found.filter((alias) => alias !== undefined)
    },
  }
  const { rows, rest } = await readPage(source, page)
  return { Aliases: rows.map((alias) => entryOf(alias, aliasArn(call, alias.aliasName))), ...rest }
}

const entryOf = (alias: Alias, arn: string): AliasListEntry => ({
  AliasName: alias.aliasName,
  AliasArn: arn,
  TargetKeyId: alias.targetKeyId,
  CreationDate: new Date(alias.createdAtMs),
  LastUpdatedDate: new Date(alias.updatedAtMs),
})
