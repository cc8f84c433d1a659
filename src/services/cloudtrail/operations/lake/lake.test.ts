import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type {
  CreateChannelResponse,
  CreateEventDataStoreResponse,
  GetQueryResultsResponse,
} from '@aws-sdk/client-cloudtrail'
import { dayMs, minuteMs } from '../../../../core/durations.ts'
import { accountId, otherAccountId } from '../../../../testing/callers.ts'
import { cloudtrailData } from '../../data/cloudtrail-data.ts'
import { cloudtrailFixture } from '../../testing.ts'

const management = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }]

/** CloudTrail with words for what tests of Lake do most. */
async function lakeFixture() {
  const fixture = await cloudtrailFixture({ modules: [cloudtrailData] })
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

const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

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
  assert.equal(found.QueryStatus, 'FINISHED', String(found.ErrorMessage))
  assert.deepEqual(found.QueryResultRows, [[{ eventname: 'CreateBucket' }, { bucket: 'lake-a' }, { type: 'Root' }]])
})

const activity = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['ActivityAuditLog'] }] }]

const auditData = (n: number, more: object = {}) =>
  JSON.stringify({
    ...{ version: '1', eventSource: 'door.example.com', eventName: 'Opened', eventTime: '2026-03-01T12:00:00Z' },
    ...{ UID: `uid-${n}`, recipientAccountId: accountId, userIdentity: { type: 'person', principalId: 'p-1' } },
    requestParameters: { door: n },
    ...more,
  })

test('scenario 60: of 100 audit events, one with a wrong checksum and one for another account are refused, and 98 are queryable', async () => {
  const { call, trail, create, query, settle } = await lakeFixture()
  const arn = await create('doors', { AdvancedEventSelectors: activity })
  const { ChannelArn: channelArn = '' } = await trail<CreateChannelResponse>('CreateChannel', {
    ...{ Name: 'doors', Source: 'Custom', Destinations: [{ Type: 'EVENT_DATA_STORE', Location: arn }] },
  })
  const checksum = createHash('sha256').update(auditData(0)).digest('base64')
  const auditEvents = Array.from({ length: 100 }, (_, n) => ({ id: `e${n}`, eventData: auditData(n) }))
  auditEvents[0] = { ...{ id: 'e0', eventData: auditData(0) }, ...{ eventDataChecksum: checksum } }
  auditEvents[1] = { ...{ id: 'e1', eventData: auditData(1) }, ...{ eventDataChecksum: checksum } }
  auditEvents[2] = { id: 'e2', eventData: auditData(2, { recipientAccountId: otherAccountId }) }
  const put = (input: object) => call('cloudtrail-data', 'PutAuditEvents', input)
  const answer = (await put({ channelArn, auditEvents })) as { successful: object[]; failed: { errorCode: string }[] }
  assert.equal(answer.successful.length, 98)
  assert.deepEqual(
    answer.failed.map(({ errorCode }) => errorCode),
    ['InvalidChecksum', 'InvalidRecipient'],
  )
  await settle()
  const id = idOf(arn)
  const counted = await query(
    `SELECT count(*) AS n, count(DISTINCT eventData.UID) AS u FROM ${id} WHERE eventCategory = 'ActivityAuditLog'`,
  )
  assert.deepEqual(counted.QueryResultRows, [[{ n: '98' }, { u: '98' }]], String(counted.ErrorMessage))
  const one = await query(
    `SELECT eventTime, metadata.channelARN AS c, element_at(eventData.requestParameters, 'door') AS door FROM ${id} WHERE eventData.UID = 'uid-7'`,
  )
  assert.deepEqual(one.QueryResultRows, [[{ eventtime: '2026-03-01 12:00:00.000' }, { c: channelArn }, { door: '7' }]])
  await refused('DuplicatedAuditEventId', put({ channelArn, auditEvents: [auditEvents[3], auditEvents[3]] }))
  await refused('ChannelExistsForEDSException', trail('DeleteEventDataStore', { EventDataStore: arn }))
})
