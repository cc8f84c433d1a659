import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { GetImportResponse, GetQueryResultsResponse } from '@aws-sdk/client-cloudtrail'
import { cloudtrailFixture } from '../../src/services/cloudtrail/testing.ts'
import { iam } from '../../src/services/iam/iam.ts'
import { accountId, region, stranger } from '../../src/testing/callers.ts'

const refused = (code: string, call: Promise<unknown>) => assert.rejects(call, { code })
const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
const absent = `arn:aws:cloudtrail:${region}:${accountId}:eventdatastore/00000000-0000-4000-8000-000000000000`

async function refusalsFixture() {
  const fixture = await cloudtrailFixture({ modules: [iam] })
  const create = async (Name: string, more: object = {}): Promise<string> => {
    const created = await fixture.trail('CreateEventDataStore', { Name, TerminationProtectionEnabled: false, ...more })
    await fixture.settle()
    return String(created.EventDataStoreArn)
  }
  return { ...fixture, create }
}

test('event data stores are refused what AWS refuses', async () => {
  const { trail, create, settle } = await refusalsFixture()
  const arn = await create('one')
  await refused('EventDataStoreAlreadyExistsException', create('one'))
  await refused('OrganizationsNotInUseException', create('two', { OrganizationEnabled: true }))
  const fixed = { BillingMode: 'FIXED_RETENTION_PRICING' }
  await refused('InvalidParameterException', create('two', { ...fixed, RetentionPeriod: 3000 }))
  await refused(
    'InvalidEventSelectorsException',
    create('two', { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'x', Equals: ['y'] }] }] }),
  )
  await refused('InvalidKmsKeyIdException', create('two', { KmsKeyId: 'no/key' }))
  const named = { EventDataStore: arn }
  await refused('InvalidParameterException', trail('UpdateEventDataStore', { ...named, ...fixed }))
  await refused('EventDataStoreARNInvalidException', trail('GetEventDataStore', { EventDataStore: 'arn:aws:s3:::x' }))
  await refused('EventDataStoreNotFoundException', trail('GetEventDataStore', { EventDataStore: absent }))
  await refused('InvalidEventDataStoreStatusException', trail('RestoreEventDataStore', named))
  await refused('InvalidEventDataStoreStatusException', trail('StartEventDataStoreIngestion', named))
  await trail('StopEventDataStoreIngestion', named)
  assert.equal((await trail('GetEventDataStore', named)).Status, 'STOPPING_INGESTION')
  await settle()
  assert.equal((await trail('GetEventDataStore', named)).Status, 'STOPPED_INGESTION')
  await refused('InvalidMaxResultsException', trail('ListEventDataStores', { MaxResults: 1001 }))
  await refused('InvalidNextTokenException', trail('ListEventDataStores', { NextToken: 'abcd' }))
  for (let n = 2; n <= 10; n++) await create(`store-${n}`)
  await refused('EventDataStoreMaxLimitExceededException', create('eleventh'))
  const page = await trail('ListEventDataStores', { MaxResults: 6 })
  const rest = await trail('ListEventDataStores', { MaxResults: 6, NextToken: page.NextToken })
  assert.deepEqual([(page.EventDataStores as []).length, (rest.EventDataStores as []).length], [6, 4])
  await refused(
    'UnsupportedOperationException',
    trail('EnableFederation', { ...named, FederationRoleArn: `arn:aws:iam::${accountId}:role/r` }),
  )
  await refused(
    'UnsupportedOperationException',
    trail('GenerateQuery', { EventDataStores: [arn], Prompt: 'who was here' }),
  )
})

test('queries, channels and policies are refused what AWS refuses', async () => {
  const { trail, create, settle } = await refusalsFixture()
  const arn = await create('one')
  const start = (QueryStatement: string) => trail('StartQuery', { QueryStatement })
  for (const statement of [
    `INSERT INTO ${idOf(arn)} VALUES (1)`,
    `SELECT 1`,
    `SELECT eventName FROM ${idOf(absent)}`,
    `SELECT absentColumn FROM ${idOf(arn)}`,
    `SELECT eventName FROM ${idOf(arn)}; SELECT 1 FROM ${idOf(arn)}`,
    `SELECT * FROM read_csv('/etc/passwd') WHERE '${idOf(arn)}' = '' OR 1 IN (SELECT 1 FROM ${idOf(arn)})`,
  ]) {
    await refused('InvalidQueryStatementException', start(statement))
  }
  await refused('InvalidParameterException', trail('StartQuery', {}))
  const QueryId = idOf(absent)
  for (const operation of ['DescribeQuery', 'GetQueryResults', 'CancelQuery'])
    await refused('QueryIdNotFoundException', trail(operation, { QueryId }))
  const started = await start(`SELECT eventName FROM ${idOf(arn)}`)
  const cancelled = await trail('CancelQuery', { QueryId: started.QueryId })
  assert.equal(cancelled.QueryStatus, 'CANCELLED')
  await refused('InactiveQueryException', trail('CancelQuery', { QueryId: started.QueryId }))
  await settle()
  const { Queries } = (await trail('ListQueries', { EventDataStore: arn })) as { Queries: { QueryStatus: string }[] }
  assert.deepEqual(
    Queries.map(({ QueryStatus }) => QueryStatus),
    ['CANCELLED'],
  )
  const range = { StartTime: new Date(2000), EndTime: new Date(1000) }
  await refused('InvalidDateRangeException', trail('ListQueries', { EventDataStore: arn, ...range }))
  const Destinations = [{ Type: 'EVENT_DATA_STORE', Location: arn }]
  await refused(
    'InvalidEventDataStoreCategoryException',
    trail('CreateChannel', { Name: 'one', Source: 'Custom', Destinations }),
  )
  await refused('InvalidSourceException', trail('CreateChannel', { Name: 'one', Source: 'Absent', Destinations }))
  await refused('ChannelNotFoundException', trail('GetChannel', { Channel: idOf(absent) }))
  await refused('ResourcePolicyNotFoundException', trail('GetResourcePolicy', { ResourceArn: arn }))
  await refused('ResourceNotFoundException', trail('GetResourcePolicy', { ResourceArn: absent }))
  const policy = (Action: string, AWS: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS }, Action, Resource: arn }],
    })
  const owner = `arn:aws:iam::${accountId}:root`
  await refused(
    'ResourcePolicyNotValidException',
    trail('PutResourcePolicy', { ResourceArn: arn, ResourcePolicy: policy('cloudtrail:DeleteEventDataStore', owner) }),
  )
  await refused('AccessDeniedException', trail('GetEventDataStore', { EventDataStore: arn }, { caller: stranger }))
  const principal = stranger.principal as { arn: string }
  await trail('PutResourcePolicy', {
    ResourceArn: arn,
    ResourcePolicy: policy('cloudtrail:GetEventDataStore', principal.arn),
  })
  assert.equal((await trail('GetEventDataStore', { EventDataStore: arn }, { caller: stranger })).Name, 'one')
  await trail('AddTags', { ResourceId: arn, TagsList: [{ Key: 'a', Value: 'b' }] })
  const { ResourceTagList } = await trail('ListTags', { ResourceIdList: [arn] })
  assert.deepEqual(ResourceTagList, [{ ResourceId: arn, TagsList: [{ Key: 'a', Value: 'b' }] }])
  await refused(
    'InvalidParameterCombinationException',
    trail('PutEventConfiguration', {
      EventDataStore: arn,
      ContextKeySelectors: [{ Type: 'TagContext', Equals: ['k'] }],
    }),
  )
  const samples = (await trail('SearchSampleQueries', { SearchPhrase: 'root user' })) as {
    SearchResults: { Name: string }[]
  }
  assert.equal(samples.SearchResults[0]?.Name, 'Root user activity')
})

test('an import copies the log files of a bucket as its role, says which it could not read, and reads those again', async () => {
  const { call, trail, create, settle, bucket } = await refusalsFixture()
  const arn = await create('one', { StartIngestion: false })
  await bucket('logs-of-trail')
  const trust = { Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await call('iam', 'CreateRole', { RoleName: 'importer', AssumeRolePolicyDocument: document(trust) })
  const read = { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetObject'], Resource: '*' }
  await call('iam', 'PutRolePolicy', { RoleName: 'importer', PolicyName: 'read', PolicyDocument: document(read) })
  const record = (eventID: string, eventTime: string) => ({
    eventID,
    eventTime,
    eventName: 'Imported',
    eventCategory: 'Management',
  })
  const now = new Date(
    (await trail<{ CreatedTimestamp: Date }>('GetEventDataStore', { EventDataStore: arn })).CreatedTimestamp,
  ).toISOString()
  const day = now.slice(0, 10).replaceAll('-', '/')
  const key = (folder: string, name: string) => `AWSLogs/${accountId}/${folder}/${region}/${day}/${name}.json.gz`
  const put = (Key: string, Body: Buffer) => call('s3', 'PutObject', { Bucket: 'logs-of-trail', Key, Body })
  const file = (...ids: string[]) => gzipSync(JSON.stringify({ Records: ids.map((id) => record(id, now)) }))
  for (let n = 0; n < 60; n++) await put(key('CloudTrail', `f${n}`), file(`a${n}`, `b${n}`))
  await put(key('CloudTrail-Digest', 'd'), file('digest'))
  await put(key('CloudTrail', 'torn'), Buffer.from('torn'))
  const S3 = {
    ...{ S3LocationUri: `s3://logs-of-trail/AWSLogs/${accountId}/`, S3BucketRegion: region },
    S3BucketAccessRoleArn: `arn:aws:iam::${accountId}:role/importer`,
  }
  const input = { Destinations: [arn], ImportSource: { S3 } }
  await refused(
    'InvalidImportSourceException',
    trail('StartImport', { ...input, ImportSource: { S3: { ...S3, S3LocationUri: 'x' } } }),
  )
  const { ImportId } = await trail('StartImport', input)
  await refused('AccountHasOngoingImportException', trail('StartImport', input))
  await refused('EventDataStoreHasOngoingImportException', trail('DeleteEventDataStore', { EventDataStore: arn }))
  await settle()
  const first = await trail<GetImportResponse>('GetImport', { ImportId })
  assert.equal(first.ImportStatus, 'FAILED')
  const counts = { PrefixesFound: 1, PrefixesCompleted: 1, FilesCompleted: 60, EventsCompleted: 120, FailedEntries: 1 }
  assert.deepEqual(first.ImportStatistics, counts)
  const { Failures } = (await trail('ListImportFailures', { ImportId })) as { Failures: { Location: string }[] }
  assert.deepEqual(
    Failures.map(({ Location }) => Location),
    [`s3://logs-of-trail/${key('CloudTrail', 'torn')}`],
  )
  await put(key('CloudTrail', 'torn'), file('c'))
  await trail('StartImport', { ImportId })
  await settle()
  const second = await trail<GetImportResponse>('GetImport', { ImportId })
  assert.equal(second.ImportStatus, 'COMPLETED')
  assert.equal(second.ImportStatistics?.EventsCompleted, 121)
  await refused('InvalidParameterException', trail('StopImport', { ImportId }))
  const { QueryId } = await trail('StartQuery', {
    QueryStatement: `SELECT count(DISTINCT eventID) AS d, count(*) AS n FROM ${idOf(arn)}`,
  })
  await settle()
  const { QueryResultRows } = await trail<GetQueryResultsResponse>('GetQueryResults', { QueryId })
  assert.deepEqual(QueryResultRows, [[{ d: '121' }, { n: '121' }]])
})
