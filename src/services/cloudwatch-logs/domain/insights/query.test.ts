import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../../../core/service-error.ts'
import { QueryTooLargeError } from './aggregates.ts'
import { matchGlob } from './parse-command.ts'
import { compileQuery } from './query.ts'
import { QueryEngine } from './query-engine.ts'

const startMs = Date.parse('2026-03-01T12:00:00Z')

const eventText = (message: string) => ({ message, bytes: Buffer.byteLength(message) })

/** Runs a query over messages that came a minute after one another. */
function run(text: string, messages: readonly (string | object)[], limit?: number) {
  const engine = new QueryEngine(compileQuery(text), limit)
  for (const [n, message] of messages.entries()) {
    engine.add({
      timeMs: startMs + n * 60_000,
      ingestedMs: startMs + n * 60_000 + 5,
      ...eventText(typeof message === 'string' ? message : JSON.stringify(message)),
      log: '111122223333:g',
      logStream: `s${n % 2}`,
      pointer: `p${n}`,
    })
  }
  return engine.finish()
}

/** The rows, without pointers. */
const rowsOf = (text: string, messages: readonly (string | object)[], limit?: number) =>
  run(text, messages, limit).rows.map((row) =>
    Object.fromEntries(row.filter(({ field }) => field !== '@ptr').map(({ field, value }) => [field, value])),
  )

const requests = [
  { path: '/a', ms: 10, status: 200, user: { name: 'ann', tags: ['x', 'y'] } },
  { path: '/b', ms: 30, status: 500, user: { name: 'bob', tags: ['z'] } },
  { path: '/a', ms: 50, status: 404, user: { name: 'ann' } },
]

test('scenario 23: stats count(*) by bin(5m) gives text values, and statistics of what was scanned', () => {
  const { rows, statistics } = run('stats count(*) by bin(5m)', Array(7).fill('x'))
  assert.deepEqual(rows, [
    [
      { field: 'bin(5m)', value: '2026-03-01 12:00:00.000' },
      { field: 'count(*)', value: '5' },
    ],
    [
      { field: 'bin(5m)', value: '2026-03-01 12:05:00.000' },
      { field: 'count(*)', value: '2' },
    ],
  ])
  assert.deepEqual(statistics, { recordsMatched: 7, recordsScanned: 7, bytesScanned: 7 })
})

test('a query without commands shows times and messages, newest first, with pointers', () => {
  const { rows } = run('', ['one', 'two'])
  assert.deepEqual(rows[0], [
    { field: '@timestamp', value: '2026-03-01 12:01:00.000' },
    { field: '@message', value: 'two' },
    { field: '@ptr', value: 'p1' },
  ])
  assert.deepEqual(rowsOf('fields @logStream, @log, @ingestionTime | limit 1', ['one']), [
    { '@logStream': 's0', '@log': '111122223333:g', '@ingestionTime': '2026-03-01 12:00:00.005' },
  ])
})

test('filters compare fields, texts and expressions', () => {
  const paths = (filter: string) =>
    rowsOf(`fields ms | filter ${filter} | sort @timestamp asc`, requests)
      .map(({ ms }) => ms)
      .join(' ')
  for (const [filter, expected] of [
    ['status = 200', '10'],
    ['status != 200', '30 50'],
    ['status >= 400 and status < 500', '50'],
    ['status = 200 or path = "/b"', '10 30'],
    ['not (status = 200)', '30 50'],
    ["path in ['/a', '/c']", '10 50'],
    ['path not in ["/a"]', '30'],
    ['@message like "bob"', '30'],
    ['@message like /a[n]+/', '10 50'],
    ['@message =~ /(?i)BOB/', '30'],
    ['@message not like /ann/', '30'],
    ['user.name = "ann"', '10 50'],
    ['user.tags.0 = "z"', '30'],
    ['user.tags[1] = "y"', '10'],
    ['`user.name` = "bob"', '30'],
    ['ms * 2 + 1 > 61', '50'],
    ['ms - 10 = 0', '10'],
    ['ispresent(user.tags.0)', '10 30'],
    ['isempty(user.tags.1)', '30 50'],
    ['strcontains(path, "b")', '30'],
    ['missing = "x"', ''],
    ['missing != "x"', '10 30 50'],
    ['@timestamp > 1772366400000', '30 50'],
  ] as const) {
    assert.equal(paths(filter), expected, filter)
  }
})

test('functions change texts, numbers, times and JSON', () => {
  const value = (expression: string) =>
    rowsOf(`fields ${expression} as v | display v`, [{ a: 'Hällo ', n: -2.5, t: 1772366400123 }])[0]?.v
  for (const [expression, expected] of [
    ['tolower(a)', 'hällo '],
    ['toupper(trim(a))', 'HÄLLO'],
    ['strlen(a)', '6'],
    ['concat(a, n, "!")', 'Hällo -2.5!'],
    ['replace(a, "l", "L")', 'HäLLo '],
    ['substr(a, 1, 3)', 'äll'],
    ['substr(a, 3)', 'lo '],
    ['ltrim("xxay", "x")', 'ay'],
    ['coalesce(none, a)', 'Hällo '],
    ['abs(n)', '2.5'],
    ['ceil(n)', '-2'],
    ['floor(n)', '-3'],
    ['sqrt(16)', '4'],
    ['greatest(1, 10, 9)', '10'],
    ['least(1, 10, 9)', '1'],
    ['fromMillis(t)', '2026-03-01 12:00:00.123'],
    ['toMillis(@timestamp)', '1772366400000'],
    ['datefloor(@timestamp, 1h)', '2026-03-01 12:00:00.000'],
    ['2 ^ 3 % 5', '3'],
    ['1 / 0', undefined],
    ['jsonStringify(a)', '"Hällo "'],
  ] as const) {
    assert.equal(value(expression), expected, expression)
  }
  assert.deepEqual(rowsOf('fields jsonParse(@message) as j | display j.a.0, j.b', [{ a: [1], b: 'x' }]), [
    { 'j.a.0': '1', 'j.b': 'x' },
  ])
})

test('parse takes messages apart by globs and by named groups', () => {
  const lines = ['[WARN] user=ann took 12 ms', 'no match']
  const [warn] = rowsOf(
    'parse @message "[*] user=* took * ms" as level, user, ms | filter level = "WARN" | display level, user, ms',
    lines,
  )
  assert.deepEqual(warn, { level: 'WARN', user: 'ann', ms: '12' })
  const [named] = rowsOf('parse @message /user=(?<who>\\w+)/ | filter ispresent(who) | display who', lines)
  assert.deepEqual(named, { who: 'ann' })
  assert.deepEqual(matchGlob(['', ' ', ''], 'a b c'), ['a', 'b c'])
  assert.equal(matchGlob(['x', ''], 'abc'), undefined)
})

test('stats groups rows by values, and what it makes can be filtered and sorted', () => {
  assert.deepEqual(rowsOf('stats count(*) as n, sum(ms) as total, avg(ms) by path | sort n desc', requests), [
    { path: '/a', n: '2', total: '60', 'avg(ms)': '30' },
    { path: '/b', n: '1', total: '30', 'avg(ms)': '30' },
  ])
  assert.deepEqual(
    rowsOf('stats min(ms), max(ms), pct(ms, 50), count_distinct(path) as d, count(user.tags.0) as c', requests),
    [{ 'min(ms)': '10', 'max(ms)': '50', 'pct(ms, 50)': '30', d: '2', c: '2' }],
  )
  assert.deepEqual(rowsOf('stats earliest(ms) as e, latest(ms) as l, sortsFirst(path), stddev(ms) as s', requests), [
    { e: '10', l: '50', 'sortsFirst(path)': '/a', s: String(Math.sqrt(800 / 3)) },
  ])
  assert.deepEqual(rowsOf('stats count(*) as n by path | filter n > 1 | stats count(*) as paths', requests), [
    { paths: '1' },
  ])
  assert.deepEqual(rowsOf('filter path = "none" | stats count(*)', requests), [{ 'count(*)': '0' }])
  assert.deepEqual(rowsOf('filter path = "none" | stats count(*) by path', requests), [])
})

test('sort, limit, dedup and unnest choose rows', () => {
  assert.deepEqual(rowsOf('fields ms | sort ms desc | limit 2', requests), [{ ms: '50' }, { ms: '30' }])
  assert.deepEqual(rowsOf('fields path | dedup path', requests), [{ path: '/a' }, { path: '/b' }])
  assert.deepEqual(
    rowsOf('fields user.tags | unnest user.tags into tag | filter ispresent(tag) | sort tag | display tag', requests),
    [{ tag: 'x' }, { tag: 'y' }, { tag: 'z' }],
  )
  assert.equal(rowsOf('', Array(50).fill('x'), 20).length, 20)
  assert.equal(rowsOf('limit 30', Array(50).fill('x'), 20).length, 30)
  assert.deepEqual(
    rowsOf(
      'fields n | sort n asc | limit 3',
      Array.from({ length: 5000 }, (_, n) => ({ n: (n * 7919) % 5000 })),
    ),
    [{ n: '0' }, { n: '1' }, { n: '2' }],
  )
})

test("Lambda's lines have fields of their own", () => {
  const line =
    'REPORT RequestId: abc\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t'
  assert.deepEqual(
    rowsOf('filter @type = "REPORT" | display @requestId, @duration, @billedDuration, @maxMemoryUsed', [line, 'x']),
    [{ '@requestId': 'abc', '@duration': '12.5', '@billedDuration': '13', '@maxMemoryUsed': '70000000' }],
  )
})

test('comments and line breaks may stand anywhere between words', () => {
  assert.deepEqual(rowsOf('# first\nfields ms # the time\n| sort ms\n# none\n| limit 1', requests), [{ ms: '10' }])
})

test('what is not a query is refused, with the place', () => {
  for (const [text, from] of [
    ['select *', 0],
    ['fields', 6],
    ['fields a,', 9],
    ['fields a | bogus x', 11],
    ['filter a =', 10],
    ['stats sum() by x', 10],
    ['stats median2(a)', 6],
    ['limit 0', 7],
    ['limit 10001', 11],
    ['fields unknown(a)', 7],
    ['fields tolower()', 7],
    ['filter a like /(/', 14],
    ['parse @message "* *" as one', 27],
    ['fields a b', 9],
    ['filter (a = 1', 13],
    ['fields "open', 7],
  ] as const) {
    assert.throws(
      () => compileQuery(text),
      (error) => {
        assert.ok(error instanceof ServiceError, text)
        assert.equal(error.code, 'MalformedQueryException', text)
        const { location } = error.members.queryCompileError as { location: { startCharOffset: number } }
        assert.equal(location.startCharOffset, from, text)
        return true
      },
    )
  }
  for (const deep of ['(', '-', 'not ', 'abs(', '1 ^ (', 'a or (']) {
    const text = `filter ${deep.repeat(2000)}`.slice(0, 9999)
    assert.throws(() => compileQuery(text), { code: 'MalformedQueryException' }, deep)
  }
})

test('a value that goes deep ends no query', () => {
  const deep = `{"a":${'['.repeat(100_000)}1${']'.repeat(100_000)}}`
  for (const text of [
    'fields a',
    'fields jsonParse(@message) as j | display j',
    'stats count_distinct(a)',
    'unnest a into b',
  ]) {
    try {
      run(text, [deep])
    } catch (error) {
      // The thread gives the query up.
      assert.ok(error instanceof RangeError, text)
    }
  }
})

test('a query that would keep too much is given up', () => {
  const engine = new QueryEngine(compileQuery('fields a | dedup a'), undefined)
  const event = { timeMs: 0, ingestedMs: 0, log: '', logStream: '', pointer: '', ...eventText('x'.repeat(1_000_000)) }
  assert.throws(() => {
    for (let n = 0; n < 1000; n++) engine.add(event)
  }, QueryTooLargeError)
})

test('any text is a query or is refused as none, and runs over any message', () => {
  const words = fc.constantFrom(
    ...[
      'fields',
      'filter',
      'stats',
      'sort',
      'limit',
      'parse',
      'dedup',
      'unnest',
      'display',
      '|',
      ',',
      'by',
      'as',
      'a',
      '@message',
    ],
    ...[
      'count(*)',
      'sum(a)',
      'bin(5m)',
      '(',
      ')',
      '[',
      ']',
      '=',
      '!=',
      '<',
      'like',
      '/a.*/',
      '"x"',
      "'*'",
      '5',
      '5m',
      'and',
      'or',
      'not',
    ],
    ...['in', '+', '-', '*', '/', '`a b`', '#', '\n', 'desc', 'into', 'tolower(a)', 'jsonParse(@message)', 'é'],
  )
  const queries = fc.oneof(
    fc.array(words, { maxLength: 16 }).map((parts) => parts.join(' ')),
    fc.string(),
  )
  let compiled = 0
  fc.assert(
    fc.property(queries, fc.array(fc.oneof(fc.string(), fc.json()), { maxLength: 4 }), (text, messages) => {
      try {
        compileQuery(text)
      } catch (error) {
        assert.ok(error instanceof ServiceError && error.code === 'MalformedQueryException', `${text}: ${error}`)
        return
      }
      compiled++
      for (const row of run(text, messages).rows) for (const { value } of row) assert.equal(typeof value, 'string')
    }),
    { numRuns: 4000 },
  )
  assert.ok(compiled > 40, `only ${compiled} were queries`)
})
