import type { ListSecretsRequest, ListSecretsResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../core/page-token.ts'
import type { Stored } from '../../../core/store.ts'
import { invalidNextToken } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import { compileFilters, type SecretFilter } from '../domain/secret-filters.ts'
import { secretListEntry } from '../domain/secret-views.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { scopeOf, secretOrders, secrets } from '../storage/collections.ts'

const defaultPageSize = 100

/** How many secrets one call looks at: a page of a filtered list may be short, or empty, and still have a next one. */
const lookedAtMost = 2000
export const filteredAtOnce = 200

/**
 * The secrets of the account and region that fit the filters.
 * @throws ServiceError InvalidParameterException (a filter without key or values), InvalidNextTokenException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export async function listSecrets(
  context: SecretsManagerContext,
  request: Validated<ListSecretsRequest>,
): Promise<ListSecretsResponse> {
  const { MaxResults = defaultPageSize, NextToken, Filters, IncludePlannedDeletion = false } = request
  const { SortBy = 'created-date', SortOrder = 'asc' } = request
  const { found, next } = await findSecrets(context, {
    order: { by: orders[SortBy], descending: SortOrder === 'desc' },
    fits: compileFilters(Filters),
    list: JSON.stringify(['ListSecrets', SortBy, SortOrder, Filters ?? [], IncludePlannedDeletion]),
    withDeleted: IncludePlannedDeletion,
    limit: MaxResults,
    readAtOnce: Filters ? filteredAtOnce : MaxResults + 1,
    token: NextToken,
  })
  return { SecretList: found.map(secretListEntry), ...(next && { NextToken: next }) }
}

const orders = {
  'created-date': 'created',
  'last-changed-date': 'changed',
  'last-accessed-date': 'accessed',
  name: undefined,
} as const

export interface SecretSearch {
  /** Without `by`: in order of the names. */
  order: { by: keyof typeof secretOrders | undefined; descending: boolean }
  fits: SecretFilter
  /** What the list is of: a token of one list is refused by every other. */
  list: string
  withDeleted: boolean
  limit: number
  readAtOnce: number
  token: string | undefined
}

/** One page of a search. @throws ServiceError InvalidNextTokenException. */
export async function findSecrets(
  { call, sealer }: SecretsManagerContext,
  { order, fits, list, withDeleted, limit, readAtOnce, token }: SecretSearch,
): Promise<{ found: Secret[]; next: string | undefined }> {
  const scope = scopeOf(call)
  const listName = `${list} ${scope.accountId} ${scope.region}`
  const placeOf = ({ id, document }: Stored<Secret>) => ({
    value: order.by ? secretOrders[order.by](document) : '',
    id,
  })
  let after = token === undefined ? undefined : placeIn(openPageToken(sealer, listName, token))
  const found: Secret[] = []
  for (let looked = 0; looked < lookedAtMost; looked += readAtOnce) {
    const rows = await call.store.in(secrets).listOrdered(scope, {
      index: order.by,
      descending: order.descending,
      after,
      limit: readAtOnce,
    })
    for (const row of rows) {
      if (found.length === limit)
        return { found, next: after && sealPageToken(sealer, listName, [after.value, after.id]) }
      after = placeOf(row)
      if ((withDeleted || !row.document.deletion) && fits(row.document)) found.push(row.document)
    }
    if (rows.length < readAtOnce) return { found, next: undefined }
  }
  return { found, next: after && sealPageToken(sealer, listName, [after.value, after.id]) }
}

function placeIn(content: unknown): { value: string; id: string } {
  if (!Array.isArray(content)) throw invalidNextToken()
  const [value, id]: unknown[] = content
  if (typeof value !== 'string' || typeof id !== 'string') throw invalidNextToken()
  return { value, id }
}
