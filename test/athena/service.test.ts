import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type {
  GetQueryResultsOutput,
  GetTableMetadataOutput,
  GetWorkGroupOutput,
  ListDatabasesOutput,
  ListQueryExecutionsOutput,
  ListWorkGroupsOutput,
  StartQueryExecutionOutput,
} from '@aws-sdk/client-athena'
import { dayMs } from '../../src/core/durations.ts'
import { queries } from '../../src/services/athena/storage/collections.ts'
import { athenaFixture } from '../../src/services/athena/testing.ts'
import { alice, arnOf, newUser, policyOf } from '../../src/testing/callers.ts'

let fixture: Awaited<ReturnType<typeof athenaFixture>>

const people = `CREATE EXTERNAL TABLE people (name string, born int)
 ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://data/people/'`

before(async () => {
  fixture = await athenaFixture()
  await fixture.s3('CreateBucket', { Bucket: 'data' })
  await fixture.put('data', 'people/a.json', '{"Name":"Ada","Born":1815}\n{"Name":"Alan, \\"T\\"","Born":1912}\n')
  await fixture.put('data', 'people/b.json.gz', gzipSync('{"Name":"Grace"}\n'))
  await fixture.put('data', 'people/_hidden', 'not a row')
  await fixture.query(people)
})
after(async () => {
  await fixture.stop()
  assert.deepEqual(fixture.faults, [])
})

test('a query is queued, runs, and leaves its rows where its results go', async () => {
  const id = await fixture.start('SELECT name, born FROM people ORDER BY born NULLS LAST')
  assert.equal((await fixture.execution(id)).Status?.State, 'QUEUED')
  await assert.rejects(fixture.results(id), {
    ...{ code: 'InvalidRequestException', message: 'Query has not yet finished. Current state: QUEUED' },
  })
  await fixture.settle()
  const shown = await fixture.execution(id)
  assert.equal(shown.Status?.State, 'SUCCEEDED')
  assert.deepEqual([shown.StatementType, shown.SubstatementType, shown.WorkGroup], ['DML', 'SELECT', 'primary'])
  assert.equal(shown.ResultConfiguration?.OutputLocation, `s3://results/${id}.csv`)
  assert.ok((shown.Statistics?.DataScannedInBytes ?? 0) > 80)
  const { Body } = await fixture.s3<{ Body: Buffer }>('GetObject', { Bucket: 'results', Key: `${id}.csv` })
  assert.equal(String(Body), '"name","born"\n"Ada","1815"\n"Alan, ""T""","1912"\n"Grace",\n')
  const metadata = await fixture.s3<{ Body: Buffer }>('GetObject', { Bucket: 'results', Key: `${id}.csv.metadata` })
  assert.ok(metadata.Body.includes('born'))
  const first = await fixture.results(id, { MaxResults: 2 })
  assert.deepEqual(fixture.rowsOf(first), [
    ['name', 'born'],
    ['Ada', '1815'],
  ])
  const info = first.ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name, Type, Precision }) => [
    Name,
    Type,
    Precision,
  ])
  assert.deepEqual(info, [
    ['name', 'varchar', 2147483647],
    ['born', 'integer', 10],
  ])
  const second = await fixture.results(id, { NextToken: first.NextToken })
  assert.deepEqual(fixture.rowsOf(second), [
    ['Alan, "T"', '1912'],
    ['Grace', undefined],
  ])
  assert.equal(second.NextToken, undefined)
  await assert.rejects(fixture.results(id, { NextToken: 'x' }), { code: 'InvalidRequestException' })
})

test('a query that fails says why, in its status', async () => {
  const { Status } = await fixture.run('SELECT nope FROM people')
  assert.equal(Status?.State, 'FAILED')
  assert.equal(Status?.StateChangeReason, "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved")
  assert.deepEqual([Status?.AthenaError?.ErrorCategory, Status?.AthenaError?.Retryable], [2, false])
  const { QueryExecutionId = '' } = await fixture.run('SELEC 1')
  await assert.rejects(fixture.results(QueryExecutionId), {
    message: 'Query did not finish successfully. Final query state: FAILED',
  })
  assert.match(await fixture.failure("SELECT * FROM read_csv('/etc/passwd')"), /^FUNCTION_NOT_FOUND: line 1:15/)
  await assert.rejects(fixture.execution('00000000-0000-0000-0000-000000000000'), { code: 'InvalidRequestException' })
})

test('a token starts a query once, and only with the same request', async () => {
  const ClientRequestToken = 'a'.repeat(32)
  const input = {
    QueryString: 'SELECT 1',
    ClientRequestToken,
    ResultConfiguration: { OutputLocation: 's3://results/' },
  }
  const start = (more: object = {}) =>
    fixture.athena<StartQueryExecutionOutput>('StartQueryExecution', { ...input, ...more })
  const { QueryExecutionId } = await start()
  assert.equal((await start()).QueryExecutionId, QueryExecutionId)
  await assert.rejects(start({ QueryString: 'SELECT 2' }), { message: 'Idempotent parameters do not match' })
  await fixture.settle()
})

test('what a caller may not read fails the query, and the refusal is recorded as made by way of Athena', async () => {
  const reader = newUser('reader')
  const allowed = { Effect: 'Allow', Action: ['athena:*', 'glue:*', 's3:PutObject', 's3:ListBucket'], Resource: '*' }
  await fixture.putUser(reader, [policyOf(allowed)])
  const reason = await fixture.failure('SELECT * FROM people', {}, { caller: reader })
  assert.match(
    reason,
    /^PERMISSION_DENIED: Access Denied \(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: .*s3:\/\/data\/people\//,
  )
  const denied = fixture.store.records.findLast(({ eventName }) => eventName === 'GetObject')
  assert.equal(denied?.errorCode, 'AccessDenied')
  assert.equal(denied?.userIdentity.invokedBy, 'athena.amazonaws.com')
  assert.equal(denied?.userIdentity.arn, arnOf(reader))
})

test('a query says which results its caller may not write, and what of the catalogue they may not read', async () => {
  const writer = newUser('writer')
  await fixture.putUser(writer, [
    policyOf({ Effect: 'Allow', Action: ['athena:*', 'glue:*', 's3:Get*', 's3:List*'], Resource: '*' }),
  ])
  const written = await fixture.failure('SELECT 1', {}, { caller: writer })
  assert.match(written, /^Access denied when writing output to url: s3:\/\/results\/.*\.csv/)
  const ignorant = newUser('ignorant')
  await fixture.putUser(ignorant, [policyOf({ Effect: 'Allow', Action: ['athena:*', 's3:*'], Resource: '*' })])
  const read = await fixture.failure('SELECT * FROM people', {}, { caller: ignorant })
  assert.match(
    read,
    /^Insufficient permissions to execute the query\. User: .*ignorant is not authorized to perform: glue:GetTable/,
  )
})

test('objects under a key are read by those alone who may decrypt', async () => {
  const { KeyMetadata } = (await fixture.call('kms', 'CreateKey', {})) as { KeyMetadata: { KeyId: string } }
  const SSEKMSKeyId = KeyMetadata.KeyId
  const sealed = {
    Bucket: 'data',
    Key: 'sealed/a.json',
    Body: '{"n":1}\n',
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId,
  }
  await fixture.s3('PutObject', sealed)
  const table =
    "CREATE EXTERNAL TABLE sealed (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://data/sealed'"
  await fixture.query(table)
  assert.deepEqual(await fixture.query('SELECT n FROM sealed'), [['n'], ['1']])
  const keyless = newUser('keyless')
  await fixture.putUser(keyless, [policyOf({ Effect: 'Allow', Action: ['athena:*', 'glue:*', 's3:*'], Resource: '*' })])
  const reason = await fixture.failure('SELECT n FROM sealed', {}, { caller: keyless })
  assert.match(reason, /^PERMISSION_DENIED: .*kms:Decrypt/)
  const Encryption = { EncryptionOption: 'SSE_KMS', KmsKey: SSEKMSKeyId } as const
  const ResultConfiguration = { OutputLocation: 's3://results/enc/', EncryptionConfiguration: Encryption }
  const { QueryExecutionId } = await fixture.run('SELECT 1', { ResultConfiguration })
  const head = { Bucket: 'results', Key: `enc/${QueryExecutionId}.csv` }
  const { ServerSideEncryption } = await fixture.s3<{ ServerSideEncryption: string }>('HeadObject', head)
  assert.equal(ServerSideEncryption, 'aws:kms')
})

test('work groups say where results go, and how much a query may scan', async () => {
  const Configuration = {
    ResultConfiguration: { OutputLocation: 's3://results/wg/' },
    BytesScannedCutoffPerQuery: 10_000_000,
  }
  await fixture.athena('CreateWorkGroup', { Name: 'team', Configuration, Tags: [{ Key: 'a', Value: 'b' }] })
  await assert.rejects(fixture.athena('CreateWorkGroup', { Name: 'team' }), { message: 'WorkGroup is already created' })
  const ran = await fixture.run('SELECT name FROM people', { WorkGroup: 'team' })
  // The group's configuration is enforced: what the request says does not count.
  assert.match(ran.ResultConfiguration?.OutputLocation ?? '', /^s3:\/\/results\/wg\//)
  await fixture.put('data', 'large/a.json', Buffer.alloc(11_000_000, '{"n":1}\n'))
  await fixture.query(
    "CREATE EXTERNAL TABLE large (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://data/large/'",
  )
  const cut = await fixture.run('SELECT count(*) FROM large', { WorkGroup: 'team' })
  assert.equal(cut.Status?.State, 'CANCELLED')
  assert.match(cut.Status?.StateChangeReason ?? '', /^Bytes scanned limit was exceeded/)
  const updates = { EnforceWorkGroupConfiguration: false, RemoveBytesScannedCutoffPerQuery: true }
  await fixture.athena('UpdateWorkGroup', { WorkGroup: 'team', ConfigurationUpdates: updates, Description: 'd' })
  const { WorkGroup } = await fixture.athena<GetWorkGroupOutput>('GetWorkGroup', { WorkGroup: 'team' })
  assert.equal(WorkGroup?.Configuration?.BytesScannedCutoffPerQuery, undefined)
  assert.equal(WorkGroup?.Description, 'd')
  const { WorkGroups } = await fixture.athena<ListWorkGroupsOutput>('ListWorkGroups', {})
  assert.deepEqual(
    WorkGroups?.map(({ Name }) => Name),
    ['primary', 'team'],
  )
  await fixture.athena('UpdateWorkGroup', { WorkGroup: 'team', State: 'DISABLED' })
  await assert.rejects(fixture.start('SELECT 1', { WorkGroup: 'team' }), { message: 'WorkGroup team is disabled.' })
  await fixture.athena('DeleteWorkGroup', { WorkGroup: 'team' })
  await assert.rejects(fixture.start('SELECT 1', { WorkGroup: 'team' }), { message: 'WorkGroup team is not found.' })
  await assert.rejects(fixture.athena('DeleteWorkGroup', { WorkGroup: 'primary' }), { code: 'InvalidRequestException' })
  await assert.rejects(fixture.athena('StartQueryExecution', { QueryString: 'SELECT 1' }), {
    message: /^No output location provided\. An output location is required/,
  })
})

test('what may be done depends on the work group', async () => {
  const member = newUser('member')
  const group = 'arn:aws:athena:us-east-1:111122223333:workgroup/primary'
  await fixture.putUser(member, [
    policyOf({
      Effect: 'Allow',
      Action: ['athena:StartQueryExecution', 'athena:GetQueryExecution', 's3:*'],
      Resource: [group, 'arn:aws:s3:::results*'],
    }),
  ])
  const id = await fixture.start('SELECT 1', {}, { caller: member })
  await fixture.settle()
  assert.equal((await fixture.execution(id, { caller: member })).Status?.State, 'SUCCEEDED')
  await assert.rejects(fixture.results(id, {}, { caller: member }), { code: 'AccessDeniedException' })
})

test('a query that is stopped does not run, and one that runs is ended', async () => {
  const id = await fixture.start('SELECT 1')
  await fixture.athena('StopQueryExecution', { QueryExecutionId: id })
  await fixture.settle()
  assert.equal((await fixture.execution(id)).Status?.State, 'CANCELLED')
  const endless = await fixture.start(
    'SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x), UNNEST(sequence(1, 100000)) b(y), UNNEST(sequence(1, 100000)) c(z) WHERE x * y + z = -1',
  )
  const settled = fixture.settle()
  while ((await fixture.execution(endless)).Status?.State !== 'RUNNING') await new Promise(setImmediate)
  await fixture.athena('StopQueryExecution', { QueryExecutionId: endless })
  await settled
  assert.equal((await fixture.execution(endless)).Status?.State, 'CANCELLED')
  // Stopping what has ended changes nothing.
  await fixture.athena('StopQueryExecution', { QueryExecutionId: endless })
})

test('a query that ran when its server ended runs again, unless it may have changed something', async () => {
  const scope = { accountId: '111122223333', region: 'us-east-1' }
  const asRunning = async (id: string) =>
    fixture.store.transaction(async (tx) => {
      const query = await tx.in(queries).get(scope, id)
      if (query) await tx.in(queries).put(scope, id, { ...query, state: 'RUNNING' })
    })
  const select = await fixture.start('SELECT 1')
  const insert = await fixture.start("INSERT INTO people VALUES ('x', 1)")
  await asRunning(select)
  await asRunning(insert)
  await fixture.settle()
  assert.equal((await fixture.execution(select)).Status?.State, 'SUCCEEDED')
  const { Status } = await fixture.execution(insert)
  assert.deepEqual([Status?.State, Status?.AthenaError?.ErrorCategory], ['FAILED', 1])
})

test('tables are made of queries, filled and unloaded, with their partitions', async () => {
  await fixture.query(
    "CREATE TABLE copies WITH (format = 'PARQUET', partitioned_by = ARRAY['century']) AS SELECT name, born, born / 100 AS century FROM people WHERE born IS NOT NULL",
  )
  assert.deepEqual(await fixture.query('SHOW PARTITIONS copies'), [['century=18'], ['century=19']])
  await fixture.query("INSERT INTO copies SELECT 'New', 2001, 20")
  assert.deepEqual(await fixture.query('SELECT name FROM copies WHERE century >= 19 ORDER BY 1'), [
    ['name'],
    ['Alan, "T"'],
    ['New'],
  ])
  assert.match(await fixture.failure('CREATE TABLE copies AS SELECT 1 AS a'), /already exists/)
  assert.match(
    await fixture.failure('CREATE TABLE other AS SELECT 1'),
    /^SYNTAX_ERROR: Column name not specified at position 1/,
  )
  const { Statistics } = await fixture.run(
    "UNLOAD (SELECT * FROM people) TO 's3://results/unloaded/' WITH (format = 'JSON')",
  )
  const key = Statistics?.DataManifestLocation?.replace('s3://results/', '')
  const { Body } = await fixture.s3<{ Body: Buffer }>('GetObject', { Bucket: 'results', Key: key })
  assert.match(String(Body), /^s3:\/\/results\/unloaded\/.*\.json\.gz\n$/)
  assert.match(await fixture.failure("UNLOAD (SELECT 1 AS a) TO 's3://results/unloaded/'"), /^HIVE_PATH_ALREADY_EXISTS/)
})

test('views are queries of their own database, and are shown', async () => {
  await fixture.query('CREATE DATABASE views')
  await fixture.query('CREATE VIEW views.old AS SELECT name, born FROM people WHERE born < 1900')
  await fixture.query('CREATE OR REPLACE VIEW views.old AS SELECT name, born + 1 AS next FROM people WHERE born < 1900')
  const context = { QueryExecutionContext: { Database: 'views' } }
  assert.deepEqual(await fixture.query('SELECT * FROM old', context), [
    ['name', 'next'],
    ['Ada', '1816'],
  ])
  assert.deepEqual(await fixture.query('SHOW VIEWS IN views'), [['old']])
  assert.match(await fixture.failure('CREATE VIEW bad AS SELECT nope FROM people'), /^COLUMN_NOT_FOUND/)
  assert.match(await fixture.failure('DROP TABLE views.old'), /is a view: use DROP VIEW/)
  assert.match(await fixture.failure('DROP DATABASE views'), /is not empty/)
  await fixture.query('DROP DATABASE views CASCADE')
})

test('partitions are registered by folder, with a location of their own, and projected', async () => {
  for (const [year, n] of [
    ['2024', 1],
    ['2025', 2],
  ])
    await fixture.put('data', `years/year=${year}/a.csv`, `${n},"a, b"\n`)
  await fixture.put('data', 'elsewhere/a.csv', '3,c\n')
  await fixture.query(`CREATE EXTERNAL TABLE years (n int, t string) PARTITIONED BY (year int)
    ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://data/years/'`)
  assert.deepEqual(await fixture.query('SELECT n FROM years'), [['n']])
  const repaired = await fixture.query('MSCK REPAIR TABLE years')
  assert.equal(repaired.length, 3)
  await fixture.query("ALTER TABLE years ADD PARTITION (year = 2026) LOCATION 's3://data/elsewhere/'")
  assert.deepEqual(await fixture.query('SELECT n, t, year FROM years WHERE year > 2024 ORDER BY n'), [
    ['n', 't', 'year'],
    ['2', 'a, b', '2025'],
    ['3', 'c', '2026'],
  ])
  await fixture.query('ALTER TABLE years DROP PARTITION (year = 2025)')
  assert.deepEqual(await fixture.query('SELECT count(*) FROM years'), [['_col0'], ['2']])
  await fixture.query(
    `ALTER TABLE years SET TBLPROPERTIES ('projection.enabled'='true', 'projection.year.type'='integer', 'projection.year.range'='2000,2030')`,
  )
  assert.deepEqual(await fixture.query('SELECT n FROM years ORDER BY n'), [['n'], ['1'], ['2']])
  await fixture.query(`ALTER TABLE years SET TBLPROPERTIES ('projection.year.type'='injected')`)
  assert.match(
    await fixture.failure('SELECT n FROM years'),
    /^CONSTRAINT_VIOLATION: For the injected projected partition column year/,
  )
  assert.deepEqual(await fixture.query('SELECT n FROM years WHERE year = 2024'), [['n'], ['1']])
})

test('prepared statements run with their parameters, and so do queries', async () => {
  const QueryStatement = 'SELECT name FROM people WHERE born > ? AND name LIKE ?'
  await fixture.athena('CreatePreparedStatement', { StatementName: 'later', WorkGroup: 'primary', QueryStatement })
  assert.deepEqual(await fixture.query("EXECUTE later USING 1900, 'A%'"), [['name'], ['Alan, "T"']])
  assert.deepEqual(await fixture.query('EXECUTE later', { ExecutionParameters: ['1800', "'Ada'"] }), [
    ['name'],
    ['Ada'],
  ])
  assert.match(await fixture.failure('EXECUTE later USING 1'), /Incorrect number of parameters: expected 2 but found 1/)
  await fixture.query('DEALLOCATE PREPARE later')
  assert.match(await fixture.failure('EXECUTE later USING 1, 2'), /was not found/)
  const parameters = { ExecutionParameters: ["'x'' OR 1=1'"] }
  assert.deepEqual(await fixture.query('SELECT count(*) FROM people WHERE name = ?', parameters), [['_col0'], ['0']])
})

test('named queries are kept, listed, changed and deleted', async () => {
  const made = { Name: 'n', Database: 'default', QueryString: 'SELECT 1', Description: 'd' }
  const { NamedQueryId } = await fixture.athena<{ NamedQueryId: string }>('CreateNamedQuery', made)
  assert.deepEqual(await fixture.athena('ListNamedQueries', {}), { NamedQueryIds: [NamedQueryId] })
  await fixture.athena('UpdateNamedQuery', { NamedQueryId, Name: 'm', QueryString: 'SELECT 2' })
  const { NamedQuery } = await fixture.athena<{ NamedQuery: object }>('GetNamedQuery', { NamedQueryId })
  assert.deepEqual(NamedQuery, {
    NamedQueryId,
    Name: 'm',
    Database: 'default',
    QueryString: 'SELECT 2',
    WorkGroup: 'primary',
  })
  await fixture.athena('DeleteNamedQuery', { NamedQueryId })
  await assert.rejects(fixture.athena('GetNamedQuery', { NamedQueryId }), { code: 'InvalidRequestException' })
})

test('the catalogue is shown as the caller may see it', async () => {
  const databases = await fixture.athena<ListDatabasesOutput>('ListDatabases', { CatalogName: 'AwsDataCatalog' })
  assert.deepEqual(
    databases.DatabaseList?.map(({ Name }) => Name),
    ['default'],
  )
  const asked = { CatalogName: 'AwsDataCatalog', DatabaseName: 'default', TableName: 'people' }
  const { TableMetadata } = await fixture.athena<GetTableMetadataOutput>('GetTableMetadata', asked)
  assert.deepEqual(TableMetadata?.Columns, [
    { Name: 'name', Type: 'string' },
    { Name: 'born', Type: 'int' },
  ])
  assert.equal(TableMetadata?.Parameters?.location, 's3://data/people/')
  await assert.rejects(fixture.athena('GetTableMetadata', { ...asked, TableName: 'none' }), {
    code: 'MetadataException',
  })
  await fixture.putUser(alice, [policyOf({ Effect: 'Allow', Action: 'athena:*', Resource: '*' })])
  const refused = fixture.athena('ListDatabases', { CatalogName: 'AwsDataCatalog' }, { caller: alice })
  await assert.rejects(refused, { code: 'MetadataException' })
  await assert.rejects(fixture.athena('GetDataCatalog', { Name: 'other' }), { code: 'InvalidRequestException' })
})

test('queries are listed by work group, latest first, and forgotten after 45 days', async () => {
  const ids: string[] = []
  await fixture.athena('CreateWorkGroup', { Name: 'listed' })
  await fixture.athena('UpdateWorkGroup', {
    WorkGroup: 'listed',
    ConfigurationUpdates: { EnforceWorkGroupConfiguration: false },
  })
  for (let n = 0; n < 3; n++) {
    ids.push(await fixture.start(`SELECT ${n}`, { WorkGroup: 'listed' }))
    fixture.clock.advance(1)
  }
  await fixture.settle()
  const list = (more: object = {}) =>
    fixture.athena<ListQueryExecutionsOutput>('ListQueryExecutions', { WorkGroup: 'listed', ...more })
  const first = await list({ MaxResults: 2 })
  assert.deepEqual(first.QueryExecutionIds, [ids[2], ids[1]])
  assert.deepEqual((await list({ MaxResults: 2, NextToken: first.NextToken })).QueryExecutionIds, [ids[0]])
  const both = { QueryExecutionIds: [ids[0], 'none'] }
  const batch = await fixture.athena<{ QueryExecutions: object[]; UnprocessedQueryExecutionIds: object[] }>(
    'BatchGetQueryExecution',
    both,
  )
  assert.deepEqual([batch.QueryExecutions.length, batch.UnprocessedQueryExecutionIds.length], [1, 1])
  await fixture.advance(45 * dayMs + 1000)
  assert.deepEqual(await list(), { QueryExecutionIds: [] })
})

test('a result that a caller may not read is not shown', async () => {
  const id = await fixture.start('SELECT 1')
  await fixture.settle()
  const poor = newUser('poor')
  await fixture.putUser(poor, [policyOf({ Effect: 'Allow', Action: 'athena:*', Resource: '*' })])
  await assert.rejects(fixture.results(id, {}, { caller: poor }), { code: 'InvalidRequestException' })
})

test('results of many rows come in pages of a thousand', async () => {
  const id = await fixture.start("SELECT x, rpad('', 50, '\"') FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x")
  await fixture.settle()
  let page: GetQueryResultsOutput = await fixture.results(id)
  const rows = fixture.rowsOf(page)
  while (page.NextToken) {
    page = await fixture.results(id, { NextToken: page.NextToken })
    rows.push(...fixture.rowsOf(page))
  }
  assert.equal(rows.length, 2501)
  assert.deepEqual(
    rows.map(([x]) => x).slice(1),
    Array.from({ length: 2500 }, (_, n) => String(n + 1)),
  )
  assert.ok(rows.slice(1).every(([, text]) => text === '"'.repeat(50)))
})
