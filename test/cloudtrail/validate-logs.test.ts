import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  ListPublicKeysCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Strongroom } from '../../src/server/server.ts'
import { bucketPolicy } from '../../src/services/cloudtrail/testing.ts'
import { clientsOf, startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'

// What the AWS CLI says of digests and files: scenarios 39 to 47 of the specification. Each begins with a bucket of its own.

const accountId = '111122223333'
const skip = missing('aws', '--version')
const startTime = new Date('2026-03-01T00:30:00Z')

let server: Strongroom
let s3: S3Client
before(async () => {
  server = await startTestServer({ accountId, clock: startTime })
  const { endpoint, region, credentials } = server
  s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
})
after(() => server.stop())

let count = 0

/** Makes a trail that validates, and lets hours pass with some activity in each. */
async function busyTrail(hours: number, more: { IsMultiRegionTrail?: boolean } = {}) {
  const name = `trail${++count}`
  const bucket = `${name}-logs`
  const begun = server.now()
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const Policy = JSON.stringify(bucketPolicy(bucket))
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
  const { cloudtrail, iam } = clientsOf(server)
  // A Region has five trails at most.
  if (count > 1) await cloudtrail.send(new DeleteTrailCommand({ Name: `trail${count - 1}` }))
  const create = { Name: name, S3BucketName: bucket, EnableLogFileValidation: true, ...more }
  const { TrailARN = '' } = await cloudtrail.send(new CreateTrailCommand(create))
  await cloudtrail.send(new StartLoggingCommand({ Name: name }))
  for (let hour = 0; hour < hours; hour++) {
    await iam.send(new CreateUserCommand({ UserName: `${name}-${hour}` }))
    await server.advance(3600)
  }
  await server.advance(60)
  const keys = async (folder: string, region = server.region) => {
    const Prefix = `AWSLogs/${accountId}/${folder}/${region}/`
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))
    return Contents.map(({ Key = '' }) => Key)
  }
  return {
    name,
    bucket,
    arn: TrailARN,
    logs: (region?: string) => keys('CloudTrail', region),
    digests: (region?: string) => keys('CloudTrail-Digest', region),
    /** Runs `aws cloudtrail validate-logs` over the life of the trail. */
    validate: (...args: string[]) =>
      run(
        'aws',
        [
          ...['cloudtrail', 'validate-logs', '--trail-arn', TrailARN, '--verbose'],
          ...['--start-time', begun.toISOString(), '--end-time', server.now().toISOString(), ...args],
        ],
        clientEnvironment(server, server.credentials),
      ),
  }
}

async function read(Bucket: string, Key: string) {
  const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), Metadata }
}

const write = (Bucket: string, Key: string, Body: Uint8Array, Metadata?: Record<string, string>) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }))

test('scenarios 39 and 46: the AWS CLI finds all digests and files of busy and of quiet hours valid', {
  skip,
}, async () => {
  const { validate, digests, logs } = await busyTrail(3)
  await server.advance(2 * 3600)
  const { status, stdout, stderr } = await validate()
  assert.equal(status, 0, stderr)
  assert.match(stdout, new RegExp(`${(await digests()).length}/${(await digests()).length} digest files valid`))
  assert.match(stdout, new RegExp(`${(await logs()).length}/${(await logs()).length} log files valid`))
  assert.equal((await digests()).length, 5)
})

test('scenario 40: a changed file is named, and one that was only compressed anew is not', { skip }, async () => {
  const { validate, bucket, logs } = await busyTrail(2)
  const [first = '', second = ''] = await logs()

  const text = gunzipSync((await read(bucket, first)).bytes).toString()
  await write(bucket, first, gzipSync(text.replace('"CreateUser"', '"DeleteUser"').replace('us-east-1', 'us-east-2')))
  await write(bucket, second, gzipSync(gunzipSync((await read(bucket, second)).bytes), { level: 1 }))
  const { status, stdout, stderr } = await validate()
  assert.equal(status, 1)
  assert.equal(stderr.trim(), `Log file\ts3://${bucket}/${first}\tINVALID: hash value doesn't match`)
  assert.match(stdout, /2\/2 digest files valid/)
})

test('scenario 41: files that are gone or are no longer compressed are named', { skip }, async () => {
  const { validate, bucket, logs } = await busyTrail(2)
  const [gone = '', plain = ''] = await logs()
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: gone }))
  await write(bucket, plain, Buffer.from('plain text'))
  const { status, stderr } = await validate()
  assert.equal(status, 1)
  const lines = stderr.trim().split(/\n+/).sort()
  assert.deepEqual(
    lines,
    [
      `Log file\ts3://${bucket}/${gone}\tINVALID: not found`,
      `Log file\ts3://${bucket}/${plain}\tINVALID: invalid format`,
    ].sort(),
  )
})

test('scenario 42: a digest in the middle that is gone is named, and the older ones are still validated', {
  skip,
}, async () => {
  const { validate, bucket, digests } = await busyTrail(3)
  const [, middle = ''] = await digests()
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: middle }))
  const { status, stdout, stderr } = await validate()
  assert.equal(status, 1)
  assert.match(stderr, new RegExp(`Digest file\ts3://${bucket}/${middle}\tINVALID: not found`))
  assert.match(stdout, /2\/3 digest files valid, 1\/3 digest files INVALID/)
})

test('scenario 43: a digest that was copied to another key is named as moved', { skip }, async () => {
  const { validate, bucket, digests } = await busyTrail(2)
  const [first = '', second = ''] = await digests()
  await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: second, CopySource: `${bucket}/${first}` }))
  const { status, stderr } = await validate()
  assert.equal(status, 1)
  assert.match(stderr, new RegExp(`${second}\tINVALID: has been moved from its original location`))
})

test('scenario 44: a digest that was edited, or lost its signature, is named', { skip }, async () => {
  const { validate, bucket, digests } = await busyTrail(3)
  const [first = '', second = ''] = await digests()
  const { bytes, Metadata } = await read(bucket, second)
  const edited = { ...JSON.parse(gunzipSync(bytes).toString()), logFiles: [] }
  await write(bucket, second, gzipSync(JSON.stringify(edited)), Metadata)
  await write(bucket, first, (await read(bucket, first)).bytes)
  const { status, stderr } = await validate()
  assert.equal(status, 1)
  for (const key of [first, second]) assert.match(stderr, new RegExp(`${key}\tINVALID: signature verification failed`))
})

test('scenario 45: logging that was stopped for hours leaves a gap that is printed and no error', {
  skip,
}, async () => {
  const { validate, name, digests } = await busyTrail(2)
  const { cloudtrail } = clientsOf(server)
  await cloudtrail.send(new StopLoggingCommand({ Name: name }))
  await server.advance(3 * 3600)
  await cloudtrail.send(new StartLoggingCommand({ Name: name }))
  await server.advance(3700)
  const { status, stdout, stderr } = await validate()
  assert.equal(status, 0, stderr)
  assert.match(stderr, /^\s*No log files were delivered by CloudTrail between [^\n]+\s*$/)
  assert.match(stdout, new RegExp(`${(await digests()).length}/${(await digests()).length} digest files valid`))
})

test('scenario 47: digests of another Region are verified with the keys of that Region', { skip }, async () => {
  const { validate, digests } = await busyTrail(1, { IsMultiRegionTrail: true })
  const european = clientsOf(server, server.credentials, 'eu-west-1')
  await european.kms.send(new CreateKeyCommand({}))
  await server.advance(2 * 3600)
  const { status, stdout, stderr } = await validate('--region', 'eu-west-1')
  assert.equal(status, 0, stderr)
  const made = await digests('eu-west-1')
  assert.ok(made.length > 0)
  assert.match(stdout, new RegExp(`${made.length}/${made.length} digest files valid`))
  const prints = await Promise.all(
    [clientsOf(server), european].map(async ({ cloudtrail }) => {
      const { PublicKeyList = [] } = await cloudtrail.send(new ListPublicKeysCommand({}))
      return PublicKeyList.map(({ Fingerprint }) => Fingerprint)
    }),
  )
  assert.notDeepEqual(prints[0], prints[1])
})
