import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LookupEventsResponse } from '@aws-sdk/client-cloudtrail'
import { dayMs, minuteMs } from '../../../core/durations.ts'
import { accountId, alice, region } from '../../../testing/callers.ts'
import { iam } from '../../iam/iam.ts'
import { type CallKind, noAttributions } from '../domain/insights/insight-event.ts'
import { addMinute, newRates } from '../domain/insights/model.ts'
import { callSeries, kindId } from '../storage/insights.ts'
import { cloudtrailFixture } from '../testing.ts'

const scope = { accountId, region }
const callRate = { InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }] }
const both = { InsightSelectors: [...callRate.InsightSelectors, { InsightType: 'ApiErrorRateInsight' }] }

/** A trail whose Insights are on, and have counted for eight days. */
async function insightsFixture(selectors: object = both) {
  const fixture = await cloudtrailFixture({ modules: [iam] })
  const { trail, start, clock, store, call, pass } = fixture
  await start('audit')
  await trail('PutInsightSelectors', { TrailName: 'audit', ...selectors })
  await pass(0)
  clock.timeMs += 8 * dayMs
  return {
    ...fixture,
    /** Has it that so many calls of a kind were made each minute of the last eight days. */
    usual: async (kind: CallKind, perMinute: number) => {
      const through = Math.floor(clock.nowMs() / minuteMs) - 1
      let rates = newRates(through - 8 * 24 * 60)
      while (rates.throughMinute < through) rates = addMinute(rates, perMinute, false).rates
      const series = { kind, rates, recent: [], usual: noAttributions, isWatched: true }
      await store.transaction((tx) => tx.in(callSeries).put(scope, kindId(kind), series))
    },
    /** Makes so many calls in each of some minutes. */
    burst: async (minutes: number, perMinute: number, make: (n: number) => Promise<unknown>) => {
      for (let minute = 0; minute < minutes; minute++) {
        for (let n = 0; n < perMinute; n++) await make(minute * perMinute + n)
        await pass(1)
      }
    },
    found: async (more: object = {}) => {
      const answer = await trail<LookupEventsResponse>('LookupEvents', { EventCategory: 'insight', ...more })
      return (answer.Events ?? []).map((event) => ({ ...event, record: JSON.parse(event.CloudTrailEvent ?? '') }))
    },
    createUser: (n: number) => call('iam', 'CreateUser', { UserName: `u${clock.nowMs()}-${n}` }, { caller: alice }),
  }
}

const createUser: CallKind = {
  ...{ type: 'ApiCallRateInsight', category: 'Management', eventSource: 'iam.amazonaws.com', eventName: 'CreateUser' },
}

test('scenario 54: many calls that change something are an insight with a start and an end, which is delivered and looked up', async () => {
  const { usual, burst, pass, found, keys, object, createUser: create } = await insightsFixture()
  await usual(createUser, 2)
  await burst(5, 60, create)
  await pass(15)
  const [end, start, ...more] = await found()
  assert.deepEqual(more, [])
  assert.deepEqual([start?.EventName, start?.EventSource], ['CreateUser', 'iam.amazonaws.com'])
  const { insightDetails, sharedEventID, eventID, ...record } = start?.record ?? {}
  assert.deepEqual(
    { ...record, eventTime: /:00Z$/.test(record.eventTime) },
    {
      ...{ eventVersion: '1.11', eventTime: true, awsRegion: region, eventType: 'AwsCloudTrailInsight' },
      ...{ recipientAccountId: accountId, eventCategory: 'Insight' },
    },
  )
  assert.equal(end?.record.sharedEventID, sharedEventID)
  assert.notEqual(end?.record.eventID, eventID)
  assert.deepEqual(
    [insightDetails.state, end?.record.insightDetails.state, insightDetails.insightType],
    ['Start', 'End', 'ApiCallRateInsight'],
  )
  const { statistics, attributions } = end?.record.insightDetails.insightContext ?? {}
  assert.equal(statistics.baseline.average, 2)
  assert.equal(statistics.baselineDuration, 10_080)
  assert.ok(statistics.insight.average > 15, `the average is ${statistics.insight.average}`)
  const [arns, , errors] = attributions
  assert.deepEqual([arns.attribute, arns.insight[0].value], ['userIdentityArn', `arn:aws:iam::${accountId}:user/alice`])
  assert.deepEqual([errors.attribute, errors.insight[0].value], ['errorCode', 'null'])
  const files = await keys(`AWSLogs/${accountId}/CloudTrail-Insight/`)
  assert.match(
    files[0] ?? '',
    new RegExp(`/CloudTrail-Insight/${region}/\\d{4}/\\d\\d/\\d\\d/${accountId}_CloudTrail-Insight_${region}_`),
  )
  const texts = await Promise.all(files.map(async (key) => JSON.parse((await object(key)).text).Records))
  assert.deepEqual(new Set(texts.flat().map(({ eventID: id }) => id)), new Set([start?.EventId, end?.EventId]))
  assert.deepEqual(
    (await found({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DeleteUser' }] })).length,
    0,
  )
  assert.deepEqual((await found({ MaxResults: 1 })).length, 1)
})

test('scenario 54: many calls that only read are none of call rates', async () => {
  const { burst, pass, found, call } = await insightsFixture(callRate)
  await burst(5, 60, () => call('iam', 'ListUsers', {}, { caller: alice }))
  await pass(15)
  assert.deepEqual(await found(), [])
})

test('scenario 55: many failures of one call are an insight of error rates, also where the call only reads', async () => {
  const { burst, pass, found, call, putUser } = await insightsFixture()
  const bob = {
    ...alice,
    principal: {
      ...alice.principal,
      userName: 'bob',
      userId: 'AIDARTX3GSDSQBOBBOBBOB',
      arn: `arn:aws:iam::${accountId}:user/bob`,
    },
  } as typeof alice
  await putUser(bob, [])
  await burst(4, 50, () => call('iam', 'ListUsers', {}, { caller: bob }).catch(() => {}))
  await pass(15)
  const [, start] = await found()
  const { insightType, errorCode, eventName, insightContext } = start?.record.insightDetails ?? {}
  assert.deepEqual([insightType, errorCode, eventName], ['ApiErrorRateInsight', 'AccessDenied', 'ListUsers'])
  assert.equal(insightContext.statistics.baseline.average, 0)
  assert.deepEqual(
    insightContext.attributions.map(({ attribute }: { attribute: string }) => attribute),
    ['userIdentityArn', 'userAgent'],
  )
})

test('nothing is found before the warm-up is over, nor when Insights are off or logging has stopped', async () => {
  const { burst, pass, found, trail, createUser: create } = await insightsFixture()
  await trail('PutInsightSelectors', { TrailName: 'audit', InsightSelectors: [] })
  await trail('PutInsightSelectors', { TrailName: 'audit', ...both })
  await burst(3, 60, create)
  await pass(15)
  assert.deepEqual(await found(), [])
  await pass(40 * 60)
  await trail('StopLogging', { Name: 'audit' })
  await burst(3, 60, create)
  await pass(15)
  assert.deepEqual(await found(), [])
})

test('Insights selectors replace one another, and need a trail that logs what they come of', async () => {
  const { trail, start } = await cloudtrailFixture()
  const TrailARN = await start('audit')
  const TrailName = 'audit'
  await assert.rejects(trail('GetInsightSelectors', { TrailName }), {
    code: 'InsightNotEnabledException',
    message:
      'Trail audit does not have Insights enabled. Edit the trail settings to enable Insights, and then try the operation again.',
  })
  const view = { TrailARN, InsightSelectors: [{ InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] }] }
  assert.deepEqual(await trail('PutInsightSelectors', { TrailName, ...callRate }), view)
  assert.deepEqual(await trail('GetInsightSelectors', { TrailName }), view)
  const { Trail } = (await trail('GetTrail', { Name: TrailName })) as { Trail: { HasInsightSelectors: boolean } }
  assert.equal(Trail.HasInsightSelectors, true)
  await trail('PutEventSelectors', { TrailName, EventSelectors: [{ ReadWriteType: 'ReadOnly' }] })
  await assert.rejects(trail('PutInsightSelectors', { TrailName, ...callRate }), {
    code: 'InvalidInsightSelectorsException',
  })
  const errors = { InsightSelectors: [{ InsightType: 'ApiErrorRateInsight' }] }
  await trail('PutInsightSelectors', { TrailName, ...errors })
  const data = { InsightSelectors: [{ InsightType: 'ApiErrorRateInsight', EventCategories: ['Data'] }] }
  await assert.rejects(trail('PutInsightSelectors', { TrailName, ...data }), {
    code: 'InvalidInsightSelectorsException',
  })
  await trail('PutInsightSelectors', { TrailName, InsightSelectors: [] })
  await assert.rejects(trail('GetInsightSelectors', { TrailName }), { code: 'InsightNotEnabledException' })
})

test('counts of calls are listed by minute and by hour, with zeros where asked', async () => {
  const { burst, trail, clock, pass, createUser: create } = await insightsFixture()
  clock.timeMs = Math.ceil(clock.timeMs / 3_600_000) * 3_600_000
  const StartTime = clock.now()
  await burst(3, 2, create)
  await pass(2)
  const request = {
    EventSource: 'iam.amazonaws.com',
    EventName: 'CreateUser',
    InsightType: 'ApiCallRateInsight',
    StartTime,
  }
  const counts = async (more: object) => {
    const { Values, Timestamps, NextToken } = await trail<{ Values: number[]; Timestamps: Date[]; NextToken?: string }>(
      'ListInsightsMetricData',
      { ...request, ...more },
    )
    return { Values, first: Timestamps[0]?.getTime(), NextToken }
  }
  assert.deepEqual(await counts({ Period: 60 }), {
    Values: [2, 2, 2],
    first: StartTime.getTime(),
    NextToken: undefined,
  })
  assert.deepEqual((await counts({ Period: 3600 })).Values, [6])
  const filled = await counts({ Period: 60, DataType: 'FillWithZeros' })
  assert.deepEqual(filled.Values.slice(0, 5), [2, 2, 2, 0, 0])
  const page = await counts({ Period: 60, MaxResults: 2 })
  assert.deepEqual(page.Values, [2, 2])
  assert.deepEqual((await counts({ Period: 60, MaxResults: 2, NextToken: page.NextToken })).Values, [2])
  await assert.rejects(trail('ListInsightsMetricData', { ...request, Period: 30 }), { code: /Invalid|Validation/ })
  await assert.rejects(trail('ListInsightsMetricData', { ...request, ErrorCode: 'x' }), {
    code: 'InvalidParameterException',
  })
})
