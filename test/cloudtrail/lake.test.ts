import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import type {
  CreateChannelResponse,
  CreateEventDataStoreResponse,
  GetDashboardResponse,
  GetQueryResultsResponse,
} from '@aws-sdk/client-cloudtrail'
import { dayMs, minuteMs } from '../../src/core/durations.ts'
import type { ServiceModule } from '../../src/core/services/service-module.ts'
import { cloudtrailData } from '../../src/services/cloudtrail/data/cloudtrail-data.ts'
import { lakeBatches } from '../../src/services/cloudtrail/storage/lake-batches.ts'
import { everywhere } from '../../src/services/cloudtrail/storage/trails.ts'
import { cloudtrailFixture } from '../../src/services/cloudtrail/testing.ts'
import { iam } from '../../src/services/iam/iam.ts'
import { kms } from '../../src/services/kms/kms.ts'
import { organizations } from '../../src/services/organizations/organizations.ts'
import { rootIn } from '../../src/services/organizations/testing.ts'
import { accountId, otherAccountId } from '../../src/testing/callers.ts'

const management = [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }]

/** CloudTrail with words for what tests of Lake do most. */
async function lakeFixture(more: readonly ServiceModule[] = []) {
  const fixture = await cloudtrailFixture({ modules: [cloudtrailData, kms, ...more] })
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

test('results are delivered to a bucket as CSV, with a list of the files that the digest key has signed', async () => {
  const { trail, create, object, call, settle, bucket } = await lakeFixture()
  const arn = await create('audit')
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::results/*',
    },
  ]
  await bucket('results', { Version: '2012-10-17', Statement })
  const QueryStatement = `SELECT eventName AS n FROM ${idOf(arn)} WHERE 1 = 0`
  const start = (DeliveryS3Uri: string) => trail('StartQuery', { QueryStatement, DeliveryS3Uri })
  await refused('S3BucketDoesNotExistException', start('s3://absent-bucket'))
  await bucket('closed')
  await refused('InsufficientS3BucketPolicyException', start('s3://closed/y'))
  const { QueryId } = await start('s3://results/p')
  await settle()
  const described = await trail('DescribeQuery', { QueryId })
  assert.deepEqual([described.QueryStatus, described.DeliveryStatus], ['FINISHED', 'SUCCESS'])
  const { Contents } = (await call('s3', 'ListObjectsV2', { Bucket: 'results' })) as { Contents: { Key: string }[] }
  const [csv = '', sign = ''] = Contents.map(({ Key }) => Key)
  assert.match(
    csv,
    new RegExp(`^p/AWSLogs/${accountId}/CloudTrail-Lake/Query/\\d{4}/\\d\\d/\\d\\d/${QueryId}/result_1\\.csv\\.gz$`),
  )
  assert.equal((await object(csv, 'results')).text, '"n"\n')
  const bytes = async (Key: string) => {
    const { Body } = (await call('s3', 'GetObject', { Bucket: 'results', Key })) as { Body: Buffer | Readable }
    return Buffer.isBuffer(Body) ? Body : buffer(Body)
  }
  const signed = JSON.parse((await bytes(sign)).toString())
  const hash = createHash('sha256')
    .update(await bytes(csv))
    .digest('hex')
  assert.deepEqual(signed.files, [{ fileHashValue: hash, fileName: 'result_1.csv.gz' }])
  const { PublicKeyList } = (await trail('ListPublicKeys', {})) as {
    PublicKeyList: { Value: Uint8Array; Fingerprint: string }[]
  }
  const key = PublicKeyList.find(({ Fingerprint }) => Fingerprint === signed.publicKeyFingerprint)
  const publicKey = createPublicKey({ key: Buffer.from(key?.Value ?? ''), format: 'der', type: 'pkcs1' })
  assert.ok(verify('RSA-SHA256', Buffer.from(hash), publicKey, Buffer.from(signed.hashSignature, 'hex')))
})

test('batches are merged without losing or doubling an event, and events that are too old are neither found nor kept', async () => {
  const { call, trail, create, query, settle, advance, store } = await lakeFixture()
  const arn = await create('doors', { AdvancedEventSelectors: activity, RetentionPeriod: 7 })
  const { ChannelArn: channelArn } = await trail<CreateChannelResponse>('CreateChannel', {
    ...{ Name: 'doors', Source: 'Custom', Destinations: [{ Type: 'EVENT_DATA_STORE', Location: arn }] },
  })
  const nowMs = Date.parse(
    String((await trail<{ CreatedTimestamp: Date }>('GetEventDataStore', { EventDataStore: arn })).CreatedTimestamp),
  )
  const time = (ms: number) => new Date(ms).toISOString()
  for (let n = 0; n < 40; n++) {
    const eventTime = time(n === 0 ? nowMs - 8 * dayMs : nowMs)
    await call('cloudtrail-data', 'PutAuditEvents', {
      channelArn,
      auditEvents: [{ id: 'a', eventData: auditData(n, { eventTime }) }],
    })
    await settle()
  }
  const count = async () => (await query(`SELECT count(*) AS n FROM ${idOf(arn)}`)).QueryResultRows?.[0]?.[0]?.n
  assert.equal(await count(), '39')
  const batches = () => store.in(lakeBatches).list(everywhere)
  assert.ok((await batches()).length < 20)
  await advance(9 * dayMs)
  assert.equal(await count(), '0')
  assert.deepEqual(await batches(), [])
})

test('events of a store with a KMS key can be read only as long as CloudTrail may use the key', async () => {
  const { call, create, query, pass, trail } = await lakeFixture()
  const { KeyMetadata } = (await call('kms', 'CreateKey', {})) as { KeyMetadata: { Arn: string } }
  const given = { Name: 'sealed', KmsKeyId: KeyMetadata.Arn }
  await refused('InsufficientEncryptionPolicyException', trail('CreateEventDataStore', given))
  const allow = (Principal: object) => ({ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' })
  const Statement = [allow({ AWS: `arn:aws:iam::${accountId}:root` }), allow({ Service: 'cloudtrail.amazonaws.com' })]
  await call('kms', 'PutKeyPolicy', {
    KeyId: KeyMetadata.Arn,
    PolicyName: 'default',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
  })
  const arn = await create('sealed', given)
  await call('kms', 'ListKeys', {})
  await pass(1)
  const statement = `SELECT count(*) AS n FROM ${idOf(arn)} WHERE eventName = 'ListKeys'`
  assert.deepEqual((await query(statement)).QueryResultRows, [[{ n: '1' }]])
  await call('kms', 'DisableKey', { KeyId: KeyMetadata.Arn })
  const found = await query(statement)
  assert.equal(found.QueryStatus, 'FAILED')
  assert.match(String(found.ErrorMessage), /disabled/)
})

test('a dashboard runs its queries with the parameters of the refresh', async () => {
  const { trail, create, settle } = await lakeFixture()
  const arn = await create('audit')
  const QueryStatement = `SELECT count(*) AS n FROM ${idOf(arn)} WHERE eventTime > timestamp ?`
  const widget = { QueryStatement, QueryParameters: ['$StartTime$'], ViewProperties: { Title: 'Calls' } }
  await refused(
    'InvalidQueryStatementException',
    trail('CreateDashboard', { Name: 'calls', Widgets: [{ ...widget, QueryStatement: 'DROP TABLE x' }] }),
  )
  await trail('CreateDashboard', { Name: 'calls', Widgets: [widget], TerminationProtectionEnabled: true })
  const { RefreshId } = await trail('StartDashboardRefresh', { DashboardId: 'calls' })
  await refused('ServiceQuotaExceededException', trail('StartDashboardRefresh', { DashboardId: 'calls' }))
  await settle()
  const { Widgets, LastRefreshId } = await trail<GetDashboardResponse>('GetDashboard', { DashboardId: 'calls' })
  assert.equal(LastRefreshId, RefreshId)
  const described = await trail('DescribeQuery', { QueryAlias: Widgets?.[0]?.QueryAlias, RefreshId })
  assert.equal(described.QueryStatus, 'FINISHED')
  await refused('ConflictException', trail('DeleteDashboard', { DashboardId: 'calls' }))
  await trail('UpdateDashboard', { DashboardId: 'calls', TerminationProtectionEnabled: false })
  await trail('DeleteDashboard', { DashboardId: 'calls' })
  await refused('ResourceNotFoundException', trail('GetDashboard', { DashboardId: 'calls' }))
})

test('the event data store of an organization takes the events of its members from when they join', async () => {
  const { create, call, advance, settle, query, trail } = await lakeFixture([organizations, iam])
  const ServicePrincipal = 'cloudtrail.amazonaws.com'
  await call('organizations', 'CreateOrganization', {})
  await call('organizations', 'EnableAWSServiceAccess', { ServicePrincipal })
  const id = idOf(await create('all', { OrganizationEnabled: true }))
  assert.equal((await trail('GetEventDataStore', { EventDataStore: id })).OrganizationEnabled, true)
  const member = { caller: rootIn(otherAccountId) }
  await call('iam', 'CreateUser', { UserName: 'before' }, member)
  await advance(minuteMs)
  const Target = { Id: otherAccountId, Type: 'ACCOUNT' }
  const invited = await call('organizations', 'InviteAccountToOrganization', { Target })
  const HandshakeId = (invited as { Handshake: { Id: string } }).Handshake.Id
  await call('organizations', 'AcceptHandshake', { HandshakeId }, member)
  await advance(minuteMs)
  await call('iam', 'CreateUser', { UserName: 'member' }, member)
  await advance(minuteMs)
  await settle()
  const text = `SELECT recipientAccountId, element_at(requestParameters, 'userName') AS name FROM ${id} WHERE eventName = 'CreateUser'`
  const { QueryResultRows } = await query(text)
  assert.deepEqual(QueryResultRows, [[{ recipientaccountid: otherAccountId }, { name: 'member' }]])
})
