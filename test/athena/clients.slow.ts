import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Strongroom } from '../../src/server/server.ts'
import { cloudTrailTable, tenQueries, trailEvent, trailFile, trailKey } from '../../src/testing/trail-samples.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'

let server: Strongroom
let athena: AthenaClient
let glue: GlueClient
let s3: S3Client

const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')

before(async () => {
  server = await startTestServer({ logLevel: 'error', settings: { 'athena.memory': '512MB' } })
  const { endpoint, region, credentials } = server
  const config = { endpoint, region, credentials, maxAttempts: 1 }
  athena = new AthenaClient(config)
  glue = new GlueClient(config)
  s3 = new S3Client({ ...config, forcePathStyle: true })
  for (const Bucket of ['trail', 'results']) await s3.send(new CreateBucketCommand({ Bucket }))
  const begin = Date.parse(`${day.replaceAll('/', '-')}T00:00:00Z`)
  const events = Array.from({ length: 200 }, (_, n) => trailEvent(n, begin + n * 1000))
  await s3.send(new PutObjectCommand({ Bucket: 'trail', Key: trailKey(day, 0), Body: trailFile(events) }))
  await query(cloudTrailTable('trail'))
})
after(async () => {
  for (const client of [athena, glue, s3]) client.destroy()
  await server.stop()
})

/** Runs a query with the SDK. @returns its rows. */
async function query(QueryString: string): Promise<(string | undefined)[][]> {
  const ResultConfiguration = { OutputLocation: 's3://results/' }
  const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString, ResultConfiguration }))
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))
    const { State, StateChangeReason } = QueryExecution?.Status ?? {}
    if (State === 'SUCCEEDED') break
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason)
    await pause(20)
  }
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }))
  return (ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue))
}

test('CT7: the JavaScript SDK asks a trail the ten queries of the guide', async () => {
  const counts = []
  for (const text of tenQueries) counts.push((await query(text)).length - 1)
  // Events of the fifth query are of other days.
  assert.deepEqual(
    counts.map((count, index) => (index === 4 ? count === 0 : count > 0)),
    Array(10).fill(true),
  )
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'default', Name: 'cloudtrail_logs' }))
  assert.equal(Table?.StorageDescriptor?.Columns?.length, 29)
})

const python = (...modules: string[]) => missing('python3', '-c', `import ${modules.join(', ')}`)

const program = async (text: string) => {
  const { status, stdout, stderr } = await run('python3', ['-'], clientEnvironment(server, server.credentials), text)
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

test('boto3 waits for a query and pages through its rows', { skip: python('boto3') }, async () => {
  const found = await program(`
import boto3, json, time
athena = boto3.client('athena')
started = athena.start_query_execution(QueryString='SELECT eventid FROM cloudtrail_logs ORDER BY 1',
    QueryExecutionContext={'Database': 'default'}, ResultConfiguration={'OutputLocation': 's3://results/boto/'})
name = started['QueryExecutionId']
while athena.get_query_execution(QueryExecutionId=name)['QueryExecution']['Status']['State'] in ('QUEUED', 'RUNNING'):
    time.sleep(0.05)
pages = athena.get_paginator('get_query_results').paginate(QueryExecutionId=name, PaginationConfig={'PageSize': 30})
rows = [row['Data'][0]['VarCharValue'] for page in pages for row in page['ResultSet']['Rows']]
statistics = athena.get_query_execution(QueryExecutionId=name)['QueryExecution']['Statistics']
tables = boto3.client('glue').get_tables(DatabaseName='default')['TableList']
print(json.dumps([len(rows), rows[0], statistics['DataScannedInBytes'] > 0, [table['Name'] for table in tables]]))
`)
  assert.deepEqual(found, [201, 'eventid', true, ['cloudtrail_logs']])
})

test('PyAthena runs queries with parameters, and reads their types', { skip: python('pyathena') }, async () => {
  const found = await program(`
import json
from pyathena import connect
from pyathena.error import OperationalError
connection = connect(s3_staging_dir='s3://results/pyathena/', schema_name='default', poll_interval=0.05)
cursor = connection.cursor()
cursor.execute("SELECT eventname, count(*) AS n, max(from_iso8601_timestamp(eventtime)) AS latest FROM cloudtrail_logs WHERE eventsource = %(source)s GROUP BY 1", {'source': 'kms.amazonaws.com'})
name, n, latest = cursor.fetchone()
described = [column[:2] for column in cursor.description]
arrays = cursor.execute("SELECT ARRAY[1, 2], MAP(ARRAY['a'], ARRAY[1]), CAST(ROW(1, 'x') AS ROW(i integer, t varchar)), true, 1.5, date '2026-01-02'").fetchone()
try:
    cursor.execute('SELECT nope FROM cloudtrail_logs')
    failure = None
except OperationalError as error:
    failure = str(error)
tables = [row[0] for row in cursor.execute('SHOW TABLES').fetchall()]
print(json.dumps([name, n, latest.year > 2000, described, [str(value) for value in arrays], failure, tables]))
`)
  assert.deepEqual(found, [
    ...['Decrypt', 50, true],
    [
      ['eventname', 'varchar'],
      ['n', 'bigint'],
      ['latest', 'timestamp with time zone'],
    ],
    ['[1, 2]', "{'a': '1'}", "{'i': '1', 't': 'x'}", 'True', '1.5', '2026-01-02'],
    "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved",
    ['cloudtrail_logs'],
  ])
})

test('AWS SDK for pandas reads by CTAS, by UNLOAD and from the rows, and writes tables', {
  skip: python('awswrangler'),
}, async () => {
  const found = await program(`
import json, awswrangler as wr, pandas as pd
wr.config.s3_endpoint_url = wr.config.athena_endpoint_url = wr.config.glue_endpoint_url = wr.config.sts_endpoint_url = __import__('os').environ['AWS_ENDPOINT_URL']
sql = "SELECT eventname, count(*) AS n FROM cloudtrail_logs GROUP BY eventname ORDER BY eventname"
common = dict(database='default', s3_output='s3://results/wr/', athena_query_wait_polling_delay=0.05)
plain = wr.athena.read_sql_query(sql, ctas_approach=False, **common)
ctas = wr.athena.read_sql_query(sql, ctas_approach=True, **common)
unload = wr.athena.read_sql_query(sql, ctas_approach=False, unload_approach=True, **{**common, 's3_output': 's3://results/wr-unload/'})
wr.s3.to_parquet(pd.DataFrame({'id': [1, 2, 3], 'p': ['a', 'a', 'b']}), path='s3://results/table/', dataset=True, database='default', table='written', partition_cols=['p'])
written = wr.athena.read_sql_query("SELECT p, sum(id) AS s FROM written WHERE p <> 'z' GROUP BY p ORDER BY p", ctas_approach=False, **common)
print(json.dumps([plain.values.tolist(), sorted(ctas.values.tolist()) == sorted(plain.values.tolist()), sorted(unload.values.tolist()) == sorted(plain.values.tolist()),
  written.values.tolist(), wr.catalog.get_table_types(database='default', table='written'), sorted(wr.catalog.tables(database='default')['Table'].tolist())]))
`)
  assert.deepEqual(found, [
    [
      ['AuthorizeSecurityGroupIngress', 50],
      ['ConsoleLogin', 50],
      ['Decrypt', 50],
      ['DeleteObject', 50],
    ],
    ...[
      true,
      true,
      [
        ['a', 3],
        ['b', 3],
      ],
      { id: 'bigint', p: 'string' },
      ['cloudtrail_logs', 'written'],
    ],
  ])
})
