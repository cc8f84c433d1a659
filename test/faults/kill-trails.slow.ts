import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail'
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { bucketPolicy } from '../../src/services/cloudtrail/testing.ts'
import { seeded } from '../../src/testing/random.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'

const bucket = 'audit-logs'
const rounds = 8
const minuteMs = 60_000

const configOf = ({ port, credentials }: ServerProcess) => ({
  ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials, maxAttempts: 1, forcePathStyle: true },
})

/** Sets the clock of a development server; what falls due on the way is done. */
const setClock = ({ port }: ServerProcess, timeMs: number) =>
  fetch(`http://127.0.0.1:${port}/_strongroom/clock`, {
    method: 'POST',
    body: JSON.stringify({ set: new Date(timeMs).toISOString() }),
  })

test('a server that is killed while it delivers loses no event and writes no file twice with other content', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'strongroom-kill-trails-'))
  try {
    await seeded((random) => killAndRead(dataDir, random))
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

async function killAndRead(dataDir: string, random: () => number): Promise<void> {
  const acknowledged = new Set<string>()
  let timeMs = Date.now()
  const pass = (server: ServerProcess, minutes: number) => {
    timeMs += minutes * minuteMs
    return setClock(server, timeMs)
  }
  for (let round = 0; round < rounds; round++) {
    const server = await startServerProcess(dataDir, { args: ['--dev'] })
    if (round === 0) await setUp(server)
    const iam = new IAMClient(configOf(server))
    let isKilled = false
    const work = async (worker: number) => {
      for (let n = 0; !isKilled; n++) {
        const { $metadata } = await iam.send(new CreateUserCommand({ UserName: `u${round}-${worker}-${n}` }))
        acknowledged.add($metadata.requestId ?? '')
      }
    }
    const time = async () => {
      while (!isKilled) {
        await pass(server, 5)
        await pause(20)
      }
    }
    const killing = pause(300 + random() * 1500).then(async () => {
      isKilled = true
      await server.kill()
    })
    await Promise.allSettled([work(0), work(1), work(2), time(), killing])
    iam.destroy()
  }
  const server = await startServerProcess(dataDir, { args: ['--dev'] })
  await pass(server, 10)
  await pass(server, 70)
  const s3 = new S3Client(configOf(server))
  const delivered = await readFiles(s3)
  for (const id of acknowledged) assert.ok(delivered.has(id), `${id} was acknowledged and is in no file`)
  assert.ok(acknowledged.size > 50, `${acknowledged.size} calls are too few to tell`)
  await validate(server, timeMs)
  s3.destroy()
  await server.stop()
}

async function setUp(server: ServerProcess): Promise<void> {
  const [s3, cloudtrail, sts] = [
    new S3Client(configOf(server)),
    new CloudTrailClient(configOf(server)),
    new STSClient(configOf(server)),
  ]
  const { Account = '' } = await sts.send(new GetCallerIdentityCommand({}))
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const Policy = JSON.stringify(bucketPolicy(bucket, { accounts: [Account] }))
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
  const create = { Name: 'audit', S3BucketName: bucket, EnableLogFileValidation: true }
  await cloudtrail.send(new CreateTrailCommand(create))
  await cloudtrail.send(new StartLoggingCommand({ Name: 'audit' }))
  for (const client of [s3, cloudtrail, sts]) client.destroy()
}

/** Reads the request ids in all log files, and checks that the versions of each object have the same content. */
async function readFiles(s3: S3Client): Promise<Set<string>> {
  const found = new Set<string>()
  const contents = new Map<string, string>()
  let KeyMarker: string | undefined
  let VersionIdMarker: string | undefined
  do {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, KeyMarker, VersionIdMarker }))
    for (const { Key = '', VersionId } of page.Versions ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }))
      const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString()
      assert.equal(contents.get(Key) ?? text, text, `${Key} was written with two contents`)
      contents.set(Key, text)
      if (!Key.includes('/CloudTrail/')) continue
      for (const { requestID } of JSON.parse(text).Records) found.add(requestID)
    }
    KeyMarker = page.NextKeyMarker
    VersionIdMarker = page.NextVersionIdMarker
  } while (KeyMarker !== undefined)
  return found
}

async function validate({ port, credentials }: ServerProcess, timeMs: number): Promise<void> {
  if (missing('aws', '--version')) return
  const sts = new STSClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials })
  const { Account } = await sts.send(new GetCallerIdentityCommand({}))
  sts.destroy()
  const arn = `arn:aws:cloudtrail:us-east-1:${Account}:trail/audit`
  const { status, stderr, stdout } = await run(
    'aws',
    [
      ...['cloudtrail', 'validate-logs', '--trail-arn', arn, '--start-time', new Date(0).toISOString()],
      ...['--end-time', new Date(timeMs).toISOString()],
    ],
    clientEnvironment({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials } as never, credentials),
  )
  assert.equal(status, 0, stderr + stdout)
}
