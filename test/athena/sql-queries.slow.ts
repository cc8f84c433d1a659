import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { after, test } from 'node:test'
import { readHiveType } from '../../src/kit/sql-queries/hive-types.ts'
import type { SourceFormat } from '../../src/kit/sql-queries/sources.ts'
import { SqlError } from '../../src/kit/sql-queries/sql-error.ts'
import {
  QueryOverdueError,
  QueryProcessEndedError,
  SqlQueries,
  type SqlQuery,
} from '../../src/kit/sql-queries/sql-queries.ts'
import { trailEvent, trailFile } from '../../src/testing/trail-samples.ts'

const limits = { memory: '256MB', threads: 2, scratchBytes: 2 ** 30 }
const queries = new SqlQueries({ most: 2, limits, mostMs: 60_000 })
after(() => queries.close())

const none = new AbortController().signal
const nowMs = Date.UTC(2026, 9, 31, 12)
const statement = (text: string, parameters: readonly string[] = []) => ({
  ...{ text, parameters, schema: 'default', nowMs, catalog: 'awsdatacatalog' },
})

const columnsOf = (columns: Readonly<Record<string, string>>) =>
  Object.entries(columns).map(([name, type]) => ({ name, type: readHiveType(type) }))

const trailColumns = columnsOf({
  useridentity:
    'struct<type:string,arn:string,accesskeyid:string,username:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string>,sessionissuer:struct<username:string>>>',
  ...{
    eventtime: 'string',
    eventsource: 'string',
    eventname: 'string',
    awsregion: 'string',
    sourceipaddress: 'string',
  },
  ...{ useragent: 'string', errorcode: 'string', requestparameters: 'string', responseelements: 'string' },
  ...{ additionaleventdata: 'string', eventid: 'string', readonly: 'string' },
  resources: 'array<struct<arn:string,accountid:string,type:string>>',
  tlsdetails: 'struct<tlsversion:string>',
})

const count = 60
const events = trailFile(
  Array.from({ length: count }, (_, n) => trailEvent(n, Date.UTC(2026, 9, 1 + (n % 9), 10, 0, n))),
)

async function defineTrail(query: SqlQuery): Promise<void> {
  writeFileSync(query.inFile('0'), events)
  await query.defineTable({
    ...{ kind: 'table', schema: 'default', name: 'trail', columns: trailColumns, format: { kind: 'cloudtrail' } },
    partitionColumns: columnsOf({ timestamp: 'string' }),
    partitions: [{ values: ['2026/10/05'], files: [{ name: '0', path: 's3://b/k' }] }],
  })
}

const rowsOf = async (query: SqlQuery, text: string, parameters?: string[]) => {
  await query.start(statement(text, parameters))
  const rows: (string | null)[][] = []
  for (let page = await query.rows(); page.length > 0; page = await query.rows()) rows.push(...page)
  return rows
}

const ask = (text: string, parameters?: string[]) =>
  queries.run(none, async (query) => {
    if (text.includes('$path')) await query.showPaths()
    await defineTrail(query)
    return rowsOf(query, text, parameters)
  })

const first = async (text: string) => (await ask(text))[0]

test('functions and forms of Trino give what they give there', async () => {
  const cases: [expression: string, value: string | null][] = [
    ["date_trunc('hour', date_parse('2026-10-05T10:20:30Z', '%Y-%m-%dT%H:%i:%sZ'))", '2026-10-05 10:00:00.000'],
    ["format_datetime(timestamp '2026-10-05 10:20:30.5', 'yyyy-MM-dd''T''HH:mm:ss.SSS')", '2026-10-05T10:20:30.500'],
    ["parse_datetime('05/Oct/2026', 'dd/MMM/yyyy')", '2026-10-05 00:00:00.000 UTC'],
    ["date_format(date '2026-10-05', '%d.%m.%y %W')", '05.10.26 Monday'],
    ["from_iso8601_timestamp('2026-10-05T10:00:00Z')", '2026-10-05 10:00:00.000 UTC'],
    ["to_unixtime(from_iso8601_timestamp('1970-01-02T00:00:00Z'))", '86400.0'],
    ["date_diff('hour', timestamp '2026-01-01 00:59:00', timestamp '2026-01-01 01:01:00')", '0'],
    ["date_add('month', 1, date '2026-01-31')", '2026-02-28'],
    ["date '2026-01-31' - interval '1' day", '2026-01-30'],
    ["day_of_week(date '2026-10-05')", '1'],
    ['current_date', '2026-10-31'],
    ['now()', '2026-10-31 12:00:00.000 UTC'],
    ['any_match(ARRAY[1,2], x -> x = 2)', 'true'],
    ['all_match(ARRAY[1,2], x -> x = 2)', 'false'],
    ['none_match(ARRAY[1,2], x -> x = 3)', 'true'],
    ['reduce(ARRAY[1,2,3], 0, (s, x) -> s + x, s -> s * 2)', '12'],
    ['transform(filter(ARRAY[1,2,3], x -> x > 1), x -> x * 10)', '[20, 30]'],
    ["contains(ARRAY['a'], 'a')", 'true'],
    ["contains('10.0.0.0/9', CAST('10.127.1.2' AS IPADDRESS))", 'true'],
    ["contains('10.0.0.0/9', TRY_CAST('10.128.1.2' AS IPADDRESS))", 'false'],
    ["contains('2001:db8::/32', CAST('2001:DB8:0::1' AS IPADDRESS))", 'true'],
    ["TRY_CAST('10.0.0.256' AS IPADDRESS)", null],
    ["split('a.b.c', '.')[2]", 'b'],
    ['element_at(ARRAY[1,2], -1)', '2'],
    ["element_at(map(ARRAY['a'], ARRAY[1]), 'a')", '1'],
    ['cardinality(ARRAY[1,2])', '2'],
    ["cardinality(map(ARRAY['a'], ARRAY[1]))", '1'],
    ["array_join(ARRAY['a', NULL, 'b'], '-')", 'a-b'],
    ['json_extract_scalar(\'{"a":{"b":[1,"x"]}}\', \'$.a.b[1]\')', 'x'],
    ['json_extract_scalar(\'{"a b":1}\', \'$["a b"]\')', '1'],
    ["json_extract_scalar('not json', '$.a')", null],
    ["json_extract_scalar('{\"a\":{}}', '$.a')", null],
    ['json_format(json_parse(\'{"b":1}\'))', '{"b":1}'],
    ["CAST(json_extract('{\"a\":[1,2]}', '$.a') AS ARRAY(integer))", '[1, 2]'],
    ["CAST(ROW(1, 'x') AS ROW(a integer, b varchar))", '{a=1, b=x}'],
    ["CAST(MAP(ARRAY['k'], ARRAY[1]) AS MAP(varchar, double))", '{k=1.0}'],
    ["regexp_extract('ab12', '(\\d+)', 1)", '12'],
    ["regexp_extract('ab', '\\d+')", null],
    ["regexp_replace('a1b2', '(\\d)', '<$1>')", 'a<1>b<2>'],
    ["regexp_like('Boto3/1', 'boto|Boto')", 'true'],
    ["replace('banana', 'an')", 'ba'],
    ["concat('a', NULL)", null],
    ['greatest(1, NULL)', null],
    ["url_extract_host('https://u@a.b:8/c?d=e#f')", 'a.b'],
    ["url_extract_parameter('https://a/?x=1&y=%20z', 'y')", ' z'],
    ["split_to_map('a=1,b=2', ',', '=')", '{a=1, b=2}'],
    ['7 / 2', '3'],
    ['7 / 2.0', '3.5'],
    ['sum(7) / count(*)', '7'],
    ['-7 % 2', '-1'],
    ['7 / CAST(2 AS double)', '3.5'],
    ['1e0 / 0', null],
    ["date_add('day', 1, max(date '2026-01-31'))", '2026-02-01 00:00:00.000'],
    ["to_unixtime(max(timestamp '1970-01-02 00:00:00'))", '86400.0'],
    ["TRY(CAST('x' AS integer))", null],
    ["IF(1 > 2, 'a')", null],
    ["X'4a4b'", '4a 4b'],
    ["U&'\\00e4'", 'ä'],
    ["to_hex(md5(to_utf8('a')))", '0CC175B9C0F1B6A831C399E269772661'],
    ['approx_distinct(1)', '1'],
    ["arbitrary('v')", 'v'],
    ["map_agg('k', 1)", '{k=1}'],
    ['bitwise_and(6, 3)', '2'],
    ['1e10', '1.0E10'],
    ['CAST(1.5 AS decimal(4,2))', '1.50'],
    ["interval '1' day + interval '2' hour", '1 02:00:00.000'],
  ]
  await queries.run(none, async (query) => {
    for (const [expression, value] of cases) {
      assert.deepEqual(await rowsOf(query, `SELECT ${expression}`), [[value]], expression)
    }
  })
})

test('lists and maps are unnested as Trino does', async () => {
  assert.deepEqual(await ask('SELECT k, v FROM UNNEST(map(ARRAY[1], ARRAY[2])) AS t(k, v)'), [['1', '2']])
  assert.deepEqual(await ask("SELECT x, y FROM UNNEST(ARRAY[1,2], ARRAY['a']) AS t(x, y)"), [
    ['1', 'a'],
    ['2', null],
  ])
  assert.deepEqual(await ask("SELECT x, n FROM UNNEST(ARRAY['a','b']) WITH ORDINALITY AS t(x, n) ORDER BY n"), [
    ['a', '1'],
    ['b', '2'],
  ])
  const rows = await ask("SELECT a, t FROM trail CROSS JOIN UNNEST(resources) AS u(a, i, t) WHERE eventid = 'e4'")
  assert.deepEqual(rows, [['arn:aws:kms:us-east-1:111122223333:key/0', 'AWS::KMS::Key']])
})

test('statements of the guides run over a trail: subqueries, windows, unions, common tables, parameters', async () => {
  const texts = [
    "WITH d AS (SELECT useridentity.arn AS arn, date(from_iso8601_timestamp(eventtime)) AS day, count(*) AS n, array_agg(DISTINCT eventname) AS names FROM trail GROUP BY 1, 2) SELECT arn, day, n, array_join(names, ',') AS names, n - lag(n) OVER (PARTITION BY arn ORDER BY day) AS delta FROM d WHERE contains(names, 'Decrypt') ORDER BY delta DESC NULLS LAST",
    "SELECT element_at(CAST(json_extract(requestparameters,'$.encryptionContext') AS MAP(varchar,varchar)),'tenant') AS tenant, count(*) FROM trail WHERE eventsource='kms.amazonaws.com' GROUP BY 1",
    "SELECT regexp_extract(sourceipaddress, '^(\\d+)\\.(\\d+)', 0) AS net, approx_distinct(useridentity.arn) AS who FROM trail WHERE regexp_like(useragent, 'aws-sdk-js|Boto3') GROUP BY 1",
    'SELECT useridentity.arn, max_by(eventname, eventtime), min_by(eventname, eventtime), arbitrary(awsregion) FROM trail GROUP BY 1',
    "SELECT eventID, userIdentity.userName FROM AwsDataCatalog.default.TRAIL WHERE eventTime > '2026-10-01 00:00:00' LIMIT 10",
    'SELECT eventname FROM default.trail UNION ALL SELECT eventsource FROM "default"."trail" ORDER BY 1 OFFSET 2 FETCH FIRST 3 ROWS ONLY',
    "SELECT t.eventid FROM trail t WHERE t.eventid IN (SELECT eventid FROM trail WHERE readonly = 'true') AND EXISTS (SELECT 1)",
    "SELECT listagg(eventid, ',') WITHIN GROUP (ORDER BY eventtime) FROM trail",
    'SELECT element_at(resources, 1).arn AS key, cardinality(resources) AS n FROM trail WHERE cardinality(resources) > 0',
  ]
  for (const text of texts) assert.ok((await ask(text)).length > 0, text)
  assert.equal((await ask('SELECT eventid FROM trail WHERE eventid = ? OR eventid = ?', ["'e1'", 'e2'])).length, 2)
  assert.deepEqual(await first('SELECT "$path", "timestamp" FROM trail LIMIT 1'), ['s3://b/k', '2026/10/05'])
})

test('names of columns are those of Athena', async () => {
  const columns = await queries.run(none, async (query) => {
    await defineTrail(query)
    const asked =
      'SELECT EventName, count(*), useridentity.Arn, 1 AS "One", resources[1].ARN FROM trail GROUP BY 1, 3, 5'
    return query.start(statement(asked))
  })
  const named = columns.map(({ name, type }) => `${name} ${type}`)
  assert.deepEqual(named, ['eventname varchar', '_col1 bigint', 'arn varchar', 'One integer', 'arn varchar'])
})

const errorOf = async (text: string) => {
  try {
    await ask(text)
  } catch (error) {
    assert.ok(error instanceof SqlError, `${text}: ${error}`)
    return error.text
  }
  return assert.fail(`${text} ran`)
}

test('errors have the kind, line and column of the text that was written', async () => {
  const cases = [
    ['SELEC 1', "SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'"],
    ['SELECT 1 +', "SYNTAX_ERROR: line 1:11: mismatched input '<EOF>'"],
    ['SELECT 1; SELECT 2', 'SYNTAX_ERROR: Only one sql statement is allowed. Got: SELECT 1; SELECT 2'],
    [
      'SELECT `a` FROM trail',
      'SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers',
    ],
    ['SELECT\n  nope FROM trail', "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"],
    ["SELECT 'ä', IF(true, nope) FROM trail", "COLUMN_NOT_FOUND: line 1:22: Column 'nope' cannot be resolved"],
    ['SELECT useridentity.nope FROM trail', "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"],
    ['SELECT * FROM missing', "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.missing' does not exist"],
    ['SELECT * FROM c.d.missing', "CATALOG_NOT_FOUND: line 1:15: Catalog 'c' does not exist"],
    ['SELECT nofunc(1)', "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunc' not registered"],
    ["SELECT date_format(now(), '%D')", "NOT_SUPPORTED: line 1:27: Date format '%D' is not supported"],
    [
      'SELECT eventname, count(*) FROM trail',
      "EXPRESSION_NOT_AGGREGATE: line 1:8: 'eventname' must be an aggregate expression or appear in GROUP BY clause",
    ],
    [
      "SELECT upper(1, 'x')",
      'TYPE_MISMATCH: line 1:8: Unexpected parameters (integer_literal, string_literal) for function upper',
    ],
    ["SELECT CAST('abc' AS integer)", "INVALID_CAST_ARGUMENT: Could not convert string 'abc' to INT32"],
    ['SELECT 1 / 0', 'DIVISION_BY_ZERO: Division by zero'],
    [
      'SELECT count(*) FROM trail WHERE eventid = ?',
      'SYNTAX_ERROR: line 1:44: Incorrect number of parameters: expected 1 but found 0',
    ],
  ] as const
  for (const [text, error] of cases) assert.equal(await errorOf(text), error)
})

test('no statement reads a file, a setting or the environment, or changes anything', async () => {
  const attempts = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT getenv('PATH')",
    'SELECT * FROM duckdb_settings()',
    "SELECT current_setting('allowed_directories')",
    'SELECT * FROM duckdb_functions()',
    'SELECT * FROM pg_catalog.pg_settings',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM sqlite_master',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('trail')",
    'SELECT * FROM main.__partitions',
    "SELECT trino_json_text('1')",
    "SELECT COLUMNS('.*') FROM trail",
    "COPY (SELECT 1) TO '/tmp/evil.csv'",
    "ATTACH '/tmp/evil.db'",
    "EXPORT DATABASE '/tmp/evil'",
    'INSTALL httpfs',
    'LOAD httpfs',
    "SET memory_limit = '20GB'",
    'PRAGMA database_list',
    'CALL pragma_version()',
    'CREATE TABLE x AS SELECT 1',
    'DROP VIEW trail',
    'DESCRIBE trail',
    'SHOW TABLES',
    'PIVOT trail ON eventname USING count(*)',
    'SELECT 1; DROP VIEW trail',
    "SELECT * FROM (SELECT * FROM read_csv('/etc/passwd'))",
    "WITH a AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM a",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM trail WHERE EXISTS (SELECT * FROM read_text('/etc/passwd'))",
    "SELECT 1 FROM trail ORDER BY (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT count(*) OVER (ORDER BY getenv('PATH')) FROM trail",
    "SELECT transform(ARRAY[1], x -> getenv('PATH'))",
  ]
  for (const text of attempts)
    assert.match(await errorOf(text), /^(FUNCTION_NOT_FOUND|TABLE_NOT_FOUND|SYNTAX_ERROR|NOT_SUPPORTED): /, text)
  assert.equal(existsSync('/tmp/evil.csv') || existsSync('/tmp/evil.db') || existsSync('/tmp/evil'), false)
})

test('files of other forms are read: JSON of any case, delimited text, CSV with quotes', async () => {
  const read = (content: string, columns: Record<string, string>, format: SourceFormat, text = 'SELECT * FROM t') =>
    queries.run(none, async (query) => {
      writeFileSync(query.inFile('0'), content)
      await query.defineTable({
        ...{ kind: 'table', schema: 'default', name: 't', columns: columnsOf(columns), format, partitionColumns: [] },
        partitions: [{ values: [], files: [{ name: '0', path: 's3://b/k' }] }],
      })
      return rowsOf(query, text)
    })
  const json = { kind: 'json', ignoresCase: true } as const
  const nested = '{"Name":"X","Inner":{"KEY":[{"A":1}]},"Text":{"Keep":1}}\n\n{"name":"y"}\n'
  assert.deepEqual(
    await read(nested, { name: 'string', inner: 'struct<key:array<struct<a:int>>>', text: 'string' }, json),
    [
      ['X', '{key=[{a=1}]}', '{"Keep":1}'],
      ['y', null, null],
    ],
  )
  assert.deepEqual(await read('{"ts":1}', { at: 'bigint' }, { ...json, names: { at: 'TS' } }), [['1']])
  await assert.rejects(read('{"a":1}\n{bad', { a: 'int' }, json), { kind: 'HIVE_BAD_DATA' })
  assert.deepEqual(
    await read(
      '{bad\n{"a":1}',
      { a: 'int' },
      { ...json, ignoresMalformed: true },
      'SELECT a FROM t WHERE a IS NOT NULL',
    ),
    [['1']],
  )
  const text = { kind: 'text', delimiter: '\t', elementDelimiter: ',', skippedLines: 1 } as const
  const lines = 'head\na\t1\tx,y\textra\nb\tz\n\\N\t3\tq\n'
  assert.deepEqual(await read(lines, { a: 'string', n: 'int', l: 'array<string>' }, text), [
    ['a', '1', '[x, y]'],
    ['b', null, null],
    [null, '3', '[q]'],
  ])
  const csv = { kind: 'text', delimiter: ',', quote: '"', escape: '\\', skippedLines: 0 } as const
  assert.deepEqual(await read('"a,1","say \\"x\\""\nb,c\n', { a: 'string', b: 'string' }, csv), [
    ['a,1', 'say "x"'],
    ['b', 'c'],
  ])
})

test('conditions on partition columns leave the partitions that may have rows, and no others', async () => {
  await queries.run(none, async (query) => {
    const table = { schema: 'default', name: 'trail' }
    const keys = [
      { name: 'day', type: 'VARCHAR' },
      { name: 'n', type: 'INTEGER' },
    ]
    const values = ['2026/01/01', '2026/01/02', '2026/02/01'].flatMap((day) => [
      [day, '1'],
      [day, '2'],
      [day, null],
    ])
    const kept = async (condition: string, from = 'trail') => {
      const asked = { statement: statement(`SELECT 1 FROM ${from} WHERE ${condition}`), table, keys, values }
      return (await query.keepPartitions(asked)).length
    }
    assert.equal(await kept("day = '2026/01/01'"), 3)
    assert.equal(await kept("day BETWEEN '2026/01/01' AND '2026/01/31' AND n > 1"), 2)
    assert.equal(await kept("trail.day LIKE '2026/02%' OR n = 1"), 5)
    assert.equal(await kept('n IS NULL'), 3)
    // What names other columns, or belongs to rows that an outer join may leave out, decides nothing.
    assert.equal(await kept("eventname = 'x'"), 9)
    assert.equal(await kept('n = 1 OR eventname = day'), 9)
    assert.equal(await kept('trail.n = 1', 'other LEFT JOIN trail ON true'), 9)
    assert.equal(await kept('trail.n = 1', 'trail LEFT JOIN other ON true'), 3)
    assert.equal(await kept('n = 1 AND random() < 2', 'trail CROSS JOIN UNNEST(x) AS t(r)'), 3)
    // A table that is read twice needs what either wants.
    assert.equal(await kept('n = 1', "(SELECT * FROM trail WHERE day = '2026/01/01') AS a, trail"), 5)
    const asked = { statement: statement("SELECT 1 FROM trail WHERE day IN ('a', 'b') AND n = 3"), table, keys }
    assert.deepEqual(await query.equalValues(asked), { day: ['a', 'b'], n: ['3'] })
  })
})

const endless =
  'SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x), UNNEST(sequence(1, 100000)) b(y), UNNEST(sequence(1, 100000)) c(z) WHERE x * y + z = -1'

test('a query that does not end is ended by its signal, and by its time', async () => {
  const stop = new AbortController()
  const running = queries.run(stop.signal, async (query) => {
    setTimeout(() => stop.abort(new Error('stopped')), 100)
    return rowsOf(query, endless)
  })
  await assert.rejects(running, { message: 'stopped' })
  const short = new SqlQueries({ most: 1, limits, mostMs: 500 })
  await assert.rejects(
    short.run(none, (query) => rowsOf(query, endless)),
    QueryOverdueError,
  )
  await short.close()
})

test('a query that needs more memory than it may have fails, and says so', async () => {
  const small = new SqlQueries({ most: 1, limits: { ...limits, memory: '40MB' }, mostMs: 60_000 })
  const text =
    "SELECT count(*) FROM (SELECT DISTINCT rpad(CAST(x AS varchar), 500, 'y') AS t FROM UNNEST(sequence(1, 200000)) AS s(x))"
  const failure = await small.run(none, (query) => rowsOf(query, text)).catch((error) => error.text)
  assert.equal(failure, 'Query exhausted resources at this scale factor')
  await small.close()
})

test('a killed query process fails its query alone, and nothing of its folder is left', async () => {
  let folder = ''
  const running = queries.run(none, async (query) => {
    folder = dirname(query.outFile('x'))
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    await defineTrail(query)
    assert.ok(readdirSync(`${folder}/rows/0`).length > 0)
    if (query.pid !== undefined) process.kill(query.pid, 'SIGKILL')
    return rowsOf(query, 'SELECT 1')
  })
  await assert.rejects(running, QueryProcessEndedError)
  assert.equal(existsSync(folder), false)
  assert.deepEqual(await first('SELECT 1'), ['1'])
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith(`strongroom-query-${process.pid}-`)),
    [],
  )
})

test('a query process has nothing of the environment of the server', async () => {
  await queries.run(none, async ({ pid }) => {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0])
    assert.deepEqual(
      environment.filter((name) => name && !/^(PATH|TZ|NODE_CHANNEL.*)$/.test(name)),
      [],
    )
  })
})
