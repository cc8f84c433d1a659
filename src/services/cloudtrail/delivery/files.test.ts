import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../../core/audit.ts'
import { dayMs } from '../../../core/durations.ts'
import { accountId, region } from '../../../testing/callers.ts'
import { iam } from '../../iam/iam.ts'
import { kms } from '../../kms/kms.ts'
import { lambda } from '../../lambda/lambda.ts'
import { sns } from '../../sns/sns.ts'
import { sqs } from '../../sqs/sqs.ts'
import { bucketName, bucketPolicy, cloudtrailFixture } from '../testing.ts'

/** Reads, such as those of the tests themselves, are left out. */
const names = (events: readonly AuditRecord[]) =>
  events.filter(({ readOnly }) => !readOnly).map(({ eventName }) => eventName)
const folder = `AWSLogs/${accountId}/CloudTrail/${region}/`

test('scenario 13: events are delivered from StartLogging on, every five minutes, and empty files are not', async () => {
  const { trail, call, keys, object, pass, events, clock } = await cloudtrailFixture({ modules: [iam] })
  await trail('CreateTrail', { Name: 'audit', S3BucketName: bucketName })
  await call('iam', 'CreateUser', { UserName: 'before' })
  await pass(5)
  assert.deepEqual(await keys(), [])
  await trail('StartLogging', { Name: 'audit' })
  await call('iam', 'CreateUser', { UserName: 'after' }, { region: 'us-east-1' })
  clock.advance(60)
  await pass(4)
  const [key = '', ...more] = await keys()
  assert.deepEqual(more, [])
  assert.match(
    key,
    new RegExp(`^${folder}2026/03/01/${accountId}_CloudTrail_${region}_20260301T1210Z_[A-Za-z0-9]{16}[.]json[.]gz$`),
  )
  assert.deepEqual(names(await events()), ['StartLogging', 'CreateUser'])
  const { text, ContentType, ContentEncoding, ServerSideEncryption } = (await object(key)) as unknown as Record<
    string,
    string
  >
  assert.deepEqual([ContentType, ContentEncoding, ServerSideEncryption], ['application/json', 'gzip', 'AES256'])
  assert.match(text ?? '', /^\{"Records":\[\{"eventVersion":"1\.11","userIdentity"/)
  const status = await trail('GetTrailStatus', { Name: 'audit' })
  assert.deepEqual(status.LatestDeliveryTime, new Date('2026-03-01T12:10:00Z'))
  assert.equal(status.LatestDeliveryError, undefined)
  await pass(5)
  const count = (await keys()).length
  await pass(60)
  assert.equal((await keys()).length, count)
})

test('scenarios 14 and 15: what is called between a stop and a start is not delivered; the stop itself is, at once', async () => {
  const { start, trail, call, pass, events } = await cloudtrailFixture({ modules: [iam] })
  await start('audit')
  await pass(5)
  await call('iam', 'CreateUser', { UserName: 'last' })
  await trail('StopLogging', { Name: 'audit' })
  await pass(0)
  assert.deepEqual(names(await events()), ['StartLogging', 'CreateUser', 'StopLogging'])
  await call('iam', 'CreateUser', { UserName: 'unseen' })
  await pass(5)
  await trail('StartLogging', { Name: 'audit' })
  await call('iam', 'DeleteUser', { UserName: 'last' })
  await pass(5)
  assert.deepEqual(names(await events()), ['StartLogging', 'CreateUser', 'StopLogging', 'StartLogging', 'DeleteUser'])
  await trail('StopLogging', { Name: 'audit' })
  await trail('StartLogging', { Name: 'audit' })
  await call('iam', 'CreateUser', { UserName: 'seen' })
  await pass(5)
  assert.deepEqual(names(await events()).slice(5), ['StopLogging', 'StartLogging', 'CreateUser'])
})

test('the last events of a deleted trail are delivered, and a trail of the same name begins anew', async () => {
  const { start, trail, call, pass, events } = await cloudtrailFixture({ modules: [iam] })
  await start('audit')
  await call('iam', 'CreateUser', { UserName: 'last' })
  await trail('DeleteTrail', { Name: 'audit' })
  await call('iam', 'CreateUser', { UserName: 'unseen' })
  await pass(5)
  assert.deepEqual(names(await events()), ['StartLogging', 'CreateUser', 'DeleteTrail'])
  await start('audit')
  await pass(31 * 24 * 60 + 5)
  assert.deepEqual(names(await events()).slice(3), ['StartLogging'])
})

test('scenario 16: a trail of all Regions writes the events of each Region under its name', async () => {
  const { start, call, pass, keys, events } = await cloudtrailFixture({ modules: [kms] })
  await start('audit', { IsMultiRegionTrail: true })
  await call('kms', 'CreateKey', {}, { region: 'eu-west-1' })
  await pass(5)
  const europe = `AWSLogs/${accountId}/CloudTrail/eu-west-1/`
  assert.deepEqual(names(await events(europe)), ['CreateKey'])
  assert.equal((await keys()).length, 2)
})

test('a trail of one Region takes its events alone, and a trail takes none of other accounts', async () => {
  const { start, call, pass, events } = await cloudtrailFixture({ modules: [kms] })
  const { stranger } = await import('../../../testing/callers.ts')
  await start('audit')
  await call('kms', 'CreateKey', {}, { region: 'eu-west-1' })
  await call('kms', 'CreateKey', {}, { caller: stranger })
  await pass(5)
  assert.deepEqual(names(await events()), ['StartLogging'])
})

test('scenario 7: data events are recorded and delivered once a selector asks for them', async () => {
  const { start, trail, call, pass, events, store } = await cloudtrailFixture({ modules: [sqs] })
  await start('audit')
  const put = (Key: string) => call('s3', 'PutObject', { Bucket: 'photos', Key, Body: 'x' })
  await call('s3', 'CreateBucket', { Bucket: 'photos' })
  await put('unseen')
  assert.equal(store.records.at(-1)?.eventName, 'CreateBucket')
  const DataResources = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/images/'] }]
  await trail('PutEventSelectors', { TrailName: 'audit', EventSelectors: [{ DataResources }] })
  await put('images/seen')
  await put('docs/unseen')
  await call('sqs', 'CreateQueue', { QueueName: 'q' })
  await call('sqs', 'SendMessage', { QueueUrl: `https://sqs.${region}.amazonaws.com/${accountId}/q`, MessageBody: 'x' })
  await pass(5)
  const delivered = await events()
  assert.deepEqual(names(delivered), ['StartLogging', 'CreateBucket', 'PutEventSelectors', 'PutObject', 'CreateQueue'])
  assert.equal(delivered[3]?.requestParameters?.key, 'images/seen')
  await trail('StopLogging', { Name: 'audit' })
  const before = store.records.length
  await put('images/later')
  assert.equal(store.records.length, before, 'nothing wants it any more')
})

test('scenario 33: of functions, calls of the selected one are delivered', async () => {
  const { start, trail, call, pass, events } = await cloudtrailFixture({ modules: [lambda] })
  await start('audit')
  const Values = [`arn:aws:lambda:${region}:${accountId}:function:one`]
  const EventSelectors = [
    { IncludeManagementEvents: false, DataResources: [{ Type: 'AWS::Lambda::Function', Values }] },
  ]
  await trail('PutEventSelectors', { TrailName: 'audit', EventSelectors })
  // There are no such functions; calls that fail are events, too.
  for (const FunctionName of ['one', 'two']) await call('lambda', 'Invoke', { FunctionName }).catch(() => {})
  await pass(5)
  assert.ok(names(await events()).every((name) => name !== 'PutEventSelectors'))
})

test('scenario 50: a bucket that refuses shows in the status, and gets what it missed when it is mended', async () => {
  const { start, trail, call, pass, events } = await cloudtrailFixture({ modules: [iam] })
  await start('audit')
  await pass(5)
  await call('s3', 'DeleteBucketPolicy', { Bucket: bucketName })
  await pass(10)
  const failing = await trail('GetTrailStatus', { Name: 'audit' })
  assert.deepEqual([failing.IsLogging, failing.LatestDeliveryError], [true, 'AccessDenied'])
  assert.equal(failing.LatestDeliveryAttemptSucceeded, '')
  assert.deepEqual(failing.LatestDeliveryTime, new Date('2026-03-01T12:05:00Z'))
  await call('iam', 'CreateUser', { UserName: 'meanwhile' })
  await pass(20 * 24 * 60)
  const Policy = JSON.stringify(bucketPolicy(bucketName))
  await call('s3', 'PutBucketPolicy', { Bucket: bucketName, Policy })
  await pass(65)
  assert.deepEqual(names(await events()), ['StartLogging', 'DeleteBucketPolicy', 'CreateUser', 'PutBucketPolicy'])
  assert.equal((await trail('GetTrailStatus', { Name: 'audit' })).LatestDeliveryError, undefined)
})

test('what a bucket refuses for thirty days is given up', async () => {
  const { start, call, pass, events, clock } = await cloudtrailFixture({ modules: [iam] })
  await start('audit')
  await pass(5)
  await call('s3', 'DeleteBucketPolicy', { Bucket: bucketName })
  await pass(5)
  clock.advance((29 * dayMs) / 1000)
  await pass(2 * 24 * 60)
  await call('s3', 'PutBucketPolicy', { Bucket: bucketName, Policy: JSON.stringify(bucketPolicy(bucketName)) })
  await pass(5)
  assert.deepEqual(names(await events()), ['StartLogging', 'PutBucketPolicy'])
})

test('a file that was written before the server was killed is written again as it was', async () => {
  const contents = new Map<string, string>()
  let failing = 1
  const { start, pass, keys, object } = await cloudtrailFixture({
    wrapWork: (runner) => async (work) => {
      const change = await runner(work)
      if (work.kind !== 'cloudtrail.deliver-files' || failing === 0) return change
      for (const key of await keys()) contents.set(key, (await object(key)).text)
      if (contents.size === 0) return change
      failing--
      throw new Error('killed between the file and its commit')
    },
  })
  await start('audit')
  await pass(6)
  assert.equal(contents.size, 1)
  assert.deepEqual(await keys(), [...contents.keys()])
  for (const [key, text] of contents) assert.equal((await object(key)).text, text)
})

test('scenario 49: files are encrypted under the key of the trail, with its ARN in the context', async () => {
  const { start, trail, call, pass, keys, events } = await cloudtrailFixture({ modules: [kms] })
  const statement = (Principal: object, Action: string) => ({ Effect: 'Allow', Principal, Action, Resource: '*' })
  const owner = statement({ AWS: `arn:aws:iam::${accountId}:root` }, 'kms:*')
  const service = { Service: 'cloudtrail.amazonaws.com' }
  const policyOf = (...more: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: [owner, ...more] })
  const Policy = policyOf(statement(service, 'kms:DescribeKey'), {
    ...statement(service, 'kms:GenerateDataKey*'),
    Condition: {
      StringEquals: { 'aws:SourceArn': `arn:aws:cloudtrail:${region}:${accountId}:trail/audit` },
      StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': `arn:aws:cloudtrail:*:${accountId}:trail/*` },
    },
  })
  const { KeyMetadata } = (await call('kms', 'CreateKey', { Policy })) as {
    KeyMetadata: { Arn: string; KeyId: string }
  }
  const { KeyId, Arn } = KeyMetadata
  await call('kms', 'CreateAlias', { AliasName: 'alias/logs', TargetKeyId: KeyId })
  await start('audit', { KmsKeyId: 'alias/logs' })
  assert.equal(((await trail('GetTrail', { Name: 'audit' })) as { Trail: { KmsKeyId: string } }).Trail.KmsKeyId, Arn)
  await pass(5)
  const [Key] = await keys()
  const head = (await call('s3', 'HeadObject', { Bucket: bucketName, Key })) as Record<string, unknown>
  assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', Arn])
  await call('kms', 'DisableKey', { KeyId })
  await pass(5)
  const { LatestDeliveryError } = await trail('GetTrailStatus', { Name: 'audit' })
  assert.match(String(LatestDeliveryError), /KMS|Disabled/)
  await call('kms', 'EnableKey', { KeyId })
  await pass(10)
  assert.ok(names(await events()).includes('DisableKey'))
  const create = { Name: 'other', S3BucketName: bucketName }
  await assert.rejects(trail('CreateTrail', { ...create, KmsKeyId: 'not a key' }), { code: 'InvalidKmsKeyIdException' })
  await assert.rejects(trail('CreateTrail', { ...create, KmsKeyId: 'alias/none' }), { code: 'KmsKeyNotFoundException' })
  const there = Arn.replace(region, 'eu-west-1')
  await assert.rejects(trail('CreateTrail', { ...create, KmsKeyId: there }), { code: 'KmsKeyNotFoundException' })
  await assert.rejects(trail('CreateTrail', { ...create, KmsKeyId: Arn }), {
    code: 'InsufficientEncryptionPolicyException',
    message: `Insufficient permissions to access S3 bucket ${bucketName} or KMS key ${Arn}.`,
  })
})

test('files are announced on the topic of a trail, whose policy must let CloudTrail in', async () => {
  const { start, trail, call, pass, keys } = await cloudtrailFixture({ modules: [sns, sqs] })
  const create = { Name: 'audit', S3BucketName: bucketName, SnsTopicName: 'files' }
  const refusal = {
    code: 'InsufficientSnsTopicPolicyException',
    message: 'SNS Topic does not exist or the topic policy is incorrect!',
  }
  await assert.rejects(trail('CreateTrail', create), refusal)
  const { TopicArn } = (await call('sns', 'CreateTopic', { Name: 'files' })) as { TopicArn: string }
  await assert.rejects(trail('CreateTrail', create), refusal)
  const allow = (Service: string, Action: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action, Resource: '*' }],
    })
  const policy = { AttributeName: 'Policy', AttributeValue: allow('cloudtrail.amazonaws.com', 'sns:Publish') }
  await call('sns', 'SetTopicAttributes', { TopicArn, ...policy })
  const Attributes = { Policy: allow('sns.amazonaws.com', 'sqs:SendMessage') }
  await call('sqs', 'CreateQueue', { QueueName: 'q', Attributes })
  const Endpoint = `arn:aws:sqs:${region}:${accountId}:q`
  const raw = { RawMessageDelivery: 'true' }
  await call('sns', 'Subscribe', { TopicArn, Protocol: 'sqs', Endpoint, Attributes: raw })
  await start('audit', { SnsTopicName: 'files' })
  await pass(5)
  await pass(0)
  const QueueUrl = `https://sqs.${region}.amazonaws.com/${accountId}/q`
  const { Messages } = (await call('sqs', 'ReceiveMessage', { QueueUrl })) as { Messages?: { Body: string }[] }
  assert.deepEqual(JSON.parse(Messages?.[0]?.Body ?? '{}'), { s3Bucket: bucketName, s3ObjectKey: await keys() })
  const status = await trail('GetTrailStatus', { Name: 'audit' })
  assert.deepEqual(status.LatestNotificationTime, new Date('2026-03-01T12:05:00Z'))
})
