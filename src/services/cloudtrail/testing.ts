import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { CreateTrailRequest, CreateTrailResponse } from '@aws-sdk/client-cloudtrail'
import type { AuditRecord } from '../../core/audit.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { accountId, region } from '../../testing/callers.ts'
import { type CallOptions, type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { s3 } from '../s3/s3.ts'
import { sts } from '../sts/sts.ts'
import { cloudtrail } from './cloudtrail.ts'

export const bucketName = 'audit-logs'

/** The policy by which a bucket lets CloudTrail deliver, as AWS's documentation has it. */
export const bucketPolicy = (bucket: string, { prefix = '', accounts = [accountId], sourceArn = '' } = {}) => {
  const condition = sourceArn ? { 'aws:SourceArn': sourceArn } : {}
  const Principal = { Service: 'cloudtrail.amazonaws.com' }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'AWSCloudTrailAclCheck20150319', Effect: 'Allow', Principal, Action: 's3:GetBucketAcl' },
        Resource: `arn:aws:s3:::${bucket}`,
        ...(sourceArn && { Condition: { StringEquals: condition } }),
      },
      {
        ...{ Sid: 'AWSCloudTrailWrite20150319', Effect: 'Allow', Principal, Action: 's3:PutObject' },
        Resource: accounts.map((account) => `arn:aws:s3:::${bucket}/${prefix}AWSLogs/${account}/*`),
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', ...condition } },
      },
    ],
  }
}

export const trailArnOf = (name: string, inRegion = region) =>
  `arn:aws:cloudtrail:${inRegion}:${accountId}:trail/${name}`

/** CloudTrail with S3 beside it, and shorter words for what tests do most; a bucket is there that lets CloudTrail deliver. */
export async function cloudtrailFixture({
  modules = [],
  ...options
}: FixtureOptions & { modules?: ServiceModule[] } = {}) {
  const fixture = await serviceFixture([cloudtrail, s3, sts, ...modules], { allDataEvents: false, ...options })
  const call = fixture.call
  const trail = <R = Record<string, unknown>>(operation: string, input: object, as?: CallOptions) =>
    call('cloudtrail', operation, input, as) as Promise<R>
  const bucket = async (name: string, policy: object | undefined = bucketPolicy(name), as?: CallOptions) => {
    const elsewhere = as?.region && as.region !== region && { LocationConstraint: as.region }
    await call('s3', 'CreateBucket', { Bucket: name, ...(elsewhere && { CreateBucketConfiguration: elsewhere }) }, as)
    if (policy) await call('s3', 'PutBucketPolicy', { Bucket: name, Policy: JSON.stringify(policy) }, as)
  }
  const keys = async (Prefix = 'AWSLogs/', Bucket = bucketName): Promise<string[]> => {
    const found: string[] = []
    for (;;) {
      const page = await call('s3', 'ListObjectsV2', { Bucket, Prefix, StartAfter: found.at(-1) ?? '' })
      const { Contents = [] } = page as { Contents?: { Key: string }[] }
      if (Contents.length === 0) return found
      found.push(...Contents.map(({ Key }) => Key))
    }
  }
  const object = async (Key: string, Bucket = bucketName) => {
    const found = (await call('s3', 'GetObject', { Bucket, Key })) as {
      Body: Buffer | Readable
      Metadata?: Record<string, string>
    }
    const bytes = Buffer.isBuffer(found.Body) ? found.Body : await buffer(found.Body)
    return { ...found, text: gunzipSync(bytes).toString() }
  }
  await bucket(bucketName)
  return {
    ...fixture,
    trail,
    /** Makes a bucket, with a policy that lets CloudTrail deliver unless another is given. */
    bucket,
    /** Makes a trail and starts it. @returns its ARN. */
    start: async (Name: string, more: Partial<CreateTrailRequest> = {}, as?: CallOptions) => {
      const { TrailARN = '' } = await trail<CreateTrailResponse>(
        'CreateTrail',
        { Name, S3BucketName: bucketName, ...more },
        as,
      )
      await trail('StartLogging', { Name }, as)
      return TrailARN
    },
    keys,
    object,
    /** The events of all log files under a prefix. */
    events: async (prefix = `AWSLogs/${accountId}/CloudTrail/`, inBucket = bucketName): Promise<AuditRecord[]> => {
      const found: AuditRecord[] = []
      for (const key of await keys(prefix, inBucket)) {
        found.push(...(JSON.parse((await object(key, inBucket)).text) as { Records: AuditRecord[] }).Records)
      }
      // Files of one slot are in no order.
      const order = new Map(fixture.store.records.map(({ eventID }, at) => [eventID, at]))
      return found.sort((a, b) => (order.get(a.eventID) ?? 0) - (order.get(b.eventID) ?? 0))
    },
    /** Takes what is recorded, and lets so many minutes pass. */
    pass: async (minutes: number) => {
      await fixture.settle()
      await fixture.advance(minutes * 60_000)
      await fixture.settle()
    },
  }
}
