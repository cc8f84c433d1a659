import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import { hourMs } from '../../src/core/durations.ts'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'

let server: Strongroom
let s3: client.S3Client
const Bucket = 'configured'
const newClient = () => {
  const { endpoint, region, credentials } = server
  return new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
}
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  s3 = newClient()
  await s3.send(new client.CreateBucketCommand({ Bucket }))
})
after(async () => {
  s3.destroy()
  await server.stop()
})

test('the SDK reads every configuration of a bucket as it wrote it', async () => {
  const TagSet = [{ Key: 'team', Value: 'red blue' }]
  await s3.send(new client.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
  assert.deepEqual((await s3.send(new client.GetBucketTaggingCommand({ Bucket }))).TagSet, TagSet)

  const CORSRules = [
    { AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['*'], ExposeHeaders: ['ETag', 'x-amz-id-2'], MaxAgeSeconds: 30 },
    { ID: 'second', AllowedMethods: ['HEAD'], AllowedOrigins: ['https://a', 'https://b'], AllowedHeaders: ['*'] },
  ]
  await s3.send(new client.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
  assert.deepEqual((await s3.send(new client.GetBucketCorsCommand({ Bucket }))).CORSRules, CORSRules)

  const Rules: client.LifecycleRule[] = [
    {
      ...{ ID: 'and', Status: 'Enabled', Expiration: { Days: 3 }, NoncurrentVersionExpiration: { NoncurrentDays: 7 } },
      Filter: { And: { Prefix: 'a/', Tags: TagSet, ObjectSizeGreaterThan: 5 } },
      Transitions: [{ Date: new Date('2031-02-03T00:00:00Z'), StorageClass: 'GLACIER' }],
    },
    {
      ID: 'uploads',
      Status: 'Disabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ]
  await s3.send(new client.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  assert.deepEqual((await s3.send(new client.GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules, Rules)

  const policy = { Version: '2012-10-17', Statement: [] as object[] }
  policy.Statement.push({
    ...{ Sid: 'own', Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: `arn:aws:s3:::${Bucket}` },
  })
  const Policy = JSON.stringify(policy)
  const put = await s3.send(new client.PutBucketPolicyCommand({ Bucket, Policy }))
  assert.equal(put.$metadata.httpStatusCode, 204)
  assert.equal((await s3.send(new client.GetBucketPolicyCommand({ Bucket }))).Policy, Policy)
  const { PolicyStatus } = await s3.send(new client.GetBucketPolicyStatusCommand({ Bucket }))
  assert.deepEqual(PolicyStatus, { IsPublic: false })

  const Website = { IndexDocument: { Suffix: 'index.html' }, ErrorDocument: { Key: '404.html' } }
  const RoutingRules = [{ Condition: { KeyPrefixEquals: 'a/' }, Redirect: { ReplaceKeyPrefixWith: 'b/' } }]
  const WebsiteConfiguration = { ...Website, RoutingRules }
  await s3.send(new client.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))
  const { $metadata: _, ...website } = await s3.send(new client.GetBucketWebsiteCommand({ Bucket }))
  assert.deepEqual(website, WebsiteConfiguration)

  const filters: client.MetricsConfiguration[] = [
    { Id: 'all' },
    { Id: 'some', Filter: { And: { Prefix: 'a/', Tags: TagSet } } },
    { Id: 'tagged', Filter: { Tag: { Key: 'team', Value: 'red' } } },
  ]
  for (const MetricsConfiguration of filters) {
    const { Id } = MetricsConfiguration
    await s3.send(new client.PutBucketMetricsConfigurationCommand({ Bucket, Id, MetricsConfiguration }))
    const one = await s3.send(new client.GetBucketMetricsConfigurationCommand({ Bucket, Id }))
    assert.deepEqual(one.MetricsConfiguration, MetricsConfiguration)
  }
  const all = await s3.send(new client.ListBucketMetricsConfigurationsCommand({ Bucket }))
  assert.deepEqual(all.MetricsConfigurationList, filters)

  const { Owner, Grants } = await s3.send(new client.GetBucketAclCommand({ Bucket }))
  assert.deepEqual(Grants, [{ Grantee: { ID: Owner?.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }])
  const { OwnershipControls } = await s3.send(new client.GetBucketOwnershipControlsCommand({ Bucket }))
  assert.deepEqual(OwnershipControls?.Rules, [{ ObjectOwnership: 'BucketOwnerEnforced' }])
  const { PublicAccessBlockConfiguration } = await s3.send(new client.GetPublicAccessBlockCommand({ Bucket }))
  assert.equal(PublicAccessBlockConfiguration?.RestrictPublicBuckets, true)
  const { ServerSideEncryptionConfiguration } = await s3.send(new client.GetBucketEncryptionCommand({ Bucket }))
  assert.deepEqual(ServerSideEncryptionConfiguration?.Rules?.[0]?.BlockedEncryptionTypes, { EncryptionType: ['SSE-C'] })
  assert.equal((await s3.send(new client.GetBucketRequestPaymentCommand({ Bucket }))).Payer, 'BucketOwner')
  assert.equal((await s3.send(new client.GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined)
  const { Buckets } = await s3.send(new client.ListBucketsCommand({}))
  assert.deepEqual(
    Buckets?.map(({ Name }) => Name),
    [Bucket],
  )
})

test('the SDK reads replication and logging configurations as it wrote them', async () => {
  const Source = 'replicated'
  const Target = 'logs-and-copies'
  for (const name of [Source, Target]) {
    await s3.send(new client.CreateBucketCommand({ Bucket: name }))
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await s3.send(new client.PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }))
  }
  const rule: client.ReplicationRule = {
    ...{ ID: 'r', Priority: 0, Status: 'Enabled', Filter: { Prefix: '' } },
    ...{ DeleteMarkerReplication: { Status: 'Enabled' }, Destination: { Bucket: `arn:aws:s3:::${Target}` } },
  }
  const ReplicationConfiguration = { Role: 'arn:aws:iam::000000000000:role/copier', Rules: [rule] }
  await s3.send(new client.PutBucketReplicationCommand({ Bucket: Source, ReplicationConfiguration }))
  const got = await s3.send(new client.GetBucketReplicationCommand({ Bucket: Source }))
  assert.deepEqual(got.ReplicationConfiguration, ReplicationConfiguration)

  const statement = { Effect: 'Allow', Principal: { Service: 'logging.s3.amazonaws.com' }, Action: 's3:PutObject' }
  const Statement = [{ ...statement, Resource: `arn:aws:s3:::${Target}/*` }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await s3.send(new client.PutBucketPolicyCommand({ Bucket: Target, Policy }))
  const LoggingEnabled = {
    ...{ TargetBucket: Target, TargetPrefix: 'logs/' },
    TargetObjectKeyFormat: { SimplePrefix: {} },
  }
  await s3.send(new client.PutBucketLoggingCommand({ Bucket: Source, BucketLoggingStatus: { LoggingEnabled } }))
  const logging = await s3.send(new client.GetBucketLoggingCommand({ Bucket: Source }))
  assert.deepEqual(logging.LoggingEnabled, LoggingEnabled)
})

test('the SDK lists versions, attributes, uploads and parts, and deletes many', async () => {
  await s3.send(new client.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  assert.equal((await s3.send(new client.GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
  for (const Body of ['one', 'two']) await s3.send(new client.PutObjectCommand({ Bucket, Key: 'k', Body }))
  await s3.send(new client.DeleteObjectCommand({ Bucket, Key: 'k' }))
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new client.ListObjectVersionsCommand({ Bucket }))
  assert.deepEqual([Versions.map(({ IsLatest }) => IsLatest), DeleteMarkers[0]?.IsLatest], [[false, false], true])
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
  const { Deleted, Errors } = await s3.send(new client.DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual([Deleted?.length, Errors], [3, undefined])

  const { UploadId } = await s3.send(
    new client.CreateMultipartUploadCommand({ Bucket, Key: 'parts', ChecksumAlgorithm: 'SHA256' }),
  )
  const Parts: client.CompletedPart[] = []
  for (const [index, size] of [5 * 1024 ** 2, 100].entries()) {
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: index + 1, ChecksumAlgorithm: 'SHA256' as const }
    const { ETag, ChecksumSHA256 } = await s3.send(new client.UploadPartCommand({ ...part, Body: randomBytes(size) }))
    Parts.push({ PartNumber: index + 1, ETag, ChecksumSHA256 })
  }
  const { Uploads } = await s3.send(new client.ListMultipartUploadsCommand({ Bucket }))
  assert.deepEqual([Uploads?.[0]?.UploadId, Uploads?.[0]?.ChecksumType], [UploadId, 'COMPOSITE'])
  const listed = await s3.send(new client.ListPartsCommand({ Bucket, Key: 'parts', UploadId }))
  assert.deepEqual(
    listed.Parts?.map(({ PartNumber, ETag, ChecksumSHA256 }) => ({ PartNumber, ETag, ChecksumSHA256 })),
    Parts,
  )
  await s3.send(
    new client.CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }),
  )
  const { ObjectParts, Checksum } = await s3.send(
    new client.GetObjectAttributesCommand({ Bucket, Key: 'parts', ObjectAttributes: ['ObjectParts', 'Checksum'] }),
  )
  assert.equal(Checksum?.ChecksumType, 'COMPOSITE')
  assert.deepEqual(
    [ObjectParts?.TotalPartsCount, ObjectParts?.Parts?.map(({ Size }) => Size)],
    [2, [5 * 1024 ** 2, 100]],
  )
})

test('versions and delete markers stand in one sequence, as AWS has them', async () => {
  const Interleaved = 'interleaved'
  await s3.send(new client.CreateBucketCommand({ Bucket: Interleaved }))
  const VersioningConfiguration = { Status: 'Enabled' as const }
  await s3.send(new client.PutBucketVersioningCommand({ Bucket: Interleaved, VersioningConfiguration }))
  const ids: string[] = []
  for (const Key of ['a', 'b']) {
    const put = await s3.send(new client.PutObjectCommand({ Bucket: Interleaved, Key, Body: 'x' }))
    const marker = await s3.send(new client.DeleteObjectCommand({ Bucket: Interleaved, Key }))
    const again = await s3.send(new client.PutObjectCommand({ Bucket: Interleaved, Key, Body: 'y' }))
    ids.push(...[again, marker, put].map(({ VersionId = '' }) => VersionId))
  }
  let xml = ''
  const reading = newClient()
  reading.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { response } = result as { response: { body: AsyncIterable<Buffer> & { pipe?: unknown } } }
      const pieces: Buffer[] = []
      for await (const piece of response.body) pieces.push(piece)
      xml = Buffer.concat(pieces).toString()
      response.body = Readable.from([xml])
      return result
    },
    { step: 'deserialize', priority: 'low' },
  )
  const listed = await reading.send(new client.ListObjectVersionsCommand({ Bucket: Interleaved }))
  reading.destroy()
  const places = [...xml.matchAll(/<(Version|DeleteMarker)>.*?<VersionId>([^<]+)</g)].map(([, kind, id]) => [kind, id])
  const kinds = ['Version', 'DeleteMarker', 'Version', 'Version', 'DeleteMarker', 'Version']
  assert.deepEqual(
    places,
    ids.map((id, at) => [kinds[at], id]),
  )
  assert.deepEqual([listed.Versions?.length, listed.DeleteMarkers?.length], [4, 2])
})

test('the SDK locks objects, and reads their locks', async () => {
  const Vault = 'the-vault'
  await s3.send(new client.CreateBucketCommand({ Bucket: Vault, ObjectLockEnabledForBucket: true }))
  const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 6 * hourMs)
  await s3.send(
    new client.PutObjectCommand({
      ...{ Bucket: Vault, Key: 'k', Body: 'x', ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until },
    }),
  )
  const { Retention } = await s3.send(new client.GetObjectRetentionCommand({ Bucket: Vault, Key: 'k' }))
  assert.deepEqual(Retention, { Mode: 'COMPLIANCE', RetainUntilDate: until })
  const head = await s3.send(new client.HeadObjectCommand({ Bucket: Vault, Key: 'k' }))
  assert.deepEqual([head.ObjectLockMode, head.ObjectLockRetainUntilDate], ['COMPLIANCE', until])
  await assert.rejects(
    s3.send(new client.DeleteObjectCommand({ Bucket: Vault, Key: 'k', VersionId: head.VersionId })),
    { name: 'AccessDenied', message: 'Access Denied because object protected by object lock.' },
  )
})

test('an operation that is not built answers 501, which no client repeats', async () => {
  const select = new client.SelectObjectContentCommand({
    ...{ Bucket, Key: 'k', Expression: 'select * from s3object', ExpressionType: 'SQL' },
    ...{ InputSerialization: { JSON: { Type: 'LINES' } }, OutputSerialization: { JSON: {} } },
  })
  await assert.rejects(s3.send(select), (error: client.S3ServiceException) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['NotImplemented', 501])
    return true
  })
})
