import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GetQueryResultsResponse, StartQueryResponse } from '@aws-sdk/client-cloudwatch-logs'
import { logsFixture, messagesOf } from '../../src/services/cloudwatch-logs/testing.ts'

test('a query without an end is ended, and the server goes on meanwhile', async () => {
  const { group, put, get, logs, settle, clock } = await logsFixture()
  const to = await group('g')
  await put(to, [`${'a'.repeat(60)}b`])
  const endTime = Math.floor(clock.nowMs() / 1000)
  const queryString = 'filter @message like /^(a+)+$/'
  const request = { logGroupName: 'g', startTime: endTime - 3600, endTime, queryString }
  const { queryId } = await logs<StartQueryResponse>('StartQuery', request)
  let ended = false
  const running = settle().then(() => {
    ended = true
  })
  for (let n = 0; n < 100; n++) await put(to, [`${n}`])
  assert.equal(messagesOf(await get(to)).length, 101)
  assert.ok(!ended)
  await running
  const { status } = await logs<GetQueryResultsResponse>('GetQueryResults', { queryId })
  assert.equal(status, 'Timeout')
})
