import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId } from '../../../../testing/callers.ts'
import { cloudWatchFixture } from '../../testing.ts'

const widget = { type: 'text', x: 0, y: 0, width: 6, height: 3, properties: { markdown: 'hello' } }
const bodyOf = (...widgets: unknown[]) => JSON.stringify({ widgets })

test('dashboards are kept as they were given, for all Regions of the account', async () => {
  const { cloudwatch, clock } = await cloudWatchFixture()
  const DashboardBody = bodyOf(widget, { type: 'metric', properties: { metrics: [['App', 'Latency']], region: 'x' } })
  assert.deepEqual(await cloudwatch('PutDashboard', { DashboardName: 'main', DashboardBody }), {
    DashboardValidationMessages: [],
  })
  const DashboardArn = `arn:aws:cloudwatch::${accountId}:dashboard/main`
  assert.deepEqual(await cloudwatch('GetDashboard', { DashboardName: 'main' }, { region: 'eu-west-1' }), {
    ...{ DashboardArn, DashboardBody, DashboardName: 'main' },
  })
  await cloudwatch('PutDashboard', { DashboardName: 'other', DashboardBody: bodyOf() })
  const entry = { DashboardName: 'main', DashboardArn, LastModified: clock.now(), Size: DashboardBody.length }
  assert.deepEqual(await cloudwatch('ListDashboards', { DashboardNamePrefix: 'm' }), { DashboardEntries: [entry] })
  await assert.rejects(cloudwatch('DeleteDashboards', { DashboardNames: ['main', 'none'] }), {
    ...{ code: 'DashboardNotFoundError', status: 404, message: 'Dashboard none does not exist' },
  })
  await cloudwatch('DeleteDashboards', { DashboardNames: ['main', 'other'] })
  assert.deepEqual(await cloudwatch('ListDashboards', {}), { DashboardEntries: [] })
})

const refused: readonly [body: string, path: string, message: RegExp][] = [
  ['no JSON', '', /valid JSON object/],
  ['[]', '', /valid JSON object/],
  ['{}', '/widgets', /Should be an array/],
  [bodyOf(1), '/widgets/0', /Should be object/],
  [bodyOf({ ...widget, type: 'chart' }), '/widgets/0/type', /allowed values/],
  [bodyOf(widget, { ...widget, width: 25 }), '/widgets/1/width', /<= 24/],
  [bodyOf({ ...widget, x: 0.5 }), '/widgets/0/x', /integer/],
  [bodyOf({ ...widget, properties: {} }), '/widgets/0/properties', /required property 'markdown'/],
  [bodyOf({ type: 'metric', properties: { metrics: ['x'] } }), '/widgets/0/properties/metrics/0', /at least 1 item/],
]

test('PutDashboard says where the body is not one of a dashboard', async () => {
  const { cloudwatch } = await cloudWatchFixture()
  for (const [DashboardBody, path, message] of refused) {
    await assert.rejects(
      cloudwatch('PutDashboard', { DashboardName: 'main', DashboardBody }),
      (error: { code: string; members: { dashboardValidationMessages: { DataPath: string; Message: string }[] } }) => {
        assert.equal(error.code, 'DashboardInvalidInputError')
        const [problem] = error.members.dashboardValidationMessages
        assert.equal(problem?.DataPath, path)
        assert.match(problem?.Message ?? '', message)
        return true
      },
    )
  }
  await assert.rejects(cloudwatch('PutDashboard', { DashboardName: 'a b', DashboardBody: bodyOf(widget) }), {
    code: 'DashboardInvalidInputError',
  })
  await assert.rejects(cloudwatch('GetDashboard', { DashboardName: 'main' }), { code: 'DashboardNotFoundError' })
})

test('dashboards have tags, which stay with another body', async () => {
  const { cloudwatch, permissions } = await cloudWatchFixture()
  const ResourceARN = `arn:aws:cloudwatch::${accountId}:dashboard/main`
  const request = { DashboardName: 'main', DashboardBody: bodyOf(widget), Tags: [{ Key: 'team', Value: 'blue' }] }
  await cloudwatch('PutDashboard', request)
  await cloudwatch('PutDashboard', { ...request, Tags: [{ Key: 'other', Value: 'x' }] })
  await cloudwatch('TagResource', { ResourceARN, Tags: [{ Key: 'level', Value: '1' }] })
  await cloudwatch('UntagResource', { ResourceARN, TagKeys: ['level'] })
  assert.deepEqual(await cloudwatch('ListTagsForResource', { ResourceARN }), { Tags: request.Tags })
  assert.deepEqual(await permissions('monitoring', 'GetDashboard', { DashboardName: 'main' }), [
    { action: 'cloudwatch:GetDashboard', resource: ResourceARN, context: { 'aws:ResourceTag/team': 'blue' } },
  ])
})
