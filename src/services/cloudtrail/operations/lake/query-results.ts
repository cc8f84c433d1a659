import { buffer } from 'node:stream/consumers'
import type { GetQueryResultsRequest, GetQueryResultsResponse } from '@aws-sdk/client-cloudtrail'
import type { Validated } from '../../../../core/operation.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudTrailContext } from '../../cloudtrail-context.ts'
import { invalidMaxResults, noSuchToken } from '../../domain/errors.ts'
import { rowsOfPart } from '../../lake/run-query.ts'
import { resultPartId, resultParts } from '../../storage/lake-queries.ts'
import { findQuery } from './queries.ts'

/**
 * Reads a page of the rows of a query. There are none before it has finished.
 * @throws ServiceError QueryIdNotFoundException, InvalidMaxResultsException, InvalidNextTokenException
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetQueryResults.html
 */
export async function getQueryResults(
  context: CloudTrailContext,
  request: Validated<GetQueryResultsRequest>,
): Promise<GetQueryResultsResponse> {
  const { MaxQueryResults: most = 1000, NextToken } = request
  if (most < 1 || most > 1000) throw invalidMaxResults(1000)
  const query = await findQuery(context, request)
  const from = NextToken === undefined ? 0 : openPageToken(context, [query.id], NextToken)
  if (typeof from !== 'number') throw noSuchToken()
  const total = query.status === 'FINISHED' ? (query.rows ?? 0) : 0
  const until = Math.min(total, from + most)
  const rows: Record<string, string>[][] = []
  for (let at = from; at < until; ) {
    const part = Math.floor(at / rowsOfPart)
    const found = await context.call.store.in(resultParts).get(query, resultPartId(query.id, part))
    if (!found) break
    const all = JSON.parse((await buffer(await context.lake.blobs.read(found.blobId))).toString())
    rows.push(...all.slice(at - found.from, until - found.from))
    at = found.from + found.rows
  }
  return {
    QueryStatus: query.status,
    QueryStatistics: {
      ResultsCount: rows.length,
      TotalResultsCount: total,
      BytesScanned: query.scannedBytes ?? 0,
    },
    QueryResultRows: rows,
    ...(until < total && { NextToken: sealPageToken(context, [query.id], until) }),
    ...(query.error !== undefined && { ErrorMessage: query.error }),
  }
}
