import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  DescribeQueriesResponse,
  DescribeQueryDefinitionsResponse,
  GetLogGroupFieldsResponse,
  GetLogRecordResponse,
  GetQueryResultsResponse,
  PutQueryDefinitionResponse,
  StartQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { dayMs, hourMs } from '../../../../core/durations.ts'
import { accountId, alice } from '../../../../testing/callers.ts'
import { queries } from '../../storage/queries.ts'
import { logsFixture } from '../../testing.ts'

async function queryFixture() {
  const fixture = await logsFixture()
  const { logs, clock } = fixture
  const start = async (queryString: string, more: object = { logGroupName: 'g' }) => {
    const endTime = Math.floor(clock.nowMs() / 1000)
    const request = { startTime: endTime - 3600, endTime, queryString, ...more }
    return (await logs<StartQueryResponse>('StartQuery', request)).queryId ?? ''
  }
  const results = (queryId: string, more: object = {}) =>
    logs<GetQueryResultsResponse>('GetQueryResults', { queryId, ...more })
  return {
    ...fixture,
    start,
    results,
    query: async (queryString: string, more?: object) => {
      const queryId = await start(queryString, more)
      await fixture.settle()
      return results(queryId)
    },
  }
}

test('a query counts what is in its groups and times, and says how much it has scanned', async () => {
  const { group, put, query, store } = await queryFixture()
  const to = await group('g', ['a', 'b'])
  await put(to, [['{"ms":1}', 2 * hourMs]])
  await put(to, [['{"ms":10}', 60_000], '{"ms":20}'])
  await put({ ...to, logStreamName: 'b' }, ['{"ms":30}'])
  await put(await group('h'), ['{"ms":40}'])
  const found = await query('stats count(*) as n, sum(ms) as total by @logStream | sort n desc')
  assert.deepEqual(found.results, [
    [
      { field: '@logStream', value: 'a' },
      { field: 'n', value: '2' },
      { field: 'total', value: '30' },
    ],
    [
      { field: '@logStream', value: 'b' },
      { field: 'n', value: '1' },
      { field: 'total', value: '30' },
    ],
  ])
  assert.deepEqual(
    [found.status, found.statistics],
    ['Complete', { recordsMatched: 3, recordsScanned: 3, bytesScanned: 27, logGroupsScanned: 1 }],
  )
  const identifiers = { logGroupIdentifiers: ['g', `arn:aws:logs:us-east-1:${accountId}:log-group:h`] }
  const both = await query('stats count(*) by @log', identifiers)
  assert.deepEqual(both.results?.map(([log]) => log?.value).sort(), [`${accountId}:g`, `${accountId}:h`])
  const names = store.records.map(({ eventName }) => eventName)
  assert.equal(names.filter((name) => name === 'StartQuery').length, 2)
  assert.ok(!names.includes('GetQueryResults'))
})

test('rows come in pages, and their pointers lead to the whole event', async () => {
  const { group, put, start, results, settle, logs } = await queryFixture()
  const to = await group('g')
  await put(to, ['{"a":{"b":1}}', 'two', 'three'])
  const queryId = await start('fields @message | limit 3')
  assert.deepEqual((await results(queryId)).status, 'Scheduled')
  await settle()
  const first = await results(queryId, { maxItems: 2 })
  const second = await results(queryId, { maxItems: 2, nextToken: first.nextToken })
  assert.deepEqual([first.results?.length, second.results?.length, second.nextToken], [2, 1, undefined])
  const rows = [...(first.results ?? []), ...(second.results ?? [])]
  const row = rows.find((fields) => fields.some(({ value }) => value?.startsWith('{')))
  const logRecordPointer = row?.find(({ field }) => field === '@ptr')?.value
  const { logRecord } = await logs<GetLogRecordResponse>('GetLogRecord', { logRecordPointer })
  assert.deepEqual(
    [logRecord?.['@message'], logRecord?.['@logStream'], logRecord?.['@log'], logRecord?.['a.b']],
    ['{"a":{"b":1}}', 's', `${accountId}:g`, '1'],
  )
  for (const pointer of ['x', '']) {
    await assert.rejects(logs('GetLogRecord', { logRecordPointer: pointer }), { code: 'InvalidParameterException' })
  }
})

test('a query that is stopped has no results', async () => {
  const { group, put, start, results, settle, logs } = await queryFixture()
  await put(await group('g'), ['x'])
  const queryId = await start('')
  assert.deepEqual(await logs('StopQuery', { queryId }), { success: true })
  await settle()
  const { status, results: rows } = await results(queryId)
  assert.deepEqual([status, rows], ['Cancelled', []])
  await assert.rejects(logs('StopQuery', { queryId }), { code: 'InvalidParameterException' })
  await assert.rejects(logs('StopQuery', { queryId: 'none' }), { code: 'ResourceNotFoundException' })
})

test('queries are listed, latest first, and forgotten after seven days', async () => {
  const { group, start, settle, logs, advance, clock, store, results } = await queryFixture()
  await group('g')
  await group('h')
  const ids: string[] = []
  for (const logGroupName of ['g', 'h', 'g']) {
    ids.push(await start('limit 1', { logGroupName }))
    clock.advance(1)
  }
  await settle()
  const list = async (more: object = {}) => {
    const page = await logs<DescribeQueriesResponse>('DescribeQueries', more)
    return { ...page, ids: page.queries?.map(({ queryId }) => queryId) }
  }
  assert.deepEqual((await list()).ids, ids.toReversed())
  assert.deepEqual((await list({ logGroupName: 'g' })).ids, [ids[2], ids[0]])
  assert.deepEqual((await list({ status: 'Running' })).ids, [])
  const first = await list({ maxResults: 2 })
  assert.deepEqual((await list({ maxResults: 2, nextToken: first.nextToken })).ids, [ids[0]])
  assert.deepEqual(
    first.queries?.map(({ queryString, status, logGroupName }) => [queryString, status, logGroupName])[0],
    ['limit 1', 'Complete', 'g'],
  )
  await advance(7 * dayMs + 5000)
  assert.deepEqual(await store.in(queries).list({ accountId, region: 'us-east-1' }), [])
  await assert.rejects(results(ids[0] ?? ''), { code: 'ResourceNotFoundException' })
})

test('what is not a query, or names no group that may be read, is refused', async () => {
  const { group, start, logs, putUser, clock } = await queryFixture()
  await group('g')
  await assert.rejects(start('bogus'), { code: 'MalformedQueryException' })
  await assert.rejects(start('', { logGroupName: 'none' }), { code: 'ResourceNotFoundException' })
  await assert.rejects(start('', { logGroupNames: ['g'], logGroupIdentifiers: ['g'] }), {
    code: 'ValidationException',
    message: 'LogGroup name and LogGroup ARN are mutually exclusive parameters.',
  })
  await assert.rejects(start('', {}), { code: 'ValidationException' })
  await assert.rejects(start('', { logGroupNames: Array.from({ length: 51 }, (_, n) => `g${n}`) }), {
    code: 'InvalidParameterException',
  })
  await assert.rejects(start('', { logGroupName: 'g', queryLanguage: 'SQL' }), { code: 'InvalidParameterException' })
  await assert.rejects(start('', { logGroupName: 'g', startTime: 10, endTime: 5 }), {
    code: 'InvalidParameterException',
  })
  await putUser(alice, [])
  const seconds = Math.floor(clock.nowMs() / 1000)
  const request = { logGroupName: 'g', queryString: '', startTime: seconds, endTime: seconds }
  await assert.rejects(logs('StartQuery', request, { caller: alice }), { code: 'AccessDeniedException' })
})

test('query definitions are kept, changed, listed by name and deleted', async () => {
  const { logs } = await queryFixture()
  const put = (name: string, more: object = {}) =>
    logs<PutQueryDefinitionResponse>('PutQueryDefinition', { name, queryString: 'limit 1', ...more })
  const { queryDefinitionId } = await put('app/errors', { logGroupNames: ['g'] })
  await put('app/slow')
  await put('other')
  await put('app/failures', { queryDefinitionId })
  const { queryDefinitions = [] } = await logs<DescribeQueryDefinitionsResponse>('DescribeQueryDefinitions', {
    queryDefinitionNamePrefix: 'app/',
  })
  assert.deepEqual(queryDefinitions.map(({ name }) => name).sort(), ['app/failures', 'app/slow'])
  assert.deepEqual(await logs('DeleteQueryDefinition', { queryDefinitionId }), { success: true })
  await assert.rejects(logs('DeleteQueryDefinition', { queryDefinitionId }), { code: 'ResourceNotFoundException' })
  await assert.rejects(put('x', { queryDefinitionId }), { code: 'ResourceNotFoundException' })
})

test('GetLogGroupFields lists the fields of recent events, with how many have them', async () => {
  const { group, put, logs, clock } = await queryFixture()
  const to = await group('g')
  assert.deepEqual(await logs('GetLogGroupFields', { logGroupName: 'g' }), { logGroupFields: [] })
  await put(to, [
    ['{"old":1}', hourMs],
    '{"a":{"b":1},"c":2}',
    '{"c":3}',
    'text',
    'REPORT RequestId: x\tDuration: 1 ms\t',
  ])
  const fields = async (more: object = {}) => {
    const input = { logGroupName: 'g', ...more }
    const { logGroupFields = [] } = await logs<GetLogGroupFieldsResponse>('GetLogGroupFields', input)
    return Object.fromEntries(logGroupFields.map(({ name, percent }) => [name, percent]))
  }
  const { '@message': message, c, 'a.b': b, '@duration': duration, old } = await fields()
  assert.deepEqual([message, c, b, duration, old], [100, 50, 25, 25, undefined])
  assert.equal((await fields({ time: Math.floor((clock.nowMs() - hourMs) / 1000) })).old, 100)
})
