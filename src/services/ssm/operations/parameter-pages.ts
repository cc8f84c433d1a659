import { readList } from '../../../kit/bounded-list.ts'
import { sealPageToken } from '../../../kit/page-token.ts'
import { type Filtered, type ParameterFilter, passes } from '../domain/filters.ts'
import { type IndexValues, listSource, type SearchScope, type Source } from '../domain/listing.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import type { PublicParameter } from '../domain/public-parameter.ts'
import type { SsmContext } from '../ssm-context.ts'
import { parameters, scopeOf } from '../storage/collections.ts'
import { parameterSource, rowsReadForOne } from '../storage/parameter-sources.ts'
import { openPlace } from './page-tokens.ts'

/** Which parameters a page is of. */
export interface PageOf {
  /** What of the request decides over the list: a token of it is good for nothing else. */
  list: readonly unknown[]
  searchScope: SearchScope
  /** Narrows the caller's own; public parameters stand in none of these indexes. */
  narrowed: IndexValues | undefined
  filters: readonly ParameterFilter[]
  /** Of the public parameters in place of the caller's own. */
  isPublic: boolean
}

export interface PageViews<V> {
  /** Undefined when the parameter has gone since it was listed. */
  own(parameter: StoredParameter): V | undefined | Promise<V | undefined>
  published(parameter: PublicParameter): V
}

/** Reads one page of a list of parameters. @throws ServiceError InvalidNextToken. */
export async function parameterPage<V>(
  context: SsmContext,
  { list, searchScope, narrowed, filters, isPublic }: PageOf,
  { limit, token }: { limit: number; token: string | undefined },
  views: PageViews<V>,
): Promise<{ Parameters: V[]; NextToken?: string }> {
  const { call, publicParameters } = context
  const afterName = openPlace(context, list, token)
  const read = async <T extends Filtered>(source: Source<T>, readForOne = 1) => {
    const fits = filters.length > 0 ? (row: T) => passes(row, filters) : undefined
    const { rows, place, more } = await readList(listSource(source, fits, readForOne), afterName, limit)
    return { rows: rows.map(({ row }) => row), next: more ? place : undefined }
  }
  const answer = (Parameters: V[], next: string | undefined) => ({
    Parameters,
    ...(next !== undefined && { NextToken: sealPageToken(context, list, next) }),
  })
  if (isPublic) {
    const { rows, next } = await read(publicParameters.source(call.store, call.region, searchScope))
    return answer(rows.map(views.published), next)
  }
  const own = parameterSource({ reader: call.store, spec: parameters, scope: scopeOf(call) }, searchScope, narrowed)
  const { rows, next } = await read(own, rowsReadForOne(searchScope, narrowed))
  const shown = await Promise.all(rows.map(views.own))
  return answer(
    shown.filter((view) => view !== undefined),
    next,
  )
}
