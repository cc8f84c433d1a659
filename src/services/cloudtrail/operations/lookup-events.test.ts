import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail'
import { callerOf, FixedClock, rootOf } from '../../../../test/fixtures/call.ts'
import type { AuditRecord, UserIdentity } from '../../../core/audit.ts'
import { operationOf, schemasOf } from '../../../gateway/protocols/testing.ts'
import { compileValidator } from '../../../gateway/validation/validate.ts'
import { createLedger } from '../../../ledger/ledger.ts'
import { auditRecord } from '../../../ledger/testing.ts'
import { openStore } from '../../../storage/open-store.ts'
import { randomSealer } from '../../../storage/testing.ts'
import { accountId, alice } from '../../../testing/callers.ts'
import { serviceFixture } from '../../../testing/service-fixture.ts'
import { typedCalls } from '../../../testing/typed-calls.ts'
import { cloudtrail as cloudtrailModule } from '../cloudtrail.ts'
import { cloudtrailOperations } from '../cloudtrail-service.ts'

/** CloudTrail in the pipeline, over a ledger in memory that holds what a test puts there. */
async function cloudtrail({ throttle = false } = {}) {
  const clock = new FixedClock()
  const ledger = createLedger({ clock, onFault: assert.fail, onAlarm: assert.fail })
  const sealer = randomSealer()
  const database = { kind: 'sqlite', file: ':memory:' } as const
  const store = await openStore({ database, sealer, appender: ledger.appender, migrations: ledger.migrations })
  await ledger.start(store, sealer)
  const fixture = await serviceFixture([cloudtrailModule], {
    settings: { 'cloudtrail.throttle': throttle },
    host: { history: ledger, sealer },
  })
  const calls = typedCalls<typeof cloudtrailOperations>(fixture, 'cloudtrail')
  const lookup = (request: LookupEventsRequest = {}, { account = accountId, region = 'us-east-1' } = {}) =>
    calls.call('LookupEvents', request, { caller: callerOf(rootOf(account)), region })
  return {
    ...fixture,
    lookup,
    permissions: calls.permissions,
    /** Lets time pass, for CloudTrail and for the ledger. */
    pass: (seconds: number) => {
      clock.advance(seconds)
      fixture.clock.advance(seconds)
    },
    record: (...records: Partial<AuditRecord>[]) => store.record(records.map(auditRecord)),
    async [Symbol.asyncDispose]() {
      await ledger.stop()
      await store.close()
    },
  }
}

const idsOf = ({ Events = [] }: LookupEventsResponse) => Events.map(({ EventId }) => EventId)
const namesOf = ({ Events = [] }: LookupEventsResponse) => Events.map(({ EventName }) => EventName)
const by = (AttributeKey: 'EventName' | 'Username' | 'AccessKeyId', AttributeValue: string): LookupEventsRequest => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

test('LookupEvents shows an event with its record as it is kept, and no trail is needed', async () => {
  await using trail = await cloudtrail()
  const record = auditRecord({
    eventSource: 's3.amazonaws.com',
    eventName: 'CreateBucket',
    readOnly: false,
    requestParameters: { bucketName: 'logs' },
  })
  await trail.record(record)
  assert.deepEqual(await trail.lookup(), {
    Events: [
      {
        EventId: record.eventID,
        EventName: 'CreateBucket',
        ReadOnly: 'false',
        AccessKeyId: 'AKIAQ3EGRIYFEXAMPLE1',
        EventTime: new Date('2026-03-01T12:00:00Z'),
        EventSource: 's3.amazonaws.com',
        Username: 'alice',
        Resources: [{ ResourceType: 'AWS::S3::Bucket', ResourceName: 'logs' }],
        CloudTrailEvent: JSON.stringify(record),
      },
    ],
    NextToken: undefined,
  })
})

test('LookupEvents pages 120 events as 50, 50 and 20, newest first, without doubles', async () => {
  await using trail = await cloudtrail()
  const records = Array.from({ length: 120 }, (_, n) =>
    auditRecord({ eventTime: `2026-03-01T11:${String(n % 60).padStart(2, '0')}:00Z` }),
  )
  await trail.record(...records)
  const first = await trail.lookup({ MaxResults: 50 })
  // What comes between two pages belongs to neither.
  await trail.record({ eventTime: '2026-03-01T11:59:59Z' })
  const second = await trail.lookup({ MaxResults: 50, NextToken: first.NextToken })
  const third = await trail.lookup({ NextToken: second.NextToken })
  assert.deepEqual(
    [first, second, third].map((page) => page.Events?.length),
    [50, 50, 20],
  )
  assert.equal(third.NextToken, undefined)
  assert.deepEqual(new Set([first, second, third].flatMap(idsOf)), new Set(records.map(({ eventID }) => eventID)))
  const times = [first, second, third].flatMap(({ Events = [] }) =>
    Events.map(({ EventTime }) => EventTime?.getTime() ?? 0),
  )
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  )
})

test('LookupEvents refuses a token of another attribute, of other times, of another account, and garbage', async () => {
  await using trail = await cloudtrail()
  await trail.record({}, {})
  const { NextToken } = await trail.lookup({ MaxResults: 1, ...by('EventName', 'Decrypt') })
  assert.ok(NextToken)
  const others: [LookupEventsRequest, object?][] = [
    [by('EventName', 'Encrypt')],
    [{}],
    [{ ...by('EventName', 'Decrypt'), StartTime: new Date(0) }],
    [by('EventName', 'Decrypt'), { region: 'eu-west-1' }],
    [by('EventName', 'Decrypt'), { account: '444455556666' }],
  ]
  for (const [request, where] of others) {
    await assert.rejects(trail.lookup({ ...request, NextToken }, where), { code: 'InvalidNextTokenException' })
  }
  await assert.rejects(trail.lookup({ NextToken: 'garbage' }), { code: 'InvalidNextTokenException' })
  assert.equal((await trail.lookup({ ...by('EventName', 'Decrypt'), NextToken })).Events?.length, 1)
})

test('LookupEvents refuses wrong times, two attributes and 51 results by their own exceptions', async () => {
  await using trail = await cloudtrail()
  const [attribute] = by('EventName', 'x').LookupAttributes ?? []
  assert.ok(attribute)
  const refusals: [LookupEventsRequest, string][] = [
    [{ StartTime: new Date(2), EndTime: new Date(1) }, 'InvalidTimeRangeException'],
    [{ LookupAttributes: [attribute, attribute] }, 'InvalidLookupAttributesException'],
    [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
    [{ MaxResults: 0 }, 'InvalidMaxResultsException'],
    [{ EventCategory: 'data' as never }, 'InvalidEventCategoryException'],
  ]
  for (const [request, code] of refusals) await assert.rejects(trail.lookup(request), { code, status: 400 })
})

test('the gateway leaves these refusals to LookupEvents, and refuses missing members itself', () => {
  const schema = operationOf(schemasOf('cloudtrail'), 'LookupEvents')
  const validate = compileValidator(schema, cloudtrailModule.definition, cloudtrailOperations.LookupEvents.constraints)
  const attribute = { AttributeKey: 'Nothing', AttributeValue: '' }
  const request = { MaxResults: 51, EventCategory: 'data', LookupAttributes: [attribute, attribute] }
  assert.equal(validate(request), undefined)
  const { code, message } = validate({ LookupAttributes: [{ AttributeKey: 'EventName' }] }) ?? {}
  assert.equal(code, 'ValidationException')
  assert.match(message ?? '', /lookupAttributes\.1\.member\.attributeValue/)
})

test('LookupEvents shows the last 90 days by the server’s clock', async () => {
  await using trail = await cloudtrail()
  await trail.record({ eventName: 'Old' })
  trail.pass(90 * 86_400)
  await trail.record({ eventName: 'New', eventTime: '2026-05-30T11:00:00Z' })
  assert.deepEqual(namesOf(await trail.lookup()), ['New', 'Old'])
  trail.pass(1)
  assert.deepEqual(namesOf(await trail.lookup({ StartTime: new Date(0) })), ['New'])
  assert.deepEqual(namesOf(await trail.lookup({ EndTime: new Date('2026-03-02T00:00:00Z') })), [])
})

test('LookupEvents takes start and end as inclusive', async () => {
  await using trail = await cloudtrail()
  await trail.record(...[1, 2, 3, 4].map((n) => ({ eventName: `E${n}`, eventTime: `2026-03-01T11:00:0${n}Z` })))
  const at = (second: string) => new Date(`2026-03-01T11:00:${second}Z`)
  const between = async (StartTime: Date, EndTime: Date) => namesOf(await trail.lookup({ StartTime, EndTime }))
  assert.deepEqual(await between(at('02'), at('03')), ['E3', 'E2'])
  assert.deepEqual(await between(at('02.001'), at('03.999')), ['E3'])
})

test('LookupEvents shows each account and region its own events, the owner’s copy without a name', async () => {
  await using trail = await cloudtrail()
  const owner: UserIdentity = { type: 'AWSAccount', principalId: 'AIDAEXAMPLE', accountId: '111122223333' }
  await trail.record(
    { eventName: 'Mine', sharedEventID: 's' },
    { eventName: 'Theirs', recipientAccountId: '444455556666', userIdentity: owner, sharedEventID: 's' },
    { eventName: 'Elsewhere', awsRegion: 'eu-west-1' },
  )
  assert.deepEqual(namesOf(await trail.lookup()), ['Mine'])
  assert.deepEqual(namesOf(await trail.lookup({}, { region: 'eu-west-1' })), ['Elsewhere'])
  const theirs = await trail.lookup({}, { account: '444455556666' })
  assert.deepEqual([namesOf(theirs), theirs.Events?.[0]?.Username], [['Theirs'], undefined])
})

test('LookupEvents finds a session by its name and by its access key', async () => {
  await using trail = await cloudtrail()
  const userIdentity: UserIdentity = {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:ci',
    arn: 'arn:aws:sts::111122223333:assumed-role/Deploy/ci',
    accountId: '111122223333',
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: { attributes: { creationDate: '2026-03-01T11:58:00Z', mfaAuthenticated: 'true' } },
  }
  await trail.record({ userIdentity }, {})
  for (const request of [by('Username', 'ci'), by('AccessKeyId', 'ASIAEXAMPLE')]) {
    const { Events = [] } = await trail.lookup(request)
    assert.deepEqual(
      Events.map(({ Username, AccessKeyId }) => [Username, AccessKeyId]),
      [['ci', 'ASIAEXAMPLE']],
    )
  }
})

test('LookupEvents finds no Insights events, for Insights cannot be switched on', async () => {
  await using trail = await cloudtrail()
  await trail.record({})
  assert.deepEqual(await trail.lookup({ EventCategory: 'insight' }), { Events: [] })
})

test('LookupEvents refuses the third request in a second of one account and region, where throttling is on', async () => {
  await using trail = await cloudtrail({ throttle: true })
  await trail.lookup()
  await trail.lookup()
  await assert.rejects(trail.lookup(), { code: 'ThrottlingException', status: 400, message: 'Rate exceeded' })
  await trail.lookup({}, { region: 'eu-west-1' })
  trail.pass(1)
  await trail.lookup()
})

test('LookupEvents needs the permission of its name on everything', async () => {
  await using trail = await cloudtrail()
  assert.deepEqual(await trail.permissions('LookupEvents', {}), [{ action: 'cloudtrail:LookupEvents', resource: '*' }])
  await trail.putUser(alice, [])
  await assert.rejects(trail.call('cloudtrail', 'LookupEvents', {}, { caller: alice }), {
    code: 'AccessDeniedException',
    message: /perform: cloudtrail:LookupEvents because/,
  })
  assert.equal(trail.lastRecord().readOnly, true)
})
