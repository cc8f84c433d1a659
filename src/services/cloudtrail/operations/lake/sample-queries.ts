import type { SearchSampleQueriesRequest, SearchSampleQueriesResponse } from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { noSuchToken } from '../../domain/errors.ts'
import { findSamples } from '../../domain/lake/sample-queries.ts'

/** Finds sample queries by a phrase, the best first. @throws ServiceError InvalidNextTokenException */
export async function searchSampleQueries(
  context: CloudTrailContext,
  { SearchPhrase, MaxResults = 10, NextToken }: Validated<SearchSampleQueriesRequest>,
): Promise<SearchSampleQueriesResponse> {
  const from = NextToken === undefined ? 0 : openPageToken(context, [SearchPhrase], NextToken)
  if (typeof from !== 'number') throw noSuchToken()
  const found = findSamples(SearchPhrase)
  const until = from + MaxResults
  return {
    SearchResults: found.slice(from, until).map(({ query, relevance }) => ({
      ...{ Name: query.name, Description: query.description, SQL: query.sql, Relevance: relevance },
    })),
    ...(until < found.length && { NextToken: sealPageToken(context, [SearchPhrase], until) }),
  }
}
