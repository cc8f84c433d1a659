import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeTrailsResponse, GetTrailResponse } from '@aws-sdk/client-cloudtrail'
import { accountId, alice, region } from '../../../../testing/callers.ts'
import { bucketName, bucketPolicy, cloudtrailFixture, trailArnOf } from '../../testing.ts'

const elsewhere = { region: 'eu-west-1' }

test('a trail is created without logging, described, changed and deleted', async () => {
  const { trail, lastRecord } = await cloudtrailFixture()
  const created = await trail('CreateTrail', { Name: 'audit', S3BucketName: bucketName, S3KeyPrefix: 'p' }).catch(
    (e) => e,
  )
  assert.equal(created.code, 'InsufficientS3BucketPolicyException', 'the policy does not cover the prefix')
  const view = {
    ...{ Name: 'audit', S3BucketName: bucketName, IncludeGlobalServiceEvents: true, IsMultiRegionTrail: false },
    ...{ TrailARN: trailArnOf('audit'), LogFileValidationEnabled: true, IsOrganizationTrail: false },
  }
  const TagsList = [{ Key: 'team', Value: 'security' }]
  const request = { Name: 'audit', S3BucketName: bucketName, EnableLogFileValidation: true, TagsList }
  assert.deepEqual(await trail('CreateTrail', request), view)
  assert.deepEqual(lastRecord().requestParameters?.s3BucketName, bucketName)
  assert.deepEqual(lastRecord().responseElements?.trailARN, trailArnOf('audit'))
  const described = { ...view, HomeRegion: region, HasCustomEventSelectors: false, HasInsightSelectors: false }
  assert.deepEqual(await trail('DescribeTrails', {}), { trailList: [described] })
  assert.deepEqual(await trail('GetTrail', { Name: trailArnOf('audit') }), { Trail: described })
  assert.deepEqual(await trail('ListTags', { ResourceIdList: [trailArnOf('audit')] }), {
    ResourceTagList: [{ ResourceId: trailArnOf('audit'), TagsList }],
  })
  assert.equal((await trail('GetTrailStatus', { Name: 'audit' })).IsLogging, false)
  const updated = await trail('UpdateTrail', { Name: 'audit', EnableLogFileValidation: false })
  assert.deepEqual(updated, { ...view, LogFileValidationEnabled: false })
  await trail('DeleteTrail', { Name: 'audit' })
  assert.deepEqual(await trail('DescribeTrails', {}), { trailList: [] })
  assert.deepEqual(await trail('CreateTrail', request), view, 'the name is free again')
})

test('scenario 9: a bucket must be there, with a policy that lets CloudTrail in', async () => {
  const { trail, bucket } = await cloudtrailFixture()
  await assert.rejects(trail('CreateTrail', { Name: 'audit', S3BucketName: 'missing-bucket' }), {
    code: 'S3BucketDoesNotExistException',
    message: 'S3 bucket missing-bucket does not exist!',
  })
  await bucket('closed-bucket', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: 'arn:aws:s3:::closed-bucket' }],
  })
  await assert.rejects(trail('CreateTrail', { Name: 'audit', S3BucketName: 'closed-bucket' }), {
    code: 'InsufficientS3BucketPolicyException',
    message: 'Incorrect S3 bucket policy is detected for bucket: closed-bucket',
  })
  await assert.rejects(trail('CreateTrail', { Name: 'audit', S3BucketName: 'No_Bucket' }), {
    code: 'InvalidS3BucketNameException',
  })
})

test('scenario 10: a bucket policy can name the trail', async () => {
  const { trail, bucket } = await cloudtrailFixture()
  await bucket('named-bucket', bucketPolicy('named-bucket', { sourceArn: trailArnOf('other') }))
  const create = { Name: 'audit', S3BucketName: 'named-bucket' }
  await assert.rejects(trail('CreateTrail', create), { code: 'InsufficientS3BucketPolicyException' })
  await trail('CreateTrail', { ...create, Name: 'other' })
})

test('scenario 8: names of trails are refused with the texts of AWS', async () => {
  const { trail } = await cloudtrailFixture()
  const create = (Name: string) => trail('CreateTrail', { Name, S3BucketName: bucketName })
  const code = 'InvalidTrailNameException'
  const characters =
    'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).'
  const refused: [string, string][] = [
    ['ab', 'Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.'],
    ['-abc', 'Trail name must starts with a letter or number.'],
    ['abc-', 'Trail name must ends with a letter or number.'],
    ['my trail', characters],
    [
      'a'.repeat(129),
      'Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters.',
    ],
    ['my--trail', characters],
    ['192.168.5.4', characters],
  ]
  for (const [name, message] of refused) await assert.rejects(create(name), { code, message })
})

test('scenario 11: a Region has five trails, those of all Regions included', async () => {
  const { trail } = await cloudtrailFixture()
  const create = (Name: string, as?: { region: string }, more = {}) =>
    trail('CreateTrail', { Name, S3BucketName: bucketName, ...more }, as)
  await create('everywhere', elsewhere, { IsMultiRegionTrail: true })
  for (const at of [1, 2, 3, 4]) await create(`trail${at}`)
  await assert.rejects(create('trail5'), {
    code: 'MaximumNumberOfTrailsExceededException',
    message: `User: ${accountId} already has 5 trails in ${region}.`,
  })
  await create('trail5', elsewhere)
  await assert.rejects(create('trail6', elsewhere, { IsMultiRegionTrail: true }), {
    code: 'MaximumNumberOfTrailsExceededException',
  })
  await assert.rejects(create('trail1'), {
    code: 'TrailAlreadyExistsException',
    message: `Trail trail1 already exists for customer: ${accountId}`,
  })
  await assert.rejects(create('everywhere'), { code: 'TrailAlreadyExistsException' })
})

test('scenario 12: a trail of all Regions includes global events, which is said before the bucket is looked for', async () => {
  const { trail } = await cloudtrailFixture()
  const request = { Name: 'audit', S3BucketName: 'missing-bucket', IsMultiRegionTrail: true }
  await assert.rejects(trail('CreateTrail', { ...request, IncludeGlobalServiceEvents: false }), {
    code: 'InvalidParameterCombinationException',
    message: 'Multi-Region trail must include global service events.',
  })
})

test('scenario 17: a trail of all Regions is described in each, unless shadow trails are left out', async () => {
  const { trail } = await cloudtrailFixture()
  await trail('CreateTrail', { Name: 'audit', S3BucketName: bucketName, IsMultiRegionTrail: true })
  const described = await trail<DescribeTrailsResponse>('DescribeTrails', {}, elsewhere)
  assert.deepEqual(
    described.trailList?.map(({ TrailARN, HomeRegion }) => [TrailARN, HomeRegion]),
    [[trailArnOf('audit'), region]],
  )
  assert.deepEqual(await trail('DescribeTrails', { includeShadowTrails: false }, elsewhere), { trailList: [] })
  assert.deepEqual(await trail('ListTrails', {}, elsewhere), {
    Trails: [{ TrailARN: trailArnOf('audit'), Name: 'audit', HomeRegion: region }],
  })
})

test('scenario 18: a shadow trail can be changed in its home Region alone', async () => {
  const { start, trail } = await cloudtrailFixture()
  const Name = await start('audit', { IsMultiRegionTrail: true })
  const selectors = { TrailName: Name, EventSelectors: [{}] }
  for (const [operation, input] of [
    ['StopLogging', { Name }],
    ['StartLogging', { Name }],
    ['UpdateTrail', { Name }],
    ['DeleteTrail', { Name }],
    ['PutEventSelectors', selectors],
  ] as const) {
    await assert.rejects(trail(operation, input, elsewhere), { code: 'InvalidHomeRegionException' }, operation)
  }
  assert.equal((await trail('GetTrailStatus', { Name }, elsewhere)).IsLogging, true)
})

test('scenario 19: a trail of one Region is unknown in others', async () => {
  const { start, trail } = await cloudtrailFixture()
  await start('audit')
  await assert.rejects(trail('GetTrailStatus', { Name: 'audit' }, elsewhere), {
    code: 'TrailNotFoundException',
    message: `Unknown trail: ${trailArnOf('audit', 'eu-west-1')} for the user: ${accountId}`,
  })
  await assert.rejects(trail('StopLogging', { Name: trailArnOf('audit') }, elsewhere), {
    code: 'TrailNotFoundException',
  })
  await assert.rejects(trail('GetTrail', { Name: 'arn:aws:s3:::bucket' }), { code: 'CloudTrailARNInvalidException' })
})

test('scenario 20: a trail that comes to cover one Region leaves global events out, and takes them again with all Regions', async () => {
  const { start, trail } = await cloudtrailFixture()
  await start('audit', { IsMultiRegionTrail: true })
  const one = await trail('UpdateTrail', { Name: 'audit', IsMultiRegionTrail: false })
  assert.deepEqual([one.IsMultiRegionTrail, one.IncludeGlobalServiceEvents], [false, false])
  assert.deepEqual(await trail('DescribeTrails', {}, elsewhere), { trailList: [] })
  const all = await trail('UpdateTrail', { Name: 'audit', IsMultiRegionTrail: true })
  assert.deepEqual([all.IsMultiRegionTrail, all.IncludeGlobalServiceEvents], [true, true])
})

test('scenario 37: selectors of one kind replace those of the other, and both together are refused', async () => {
  const { start, trail } = await cloudtrailFixture()
  const TrailARN = await start('audit')
  const TrailName = 'audit'
  const given = {
    ReadWriteType: 'All',
    IncludeManagementEvents: true,
    DataResources: [],
    ExcludeManagementEventSources: [],
  }
  assert.deepEqual(await trail('GetEventSelectors', { TrailName }), { TrailARN, EventSelectors: [given] })
  const EventSelectors = [{ ...given, ReadWriteType: 'WriteOnly' }]
  assert.deepEqual(await trail('PutEventSelectors', { TrailName, EventSelectors }), { TrailARN, EventSelectors })
  const { Trail } = await trail<GetTrailResponse>('GetTrail', { Name: TrailName })
  assert.equal(Trail?.HasCustomEventSelectors, true)
  const AdvancedEventSelectors = [{ Name: 'all', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }]
  const both = { TrailName, EventSelectors, AdvancedEventSelectors }
  const code = 'InvalidEventSelectorsException'
  await assert.rejects(trail('PutEventSelectors', both), { code })
  await assert.rejects(trail('PutEventSelectors', { TrailName }), { code })
  await trail('PutEventSelectors', { TrailName, AdvancedEventSelectors })
  assert.deepEqual(await trail('GetEventSelectors', { TrailName }), { TrailARN, AdvancedEventSelectors })
})

test('a caller needs the permission on the trail, with its tags as condition keys, and may not pass roles it may not pass', async () => {
  const { trail, permissions } = await cloudtrailFixture()
  const TagsList = [{ Key: 'team', Value: 'security' }]
  const CloudWatchLogsRoleArn = `arn:aws:iam::${accountId}:role/delivery`
  const create = { Name: 'audit', S3BucketName: bucketName, TagsList, CloudWatchLogsRoleArn }
  const asked = await permissions('cloudtrail', 'CreateTrail', create, { caller: alice })
  assert.deepEqual(
    asked.map(({ action, resource }) => [action, resource]),
    [
      ['cloudtrail:CreateTrail', trailArnOf('audit')],
      ['iam:PassRole', CloudWatchLogsRoleArn],
    ],
  )
  assert.equal(asked[0]?.context?.['aws:RequestTag/team'], 'security')
  await trail('CreateTrail', { Name: 'audit', S3BucketName: bucketName, TagsList })
  const [stop] = await permissions('cloudtrail', 'StopLogging', { Name: 'audit' })
  assert.equal(stop?.context?.['aws:ResourceTag/team'], 'security')
})

test('tags of a trail are added, replaced and removed by its ARN in its home Region', async () => {
  const { start, trail } = await cloudtrailFixture()
  const ResourceId = await start('audit', { IsMultiRegionTrail: true })
  const tag = (Key: string, Value?: string) => ({ Key, ...(Value !== undefined && { Value }) })
  await trail('AddTags', { ResourceId, TagsList: [tag('a', '1'), tag('b', '2')] })
  await trail('AddTags', { ResourceId, TagsList: [tag('a', '3')] })
  await trail('RemoveTags', { ResourceId, TagsList: [tag('b', 'other value')] })
  const list = { ResourceIdList: [ResourceId] }
  assert.deepEqual(await trail('ListTags', list), { ResourceTagList: [{ ResourceId, TagsList: [tag('a', '3')] }] })
  await assert.rejects(trail('ListTags', list, elsewhere), { code: 'ResourceNotFoundException' })
  await assert.rejects(trail('ListTags', { ResourceIdList: ['audit'] }), { code: 'CloudTrailARNInvalidException' })
  const twice = { ResourceId, TagsList: [tag('c', '1'), tag('c', '2')] }
  await assert.rejects(trail('AddTags', twice), { code: 'InvalidTagParameterException' })
  const many = Array.from({ length: 50 }, (_, at) => tag(`k${at}`, 'x'))
  await assert.rejects(trail('AddTags', { ResourceId, TagsList: many }), { code: 'TagsLimitExceededException' })
})
