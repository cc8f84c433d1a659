import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  DescribeLogGroupsResponse,
  DescribeLogStreamsResponse,
  ListLogGroupsResponse,
  ListTagsForResourceResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { dayMs } from '../../../core/durations.ts'
import { accountId, alice, otherAccountId } from '../../../testing/callers.ts'
import { logsFixture, messagesOf } from '../testing.ts'

const arn = (name: string) => `arn:aws:logs:us-east-1:${accountId}:log-group:${name}`

test('a group is shown with its defaults, and both spellings of its ARN', async () => {
  const { logs, clock, lastRecord } = await logsFixture()
  await logs('CreateLogGroup', { logGroupName: '/app/one', tags: { team: 'blue' } })
  const record = lastRecord()
  assert.deepEqual(
    [record.eventName, record.requestParameters, record.responseElements],
    ['CreateLogGroup', { logGroupName: '/app/one', tags: { team: 'blue' } }, null],
  )
  const { logGroups } = await logs<DescribeLogGroupsResponse>('DescribeLogGroups', {})
  assert.deepEqual(logGroups, [
    {
      logGroupName: '/app/one',
      creationTime: clock.nowMs(),
      metricFilterCount: 0,
      arn: `${arn('/app/one')}:*`,
      storedBytes: 0,
      logGroupClass: 'STANDARD',
      logGroupArn: arn('/app/one'),
      deletionProtectionEnabled: false,
    },
  ])
})

test('names out of their limits, reserved and taken ones are refused', async () => {
  const { logs, group } = await logsFixture()
  await group('a')
  const create = (logGroupName: string) => logs('CreateLogGroup', { logGroupName })
  await assert.rejects(create('a'), {
    code: 'ResourceAlreadyExistsException',
    status: 400,
    message: 'The specified log group already exists',
  })
  for (const name of ['', 'a b', 'a:b', 'x'.repeat(513), 'aws/x', 'AWS/x']) {
    await assert.rejects(create(name), { code: 'InvalidParameterException' }, name)
  }
  const stream = (logStreamName: string) => logs('CreateLogStream', { logGroupName: 'a', logStreamName })
  await assert.rejects(stream('s'), { message: 'The specified log stream already exists' })
  for (const name of ['', 'a:b', 'a*b']) await assert.rejects(stream(name), { code: 'InvalidParameterException' }, name)
  await assert.rejects(logs('CreateLogStream', { logGroupName: 'none', logStreamName: 's' }), {
    code: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  })
  await assert.rejects(logs('CreateLogGroup', { logGroupName: 'b', logGroupClass: 'ESSENTIALS' }), {
    code: 'InvalidParameterException',
  })
})

test('DescribeLogGroups finds groups by prefix, by part, by class and by identifier, in pages', async () => {
  const { logs, group } = await logsFixture()
  for (const name of ['/a/1', '/a/2', '/a/3', '/b/1']) await group(name, [])
  await group('ia', [], { logGroupClass: 'INFREQUENT_ACCESS' })
  const names = async (input: object) => {
    const { logGroups = [], nextToken } = await logs<DescribeLogGroupsResponse>('DescribeLogGroups', input)
    return { names: logGroups.map(({ logGroupName }) => logGroupName), nextToken }
  }
  assert.deepEqual((await names({ logGroupNamePrefix: '/a' })).names, ['/a/1', '/a/2', '/a/3'])
  assert.deepEqual((await names({ logGroupNamePattern: '/1' })).names, ['/a/1', '/b/1'])
  assert.deepEqual((await names({ logGroupClass: 'INFREQUENT_ACCESS' })).names, ['ia'])
  assert.deepEqual((await names({ logGroupIdentifiers: ['ia', arn('/b/1')] })).names, ['/b/1', 'ia'])
  await assert.rejects(names({ logGroupNamePrefix: 'a', logGroupNamePattern: 'a' }), {
    code: 'InvalidParameterException',
    message: 'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
  })
  const first = await names({ limit: 2 })
  assert.deepEqual(first.names, ['/a/1', '/a/2'])
  const second = await names({ limit: 3, nextToken: first.nextToken })
  assert.deepEqual(second, { names: ['/a/3', '/b/1', 'ia'], nextToken: undefined })
  const foreign = { message: 'The specified nextToken is invalid.', code: 'InvalidParameterException' }
  await assert.rejects(names({ logGroupNamePrefix: '/a', nextToken: first.nextToken }), foreign)
  await assert.rejects(names({ nextToken: 'x' }), foreign)
})

test('DescribeLogStreams lists streams by name and by their last events, in both directions and in pages', async () => {
  const { logs, group, put } = await logsFixture()
  const { logGroupName } = await group('g', ['s3', 's1', 'x', 's2'])
  await put({ logGroupName, logStreamName: 's2' }, [['old', 5000]])
  await put({ logGroupName, logStreamName: 's1' }, [['older', 9000], 'new'])
  const list = async (input: object) => {
    const names: (string | undefined)[] = []
    let nextToken: string | undefined
    do {
      const page: DescribeLogStreamsResponse = await logs('DescribeLogStreams', {
        logGroupIdentifier: arn('g'),
        ...input,
        limit: 2,
        nextToken,
      })
      names.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName))
      nextToken = page.nextToken
    } while (nextToken)
    return names.join(' ')
  }
  assert.equal(await list({}), 's1 s2 s3 x')
  assert.equal(await list({ descending: true }), 'x s3 s2 s1')
  assert.equal(await list({ logStreamNamePrefix: 's' }), 's1 s2 s3')
  assert.equal(await list({ logStreamNamePrefix: 's', descending: true }), 's3 s2 s1')
  assert.equal(await list({ orderBy: 'LastEventTime', descending: true }), 's1 s2 x s3')
  assert.equal(await list({ orderBy: 'LastEventTime' }), 's3 x s2 s1')
  await assert.rejects(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 's' }), {
    message: 'Cannot order by LastEventTime with a logStreamNamePrefix.',
  })
  await assert.rejects(logs('DescribeLogStreams', { logGroupName: 'g', logGroupIdentifier: 'g' }), {
    code: 'ValidationException',
  })
  const { logStreams } = await logs<DescribeLogStreamsResponse>('DescribeLogStreams', { logGroupName: 'g', limit: 1 })
  const [s1] = logStreams ?? []
  assert.deepEqual(
    [s1?.arn, (s1?.lastEventTimestamp ?? 0) - (s1?.firstEventTimestamp ?? 0), s1?.storedBytes],
    [`${arn('g')}:log-stream:s1`, 9000, 0],
  )
})

test('tags are changed by ARN and by the old operations, with their condition keys', async () => {
  const { logs, group, permissions } = await logsFixture()
  await group('g', [], { tags: { a: '1' } })
  const tags = async () =>
    (await logs<ListTagsForResourceResponse>('ListTagsForResource', { resourceArn: arn('g') })).tags
  await logs('TagResource', { resourceArn: arn('g'), tags: { b: '2' } })
  await logs('TagResource', { resourceArn: arn('g'), tags: { c: '3' } })
  await logs('UntagResource', { resourceArn: arn('g'), tagKeys: ['a', 'none'] })
  assert.deepEqual(await tags(), { b: '2', c: '3' })
  await logs('TagLogGroup', { logGroupName: 'g', tags: { d: '4' } })
  await logs('UntagLogGroup', { logGroupName: 'g', tags: ['b'] })
  assert.deepEqual(await logs('ListTagsLogGroup', { logGroupName: 'g' }), { tags: { c: '3', d: '4' } })
  await assert.rejects(logs('TagResource', { resourceArn: arn('g'), tags: { 'aws:x': '1' } }), {
    code: 'InvalidParameterException',
  })
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`k${n}`, '']))
  await assert.rejects(logs('TagResource', { resourceArn: arn('g'), tags: many }), { code: 'TooManyTagsException' })
  await assert.rejects(logs('ListTagsForResource', { resourceArn: arn('none') }), { code: 'ResourceNotFoundException' })
  await assert.rejects(logs('ListTagsForResource', { resourceArn: 'g' }), { code: 'ValidationException' })
  const [asked] = await permissions('logs', 'TagResource', { resourceArn: arn('g'), tags: { c: '9' } })
  assert.deepEqual(asked, {
    action: 'logs:TagResource',
    resource: arn('g'),
    otherArns: [`${arn('g')}:*`],
    context: {
      'aws:ResourceTag/c': '3',
      'aws:ResourceTag/d': '4',
      'aws:RequestTag/c': '9',
      'aws:TagKeys': ['c'],
    },
  })
  const created = await permissions('logs', 'CreateLogGroup', { logGroupName: 'n', tags: { a: '1' } })
  assert.deepEqual(
    created.map(({ action, resource }) => [action, resource]),
    [
      ['logs:CreateLogGroup', `${arn('n')}:log-stream:`],
      ['logs:TagResource', arn('n')],
    ],
  )
})

test('policies name a group with and without `:*`, and a stream by its own ARN', async () => {
  const { logs, group, put, get, putUser } = await logsFixture()
  const to = await group('g')
  const { logGroupName } = to
  const may = async (Action: string, Resource: string) => {
    const statement = { Effect: 'Allow', Action, Resource }
    await putUser(alice, [JSON.stringify({ Version: '2012-10-17', Statement: [statement] })])
  }
  const retain = () => logs('PutRetentionPolicy', { logGroupName, retentionInDays: 1 }, { caller: alice })
  for (const resource of [arn('g'), `${arn('g')}:*`, arn('*'), '*']) {
    await may('logs:*', resource)
    await retain()
    await logs('ListTagsForResource', { resourceArn: arn('g') }, { caller: alice })
  }
  await may('logs:*', arn('gg'))
  await assert.rejects(retain(), {
    code: 'AccessDeniedException',
    message: new RegExp(
      `is not authorized to perform: logs:PutRetentionPolicy on resource: ${arn('g')}:log-stream: because`,
    ),
  })
  for (const resource of [`${arn('g')}:log-stream:s`, `${arn('g')}:*`]) {
    await may('logs:*LogEvents', resource)
    await put(to, ['hello'], { caller: alice })
    await get(to, {}, { caller: alice })
  }
  for (const resource of [arn('g'), `${arn('g')}:log-stream:t`]) {
    await may('logs:*LogEvents', resource)
    await assert.rejects(put(to, ['hello'], { caller: alice }), {
      message: new RegExp(`logs:PutLogEvents on resource: ${arn('g')}:log-stream:s because`),
    })
  }
  await may('logs:DescribeLogGroups', arn('*'))
  await logs('DescribeLogGroups', {}, { caller: alice })
})

test('a group of another account or Region cannot be reached', async () => {
  const { logs, group } = await logsFixture()
  await group('g')
  for (const [account, region] of [
    [otherAccountId, 'us-east-1'],
    [accountId, 'eu-west-1'],
  ]) {
    const identifier = `arn:aws:logs:${region}:${account}:log-group:g`
    await assert.rejects(logs('DescribeLogStreams', { logGroupIdentifier: identifier }), {
      code: 'ResourceNotFoundException',
    })
  }
  await assert.rejects(logs('DescribeLogStreams', { logGroupName: 'g' }, { region: 'eu-west-1' }), {
    code: 'ResourceNotFoundException',
  })
})

test('events expire with the retention period at once, and are removed afterwards', async () => {
  const { logs, group, put, get, advance, store } = await logsFixture()
  const to = await group('g')
  await put(to, [
    ['five days', 5 * dayMs],
    ['four days and a half', 4.5 * dayMs],
  ])
  await put(to, ['now'])
  const blocks = async () => (await store.sql('logs').all('SELECT id FROM logs_blocks')).length
  await assert.rejects(logs('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 2 }), {
    code: 'InvalidParameterException',
  })
  await logs('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 3 })
  assert.deepEqual(messagesOf(await get(to, { startFromHead: true })), ['now'])
  assert.equal(await blocks(), 2)
  await advance(1)
  assert.equal(await blocks(), 1)
  await logs('DeleteRetentionPolicy', { logGroupName: 'g' })
  await advance(10 * dayMs)
  assert.deepEqual(messagesOf(await get(to, { startFromHead: true })), ['now'])
  const { logGroups } = await logs<DescribeLogGroupsResponse>('DescribeLogGroups', {})
  assert.equal(logGroups?.[0]?.storedBytes, 3)
  await logs('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 14 })
  await advance(5 * dayMs)
  assert.equal(await blocks(), 0)
})

test('a deleted group or stream takes its events along, and one that is made again under the name has none', async () => {
  const { logs, group, put, get, filter, settle, store } = await logsFixture()
  const to = await group('g', ['s', 't'])
  const other = { ...to, logStreamName: 't' }
  await put(to, ['one'])
  await put(other, ['two'])
  await logs('DeleteLogStream', to)
  await assert.rejects(get(to), { message: 'The specified log stream does not exist.' })
  // They cannot be read from then on, though they are removed later.
  assert.deepEqual(messagesOf(await filter({ logGroupName: 'g' })), ['two'])
  await settle()
  assert.deepEqual(messagesOf(await get(other)), ['two'])
  await logs('DeleteLogGroup', { logGroupName: 'g' })
  await assert.rejects(get(other), { message: 'The specified log group does not exist.' })
  await group('g', ['t'])
  assert.deepEqual(messagesOf(await get(other)), [])
  await settle()
  for (const statement of ['SELECT id FROM logs_blocks', 'SELECT group_id FROM logs_usage']) {
    assert.deepEqual(await store.sql('logs').all(statement), [])
  }
  assert.equal((await store.sql('logs').all('SELECT id FROM logs_streams')).length, 1)
})

test('a group with deletion protection is deleted only when it is taken away', async () => {
  const { logs, group } = await logsFixture()
  await group('g', [], { deletionProtectionEnabled: true })
  await assert.rejects(logs('DeleteLogGroup', { logGroupName: 'g' }), { code: 'ValidationException' })
  const protect = { logGroupIdentifier: 'g', deletionProtectionEnabled: false }
  await logs('PutLogGroupDeletionProtection', protect)
  await logs('DeleteLogGroup', { logGroupName: 'g' })
})

test('ListLogGroups finds groups by parts and beginnings of names, and by tags', async () => {
  const { logs, group } = await logsFixture()
  await group('/app/web', [], { tags: { team: 'blue', stage: 'prod-1' } })
  await group('/app/db', [], { tags: { team: 'red' } })
  await group('web-old', [], { logGroupClass: 'INFREQUENT_ACCESS' })
  const names = async (input: object) => {
    const { logGroups = [] } = await logs<ListLogGroupsResponse>('ListLogGroups', input)
    return logGroups.map(({ logGroupName }) => logGroupName).join(' ')
  }
  assert.equal(await names({}), '/app/db /app/web web-old')
  assert.equal(await names({ logGroupNamePattern: 'web' }), '/app/web web-old')
  assert.equal(await names({ logGroupNamePattern: '^web|/db' }), '/app/db web-old')
  assert.equal(await names({ logGroupClass: 'INFREQUENT_ACCESS' }), 'web-old')
  assert.equal(await names({ logGroupTags: [{ key: 'team' }] }), '/app/db /app/web')
  assert.equal(await names({ logGroupTags: [{ key: 'team', values: ['!blue'] }] }), '/app/db')
  assert.equal(await names({ logGroupTags: [{ key: 'stage', values: ['prod*'] }] }), '/app/web')
  const first = await logs<ListLogGroupsResponse>('ListLogGroups', { limit: 2 })
  assert.equal(await names({ limit: 2, nextToken: first.nextToken }), 'web-old')
  await assert.rejects(names({ fieldIndexNames: ['x'] }), { code: 'InvalidParameterException' })
})

test('who wants to see masked data needs a permission for it', async () => {
  const { group, put, get, putUser, logs } = await logsFixture()
  const to = await group('g')
  await put(to, ['x'])
  await putUser(alice, [
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['logs:GetLogEvents', 'logs:FilterLogEvents'], Resource: '*' }],
    }),
  ])
  await get(to, {}, { caller: alice })
  const denied = { code: 'AccessDeniedException', message: /logs:Unmask/ }
  await assert.rejects(get(to, { unmask: true }, { caller: alice }), denied)
  await assert.rejects(logs('FilterLogEvents', { logGroupName: 'g', unmask: true }, { caller: alice }), denied)
  await get(to, { unmask: true })
})
