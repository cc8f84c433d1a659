import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  LabelParameterVersionCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import type { AwsEvent, Strongroom } from '../../src/server/server.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { get, history, overwrite, put } from '../fixtures/parameters.ts'

let server: Strongroom
let ssm: SSMClient
let events: AwsEvent[] = []
before(async () => {
  server = await startTestServer({ logLevel: 'error', clock: new Date('2026-03-01T12:00:00Z') })
  ssm = clientsOf(server).ssm
  server.onEvent((event) => {
    if (event.source === 'aws.ssm') events.push(event)
  })
})
beforeEach(() => {
  events = []
})
after(() => server.stop())

const hour = 3600

const expiration = (inSeconds: number) => ({
  Type: 'Expiration',
  Version: '1.0',
  Attributes: { Timestamp: new Date(server.now().getTime() + inSeconds * 1000).toISOString() },
})
const notifyBefore = (hours: number) => ({
  Type: 'ExpirationNotification',
  Version: '1.0',
  Attributes: { Before: String(hours), Unit: 'Hours' },
})
const notifyUnchanged = (hours: number) => ({
  Type: 'NoChangeNotification',
  Version: '1.0',
  Attributes: { After: String(hours), Unit: 'Hours' },
})

const withPolicies = (...policies: object[]) => ({ Tier: 'Advanced', Policies: JSON.stringify(policies) }) as const

/** Returns the events that were published, sorted: events of one moment come in any order. */
const reported = () =>
  events.map(({ 'detail-type': type, detail }) => `${type}: ${detail.operation ?? detail['policy-type']}`).sort()

async function metadata(name: string) {
  const ParameterFilters = [{ Key: 'Name', Values: [name] }]
  const { Parameters = [] } = await ssm.send(new DescribeParametersCommand({ ParameterFilters }))
  return Parameters[0]
}

test('PS8 scenario 33: a parameter ends at its time, with one change event and one of its policy', async () => {
  await put(ssm, '/s33', withPolicies(expiration(2)))
  await server.advance(1)
  assert.equal((await get(ssm, '/s33')).Version, 1)
  await server.advance(2)
  await assert.rejects(get(ssm, '/s33'), { name: 'ParameterNotFound' })
  assert.deepEqual(reported(), [
    'Parameter Store Change: Create',
    'Parameter Store Change: Delete',
    'Parameter Store Policy Action: Expiration',
  ])
  const action = events.find(({ detail }) => detail['policy-type'])
  assert.deepEqual(
    [action?.detail['parameter-name'], action?.detail['parameter-type'], action?.detail['action-status']],
    ['/s33', 'String', 'SUCCESS'],
  )
  const { cloudtrail } = clientsOf(server)
  const { Events = [] } = await cloudtrail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DeleteParameter' }] }),
  )
  const [{ CloudTrailEvent = '' } = {}] = Events
  const { eventType, serviceEventDetails } = JSON.parse(CloudTrailEvent)
  assert.deepEqual([eventType, serviceEventDetails], ['AwsServiceEvent', { name: '/s33', reason: 'Expiration' }])
})

test('PS8 scenario 34: the notice of no change waits anew with every change', async () => {
  await put(ssm, '/s34', withPolicies(notifyUnchanged(1)))
  await server.advance(59 * 60)
  await overwrite(ssm, '/s34')
  await server.advance(59 * 60)
  assert.deepEqual(reported(), ['Parameter Store Change: Create', 'Parameter Store Change: Update'])
  await server.advance(61)
  assert.equal(reported().at(-1), 'Parameter Store Policy Action: NoChangeNotification')
  assert.equal((await metadata('/s34'))?.Policies?.[0]?.PolicyStatus, 'Finished')
  await server.advance(24 * hour)
  assert.equal(events.length, 3)
})

test('PS8: notices come their time before the end, in order, and are shown as done', async () => {
  await put(ssm, '/notices', withPolicies(notifyBefore(2), expiration(10 * hour), notifyBefore(5)))
  await server.advance(6 * hour)
  const statuses = (await metadata('/notices'))?.Policies?.map(({ PolicyStatus }) => PolicyStatus)
  assert.deepEqual(statuses, ['Pending', 'Pending', 'Finished'])
  assert.deepEqual(
    (await history(ssm, '/notices'))[0]?.Policies?.map(({ PolicyStatus }) => PolicyStatus),
    statuses,
  )
  await server.advance(5 * hour)
  assert.deepEqual(reported(), [
    'Parameter Store Change: Create',
    'Parameter Store Change: Delete',
    'Parameter Store Policy Action: Expiration',
    'Parameter Store Policy Action: ExpirationNotification',
    'Parameter Store Policy Action: ExpirationNotification',
  ])
})

test('PS8 scenario 35: wrong policies have errors of their own', async () => {
  const refusedAs = (name: string, policies: string, Tier: 'Standard' | 'Advanced' = 'Advanced') =>
    assert.rejects(put(ssm, '/s35', { Tier, Policies: policies }), (error: Error) => {
      assert.equal(error.name, name, error.message)
      return true
    })
  const json = JSON.stringify
  await refusedAs('IncompatiblePolicyException', json([expiration(hour), expiration(2 * hour)]))
  await refusedAs('IncompatiblePolicyException', json([notifyBefore(1)]))
  await refusedAs('PoliciesLimitExceededException', json([expiration(hour), ...Array(10).fill(notifyBefore(1))]))
  await refusedAs('InvalidPolicyTypeException', json([{ ...expiration(hour), Type: 'Deletion' }]))
  await refusedAs('ValidationException', json([expiration(hour)]), 'Standard')
  await refusedAs('ValidationException', 'not json')
  await refusedAs('ValidationException', '{}')
  await refusedAs('InvalidPolicyAttributeException', json([expiration(-hour)]))
  for (const Timestamp of ['2099-02-30T00:00:00Z', '2099-01-01', 'tomorrow', 7]) {
    await refusedAs('InvalidPolicyAttributeException', json([{ ...expiration(hour), Attributes: { Timestamp } }]))
  }
  for (const Attributes of [
    { After: '0', Unit: 'Days' },
    { After: '1', Unit: 'Weeks' },
    { After: '1' },
    { Before: '1' },
  ]) {
    await refusedAs('InvalidPolicyAttributeException', json([{ ...notifyUnchanged(1), Attributes }]))
  }
  await assert.rejects(put(ssm, '/s35', { Tier: 'Advanced', Policies: 'x' }), {
    message: 'Invalid policies input: x.',
  })
  await assert.rejects(get(ssm, '/s35'), { name: 'ParameterNotFound' })
})

test('PS8 scenario 36: policies stay when an overwrite names none, go with [{}], and each version keeps its own', async () => {
  await put(ssm, '/s36', withPolicies(expiration(hour)))
  await overwrite(ssm, '/s36')
  await overwrite(ssm, '/s36', { Policies: '[{}]' })
  assert.deepEqual(
    (await history(ssm, '/s36')).map(({ Policies }) => Policies?.map(({ PolicyType }) => PolicyType)),
    [['Expiration'], ['Expiration'], []],
  )
  await server.advance(2 * hour)
  assert.equal((await get(ssm, '/s36')).Version, 3)
})

test('PS8: an expiration with an offset holds at its instant, and overwriting the value does not move it', async () => {
  const Timestamp = new Date(server.now().getTime() + 3 * hour * 1000).toISOString().replace('Z', '+02:00')
  await put(ssm, '/offset', withPolicies({ ...expiration(0), Attributes: { Timestamp } }))
  await overwrite(ssm, '/offset')
  await server.advance(hour + 1)
  await assert.rejects(get(ssm, '/offset'), { name: 'ParameterNotFound' })
})

test('every change is published once, with the description and never the value; reads and tags are not', async () => {
  await put(ssm, '/changed', { Description: 'db password', Tags: [{ Key: 'a', Value: 'b' }] })
  await overwrite(ssm, '/changed', { Value: 'w' })
  await ssm.send(new LabelParameterVersionCommand({ Name: '/changed', Labels: ['prod'] }))
  await get(ssm, '/changed')
  await ssm.send(new DeleteParameterCommand({ Name: '/changed' }))
  await server.advance(1)
  assert.deepEqual(
    reported(),
    ['Create', 'Delete', 'LabelParameterVersion', 'Update'].map((operation) => `Parameter Store Change: ${operation}`),
  )
  const update = events.find(({ detail }) => detail.operation === 'Update')
  const { id: _, ...event } = update ?? assert.fail('no event')
  assert.deepEqual(event, {
    version: '0',
    'detail-type': 'Parameter Store Change',
    source: 'aws.ssm',
    account: server.accountId,
    time: event.time,
    region: 'us-east-1',
    resources: [`arn:aws:ssm:us-east-1:${server.accountId}:parameter/changed`],
    detail: { operation: 'Update', name: '/changed', type: 'String', description: 'db password' },
  })
})

test('PS7 scenario 37: the ID of an image becomes the value once the image is found, and an event reports one that is not', async () => {
  const DataType = 'aws:ec2:image'
  const image = (await get(ssm, '/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2')).Value
  assert.equal((await put(ssm, '/s37', { DataType, Value: 'ami-0123456789abcdef0' })).Version, 1)
  await assert.rejects(get(ssm, '/s37'), { name: 'ParameterNotFound' })
  await server.advance(1)
  await assert.rejects(get(ssm, '/s37'), { name: 'ParameterNotFound' })
  assert.deepEqual(events.at(-1)?.detail, {
    exception: 'Unable to Describe Resource',
    dataType: DataType,
    name: '/s37',
    type: 'String',
    operation: 'Create',
  })
  assert.equal((await put(ssm, '/s37', { DataType, Value: image })).Version, 1)
  await assert.rejects(overwrite(ssm, '/s37', { Value: image, Type: 'String' }), {
    name: 'ValidationException',
    message: /still in process/,
  })
  await server.advance(1)
  const { Value, DataType: shown, Version } = await get(ssm, '/s37')
  assert.deepEqual([Value, shown, Version], [image, DataType, 1])
  assert.equal((await overwrite(ssm, '/s37', { Value: 'ami-0123456789abcdef0' })).Version, 2)
  await server.advance(1)
  assert.equal((await get(ssm, '/s37')).Version, 1)
  await assert.rejects(put(ssm, '/s37/b', { DataType, Value: 'ami-1' }), { name: 'ValidationException' })
  await assert.rejects(put(ssm, '/s37/b', { DataType, Type: 'StringList' }), {
    message: 'The aws:ec2:image data type is not supported for the following input type: StringList',
  })
  await assert.rejects(put(ssm, '/s37/b', { DataType: 'Text' }), {
    message: 'The following data type is not supported: Text (Data type names are all lowercase.)',
  })
})
