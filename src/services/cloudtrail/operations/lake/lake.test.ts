import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateEventDataStoreResponse, GetQueryResultsResponse } from '@aws-sdk/client-cloudtrail'
import { dayMs, minuteMs } from '../../../../core/durations.ts'
import { cloudtrailFixture } from '../../testing.ts'

const management = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }]

/** CloudTrail with words for what tests of Lake do most. */
async function lakeFixture() {
  const fixture = await cloudtrailFixture()
  const { trail } = fixture
  const create = async (Name: string, more: object = {}) => {
    const { EventDataStoreArn = '' } = await trail<CreateEventDataStoreResponse>('CreateEventDataStore', {
      ...{ Name, TerminationProtectionEnabled: false },
      ...more,
    })
    await fixture.settle()
    return EventDataStoreArn
  }
  const status = async (EventDataStore: string) => (await trail('GetEventDataStore', { EventDataStore })).Status
  /** Runs a query to its end. */
  const query = async (QueryStatement: string) => {
    const { QueryId } = await trail('StartQuery', { QueryStatement })
    await fixture.settle()
    return trail<GetQueryResultsResponse>('GetQueryResults', { QueryId })
  }
  return { ...fixture, create, status, query }
}

const refused = (code: string, call: Promise<unknown>) => assert.rejects(call, { code })

const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1)

test('scenario 59: termination protection, seven days of pending deletion, statements that are refused, ten queries', async () => {
  const { trail, create, status, advance, settle } = await lakeFixture()
  const arn = await create('audit', { TerminationProtectionEnabled: true })
  await refused('EventDataStoreTerminationProtectedException', trail('DeleteEventDataStore', { EventDataStore: arn }))
  await trail('UpdateEventDataStore', { EventDataStore: arn, TerminationProtectionEnabled: false })
  await trail('DeleteEventDataStore', { EventDataStore: arn })
  assert.equal(await status(arn), 'PENDING_DELETION')
  const id = idOf(arn)
  const all = { QueryStatement: `SELECT eventName FROM ${id}` }
  await refused('InactiveEventDataStoreException', trail('StartQuery', all))
  await trail('RestoreEventDataStore', { EventDataStore: arn })
  assert.equal(await status(arn), 'ENABLED')
  await refused('InvalidQueryStatementException', trail('StartQuery', { QueryStatement: `DELETE FROM ${id}` }))
  for (let n = 0; n < 10; n++) await trail('StartQuery', all)
  await refused('MaxConcurrentQueriesException', trail('StartQuery', all))
  await settle()
  await trail('StartQuery', all)
  await settle()
  await trail('DeleteEventDataStore', { EventDataStore: arn })
  await advance(7 * dayMs - minuteMs)
  assert.equal(await status(arn), 'PENDING_DELETION')
  await advance(2 * minuteMs)
  await refused('EventDataStoreNotFoundException', trail('GetEventDataStore', { EventDataStore: arn }))
})

test('events that are recorded are found by queries, with the columns and texts of Lake', async () => {
  const { trail, create, query, bucket, pass } = await lakeFixture()
  const arn = await create('audit', { AdvancedEventSelectors: management })
  await bucket('lake-a')
  await refused('TrailNotFoundException', trail('GetTrail', { Name: 'absent' }))
  await pass(1)
  const found = await query(
    `SELECT eventName, element_at(requestParameters, 'bucketName') AS bucket, userIdentity.type FROM ${idOf(arn)} WHERE eventName = 'CreateBucket' ORDER BY eventTime`,
  )
  assert.equal(found.QueryStatus, 'FINISHED', found.ErrorMessage)
  assert.deepEqual(found.QueryResultRows, [[{ eventname: 'CreateBucket' }, { bucket: 'lake-a' }, { type: 'Root' }]])
})
