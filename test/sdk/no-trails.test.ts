import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type CloudTrailClient,
  DescribeTrailsCommand,
  GetChannelCommand,
  GetDashboardCommand,
  GetEventConfigurationCommand,
  GetEventDataStoreCommand,
  GetEventSelectorsCommand,
  GetImportCommand,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListChannelsCommand,
  ListDashboardsCommand,
  ListEventDataStoresCommand,
  ListImportsCommand,
  ListQueriesCommand,
  ListTrailsCommand,
} from '@aws-sdk/client-cloudtrail'
import type { Strongroom } from '../../src/server/server.ts'
import { newUser, records } from '../fixtures/actors.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'

const accountId = '111122223333'
const id = '01234567-89ab-cdef-0123-456789abcdef'
const arnOf = (resource: string) => `arn:aws:cloudtrail:us-east-1:${accountId}:${resource}`

let server: Strongroom
let cloudtrail: CloudTrailClient
before(async () => {
  server = await startTestServer({ accountId })
  cloudtrail = clientsOf(server).cloudtrail
})
after(() => server.stop())

test('an account without trails lists none, and leaves out those that are asked for by name', async () => {
  assert.deepEqual((await cloudtrail.send(new ListTrailsCommand({}))).Trails, [])
  assert.deepEqual((await cloudtrail.send(new DescribeTrailsCommand({}))).trailList, [])
  const trailNameList = ['management', arnOf('trail/management')]
  assert.deepEqual((await cloudtrail.send(new DescribeTrailsCommand({ trailNameList }))).trailList, [])
  await assert.rejects(cloudtrail.send(new DescribeTrailsCommand({ trailNameList: ['ab'] })), {
    name: 'InvalidTrailNameException',
  })
  await assert.rejects(cloudtrail.send(new ListTrailsCommand({ NextToken: 'x' })), {
    name: 'InvalidNextTokenException',
  })
})

test('an account without trails knows none by name or ARN', async () => {
  const unknown = (name: string) => ({
    name: 'TrailNotFoundException',
    message: `Unknown trail: ${name} for the user: ${accountId}`,
  })
  const arn = arnOf('trail/management')
  await assert.rejects(cloudtrail.send(new GetTrailCommand({ Name: 'management' })), unknown('management'))
  await assert.rejects(cloudtrail.send(new GetTrailStatusCommand({ Name: 'management' })), unknown(arn))
  for (const TrailName of ['management', arn]) {
    for (const command of [
      new GetEventSelectorsCommand({ TrailName }),
      new GetInsightSelectorsCommand({ TrailName }),
      new GetEventConfigurationCommand({ TrailName }),
    ]) {
      await assert.rejects(cloudtrail.send(command as GetEventSelectorsCommand), unknown(TrailName))
    }
  }
  await assert.rejects(cloudtrail.send(new GetTrailCommand({ Name: arnOf(`channel/${id}`) })), {
    name: 'CloudTrailARNInvalidException',
  })
})

test('an account that does not use CloudTrail Lake has nothing of it', async () => {
  const lists = await Promise.all([
    cloudtrail.send(new ListEventDataStoresCommand({})).then(({ EventDataStores }) => EventDataStores),
    cloudtrail.send(new ListChannelsCommand({ MaxResults: 5 })).then(({ Channels }) => Channels),
    cloudtrail.send(new ListDashboardsCommand({ Type: 'CUSTOM' })).then(({ Dashboards }) => Dashboards),
    cloudtrail
      .send(new ListImportsCommand({ Destination: arnOf(`eventdatastore/${id}`) }))
      .then(({ Imports }) => Imports),
  ])
  for (const list of lists) assert.deepEqual(list, [])
  const missingStore = { name: 'EventDataStoreNotFoundException' }
  await assert.rejects(cloudtrail.send(new GetEventDataStoreCommand({ EventDataStore: id })), missingStore)
  await assert.rejects(cloudtrail.send(new ListQueriesCommand({ EventDataStore: id })), missingStore)
  await assert.rejects(cloudtrail.send(new GetInsightSelectorsCommand({ EventDataStore: id })), missingStore)
  await assert.rejects(cloudtrail.send(new GetChannelCommand({ Channel: id })), { name: 'ChannelNotFoundException' })
  await assert.rejects(cloudtrail.send(new GetDashboardCommand({ DashboardId: 'mine' })), {
    name: 'ResourceNotFoundException',
  })
  await assert.rejects(cloudtrail.send(new GetImportCommand({ ImportId: id })), { name: 'ImportNotFoundException' })
})

test('requests about trails and event data stores are looked at before anything is looked for', async () => {
  await assert.rejects(cloudtrail.send(new GetInsightSelectorsCommand({})), { name: 'InvalidParameterException' })
  await assert.rejects(cloudtrail.send(new GetInsightSelectorsCommand({ TrailName: 'abc', EventDataStore: id })), {
    name: 'InvalidParameterCombinationException',
  })
  for (const command of [
    new ListImportsCommand({ Destination: 'nothing' }),
    new GetEventDataStoreCommand({ EventDataStore: 'nothing' }),
  ]) {
    await assert.rejects(cloudtrail.send(command as ListImportsCommand), { name: 'EventDataStoreARNInvalidException' })
  }
  await assert.rejects(cloudtrail.send(new ListChannelsCommand({ NextToken: 'none' })), {
    name: 'InvalidNextTokenException',
  })
})

test('questions about trails need permission for the trail, and are recorded', async () => {
  const Resource = arnOf('trail/mine')
  const user = await newUser(server, { Action: 'cloudtrail:GetTrailStatus', Resource })
  await assert.rejects(user.cloudtrail.send(new GetTrailStatusCommand({ Name: 'mine' })), {
    name: 'TrailNotFoundException',
  })
  await assert.rejects(user.cloudtrail.send(new GetTrailStatusCommand({ Name: 'other' })), {
    name: 'AccessDeniedException',
    message: new RegExp(`perform: cloudtrail:GetTrailStatus on resource: ${arnOf('trail/other')} because`),
  })
  await assert.rejects(user.cloudtrail.send(new DescribeTrailsCommand({})), { name: 'AccessDeniedException' })
  const [denied, unknown] = await records(server, 'EventName', 'GetTrailStatus')
  assert.deepEqual([denied.errorCode, unknown.errorCode], ['AccessDeniedException', 'TrailNotFoundException'])
  assert.deepEqual([unknown.requestParameters, unknown.readOnly], [{ name: 'mine' }, true])
})
