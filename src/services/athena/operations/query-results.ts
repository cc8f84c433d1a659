import { buffer } from 'node:stream/consumers'
import type { GetQueryResultsInput, GetQueryResultsOutput, Row } from '@aws-sdk/client-athena'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { openPageToken, sealPageToken } from '../../../kit/page-token.ts'
import type { AthenaContext } from '../athena-context.ts'
import { CsvReader } from '../domain/csv-reader.ts'
import { invalidRequest, invalidToken, notFinished, notSuccessful, notSupported } from '../domain/errors.ts'
import { readLocation } from '../domain/location.ts'
import type { Query } from '../storage/collections.ts'
import { findQuery } from './permissions.ts'

const mostRows = 1000
/** How much of the result is read at once. */
const pieceBytes = 1024 * 1024
/** A page ends behind so many bytes, however few rows they are. */
const mostPageBytes = 8 * 1024 * 1024

/**
 * Gives a page of a query's rows, which are read from where they were written, as the caller. The first row of a SELECT is the names
 * of its columns.
 * @throws ServiceError InvalidRequestException.
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
 */
export async function getQueryResults(
  context: AthenaContext,
  {
    QueryExecutionId,
    NextToken,
    MaxResults = mostRows,
    QueryResultType = 'DATA_ROWS',
  }: Validated<GetQueryResultsInput>,
): Promise<GetQueryResultsOutput> {
  const query = await findQuery(context, QueryExecutionId)
  if (QueryResultType !== 'DATA_ROWS') throw notSupported(`The result type ${QueryResultType}`)
  if (query.state === 'QUEUED' || query.state === 'RUNNING') throw notFinished(query.state)
  if (query.state !== 'SUCCEEDED') throw notSuccessful(query.state)
  const from = NextToken ? openPageToken(context, [QueryExecutionId], NextToken) : 0
  if (typeof from !== 'number') throw invalidToken()
  const { rows, next } = await readRows(context, query, from, MaxResults)
  return {
    UpdateCount: query.updateCount ?? 0,
    ResultSet: {
      Rows: rows,
      ResultSetMetadata: {
        ColumnInfo: (query.columns ?? []).map(({ name, type, precision, scale }) => ({
          ...{ CatalogName: 'hive', SchemaName: '', TableName: '', Name: name, Label: name, Type: type },
          ...{
            Precision: precision,
            Scale: scale,
            Nullable: 'UNKNOWN' as const,
            CaseSensitive: /varchar|json|string/.test(type),
          },
        })),
      },
    },
    ...(next !== undefined && { NextToken: sealPageToken(context, [QueryExecutionId], next) }),
  }
}

/** @returns the rows from an offset on, and the offset behind them where there are more. */
async function readRows(
  { call }: AthenaContext,
  { location, resultKey = '' }: Query,
  from: number,
  most: number,
): Promise<{ rows: Row[]; next?: number }> {
  const place = readLocation(location)
  // What makes tables has no rows.
  if (!place || !/\.(csv|txt)$/.test(resultKey)) return { rows: [] }
  const isCsv = resultKey.endsWith('.csv')
  const reader = isCsv ? new CsvReader() : undefined
  const rows: Row[] = []
  let rest = ''
  let offset = from
  for (let at = from; ; ) {
    const { bytes, total } = await readPiece(call, place.bucket, resultKey, at)
    at += bytes.length
    if (reader) {
      for (const { values, endsAt } of reader.add(bytes)) {
        rows.push(rowOf(values))
        offset = from + endsAt
        if (rows.length === most) return { rows, ...(offset < total && { next: offset }) }
      }
    } else {
      const lines = (rest + bytes.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        offset += line.length + 1
        // As in AWS, a line is one value, however many columns it shows.
        rows.push(rowOf([Buffer.from(line, 'latin1').toString()]))
        if (rows.length === most) return { rows, ...(offset < total && { next: offset }) }
      }
    }
    if (at >= total || bytes.length === 0) return { rows }
    if (rows.length > 0 && offset - from > mostPageBytes) return { rows, next: offset }
  }
}

const rowOf = (values: readonly (string | null)[]): Row => ({
  Data: values.map((value) => (value === null ? {} : { VarCharValue: value })),
})

async function readPiece(call: AthenaContext['call'], Bucket: string, Key: string, at: number) {
  const { ContentLength: size = 0 } = await readable(call.invoke('s3', 'HeadObject', { Bucket, Key }))
  if (at >= size) return { bytes: Buffer.alloc(0), total: size }
  const Range = `bytes=${at}-${Math.min(size, at + pieceBytes) - 1}`
  const { Body } = await readable(call.invoke('s3', 'GetObject', { Bucket, Key, Range }))
  const bytes = Buffer.isBuffer(Body) ? Body : await buffer(Body)
  if (bytes.length === 0) throw invalidRequest('The result of the query is not there any more.')
  return { bytes, total: size }
}

/** What S3 refuses is a refusal of Athena. */
async function readable<R>(read: Promise<R>): Promise<R> {
  try {
    return await read
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status >= 500) throw error
    throw invalidRequest(`The result of the query cannot be read: ${error.message || error.code}`)
  }
}
