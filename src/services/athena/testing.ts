import type {
  GetQueryExecutionOutput,
  GetQueryResultsOutput,
  QueryExecution,
  StartQueryExecutionInput,
  StartQueryExecutionOutput,
} from '@aws-sdk/client-athena'
import { type CallOptions, type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { glue } from '../glue/glue.ts'
import { kms } from '../kms/kms.ts'
import { s3 } from '../s3/s3.ts'
import { athena } from './athena.ts'

/** Athena with the catalogue and S3 in the real pipeline, and what tests do most. */
export async function athenaFixture(options: FixtureOptions = {}) {
  const fixture = await serviceFixture([athena, glue, s3, kms], {
    ...options,
    settings: { 'athena.memory': '512MB', 'athena.processes': 2, ...options.settings },
  })
  const call =
    (service: string) =>
    <R>(operation: string, input: object, as?: CallOptions) =>
      fixture.call(service, operation, input, as) as Promise<R>
  const own = { athena: call('athena'), glue: call('glue'), s3: call('s3') }
  await own.s3('CreateBucket', { Bucket: 'results' })
  const start = async (QueryString: string, more: Partial<StartQueryExecutionInput> = {}, as?: CallOptions) => {
    const input = { QueryString, ResultConfiguration: { OutputLocation: 's3://results/' }, ...more }
    const { QueryExecutionId } = await own.athena<StartQueryExecutionOutput>('StartQueryExecution', input, as)
    return QueryExecutionId ?? ''
  }
  const execution = async (id: string, as?: CallOptions): Promise<QueryExecution> => {
    const shown = await own.athena<GetQueryExecutionOutput>('GetQueryExecution', { QueryExecutionId: id }, as)
    return shown.QueryExecution ?? {}
  }
  const run = async (text: string, more?: Partial<StartQueryExecutionInput>, as?: CallOptions) => {
    const id = await start(text, more, as)
    await fixture.settle()
    return execution(id, as)
  }
  const results = (QueryExecutionId: string, more: object = {}, as?: CallOptions) =>
    own.athena<GetQueryResultsOutput>('GetQueryResults', { QueryExecutionId, ...more }, as)
  const rowsOf = ({ ResultSet }: GetQueryResultsOutput) =>
    (ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue))
  return {
    ...fixture,
    ...own,
    start,
    execution,
    run,
    results,
    rowsOf,
    /** Runs a query that must succeed. @returns its rows, the names of columns among them where it selects. */
    query: async (text: string, more?: Partial<StartQueryExecutionInput>, as?: CallOptions) => {
      const { QueryExecutionId = '', Status } = await run(text, more, as)
      if (Status?.State !== 'SUCCEEDED') throw new Error(`${Status?.State}: ${Status?.StateChangeReason}`)
      return rowsOf(await results(QueryExecutionId, {}, as))
    },
    /** Runs a query that must fail. @returns why. */
    failure: async (text: string, more?: Partial<StartQueryExecutionInput>, as?: CallOptions) => {
      const { Status } = await run(text, more, as)
      if (Status?.State !== 'FAILED') throw new Error(`${Status?.State}`)
      return Status.StateChangeReason ?? ''
    },
    put: (Bucket: string, Key: string, Body: Uint8Array | string) => own.s3('PutObject', { Bucket, Key, Body }),
    stop: async () => {
      for (const { instance } of fixture.services) await instance.stop?.()
    },
  }
}
