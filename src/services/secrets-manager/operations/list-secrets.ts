import type { Filter, ListSecretsRequest, ListSecretsResponse } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import type { Place } from '../../../core/store.ts'
import { readList } from '../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import { invalidNextToken } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import { compileFilters } from '../domain/secret-filters.ts'
import { secretListEntry } from '../domain/secret-views.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { scopeOf } from '../storage/collections.ts'
import { type SecretOrder, secretSource } from '../storage/secret-lists.ts'

const defaultPageSize = 100

/**
 * The secrets of the account and region that fit the filters.
 * @returns a page may hold fewer than `MaxResults`, even none, with a `NextToken`.
 * @throws ServiceError InvalidParameterException (a filter without key or values), InvalidNextTokenException.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export async function listSecrets(
  context: SecretsManagerContext,
  request: Validated<ListSecretsRequest>,
): Promise<ListSecretsResponse> {
  const { MaxResults = defaultPageSize, NextToken, Filters, IncludePlannedDeletion = false } = request
  const { SortBy = 'created-date', SortOrder = 'asc' } = request
  await context.accesses.flush()
  const { found, next } = await findSecrets(context, {
    order: { by: orders[SortBy], descending: SortOrder === 'desc' },
    filters: Filters,
    list: [SortBy, SortOrder, Filters ?? [], IncludePlannedDeletion],
    withDeleted: IncludePlannedDeletion,
    limit: MaxResults,
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
  order: SecretOrder
  filters: readonly Filter[] | undefined
  /** What of the request decides over the list: a token of one list is refused by every other. */
  list: readonly unknown[]
  withDeleted: boolean
  limit: number
  token: string | undefined
}

/**
 * One page of a search.
 * @throws ServiceError InvalidParameterException (a filter without key or values), InvalidNextTokenException.
 */
export async function findSecrets(
  context: SecretsManagerContext,
  { order, filters, list, withDeleted, limit, token }: SecretSearch,
): Promise<{ found: Secret[]; next: string | undefined }> {
  const { call } = context
  const scope = scopeOf(call)
  const fitting = compileFilters(filters)
  const after = token === undefined ? undefined : placeIn(openPageToken(context, list, token))
  const source = secretSource(call.store, scope, order, filters)
  const fits = (secret: Secret) => (withDeleted || !secret.deletion) && fitting(secret)
  const { rows, place, more } = await readList({ ...source, fits }, after, limit)
  return {
    found: rows.map(({ row }) => row),
    next: more && place ? sealPageToken(context, list, [place.value, place.id]) : undefined,
  }
}

function placeIn(content: unknown): Place {
  if (!Array.isArray(content)) throw invalidNextToken()
  const [value, id]: unknown[] = content
  if (typeof value !== 'string' || typeof id !== 'string') throw invalidNextToken()
  return { value, id }
}
