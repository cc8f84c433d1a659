import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  CreateTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import pg from 'pg'
import { type Strongroom, startStrongroom } from '../../src/server/server.ts'
import { bucketPolicy } from '../../src/services/cloudtrail/testing.ts'
import { eventually } from '../../src/testing/eventually.ts'
import { clientsOf } from '../fixtures/clients.ts'
import { startPostgres } from '../fixtures/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-trails-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const bucket = 'audit-logs'
const accountId = '111122223333'

const s3On = ({ endpoint, region, credentials }: Strongroom) =>
  new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })

test('a trail takes the calls on every node of a PostgreSQL database, and each once', async (t) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return t.skip(postgres)
  const nodes: Strongroom[] = []
  try {
    const databaseUrl = await postgres.newDatabase()
    const rootKey = { kind: 'value', value: 'ab'.repeat(32), from: 'the test' } as const
    for (const name of ['one', 'two']) {
      const dataDir = join(folder, name)
      nodes.push(await startStrongroom({ port: 0, databaseUrl, dataDir, rootKey, accountId, logLevel: 'error' }))
    }
    const [one, two] = nodes as [Strongroom, Strongroom]
    const s3 = s3On(one)
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    await s3.send(new CreateBucketCommand({ Bucket: 'photos' }))
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(bucketPolicy(bucket)) }))
    const { cloudtrail } = clientsOf(one)
    const create = { Name: 'audit', S3BucketName: bucket, EnableLogFileValidation: true }
    await cloudtrail.send(new CreateTrailCommand(create))
    const DataResources = [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::photos/'] }]
    const EventSelectors = [{ DataResources }]
    await cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'audit', EventSelectors }))
    await cloudtrail.send(new StartLoggingCommand({ Name: 'audit' }))
    const called: string[] = []
    for (const [at, node] of nodes.entries()) {
      const { iam } = clientsOf(node)
      for (let n = 0; n < 20; n++) {
        const { $metadata } = await iam.send(new CreateUserCommand({ UserName: `u${at}-${n}` }))
        called.push($metadata.requestId ?? '')
      }
    }
    // The other node records data events as soon as it has seen that a trail wants them.
    await eventually(async () => {
      await s3On(two).send(new PutObjectCommand({ Bucket: 'photos', Key: 'k', Body: 'x' }))
      return isRecorded(databaseUrl, '%"PutObject"%photos%')
    })
    await clientsOf(two).cloudtrail.send(new StopLoggingCommand({ Name: 'audit' }))
    const found = await eventually(
      () => recordsIn(s3),
      (records) => records.some(({ eventName }) => eventName === 'StopLogging'),
    )
    const ids = found.map(({ requestID }) => requestID)
    for (const id of called) assert.equal(ids.filter((one) => one === id).length, 1)
    assert.ok(found.some(({ eventName }) => eventName === 'PutObject'))
  } finally {
    for (const node of nodes) await node.stop()
    await postgres.stop()
  }
})

/** Returns whether the ledger has a record like this. */
async function isRecorded(connectionString: string, pattern: string): Promise<boolean> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM ledger_records WHERE record LIKE $1 LIMIT 1', [pattern])
    return rowCount === 1
  } finally {
    await client.end()
  }
}

interface Found {
  eventName: string
  requestID: string
}

async function recordsIn(s3: S3Client): Promise<Found[]> {
  const Prefix = `AWSLogs/${accountId}/CloudTrail/`
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))
  const files = Contents.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    return JSON.parse(gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString())
      .Records as Found[]
  })
  return (await Promise.all(files)).flat()
}
