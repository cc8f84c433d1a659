import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, missing, run } from '../fixtures/foreign.ts'

let server: Strongroom
const folder = mkdtempSync(join(tmpdir(), 'strongroom-s3-'))
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const noCli = missing('aws', '--version')
const noBoto3 = missing('python3', '-c', 'import boto3')

/** Runs the AWS CLI. @returns what it printed. */
async function s3(...args: string[]): Promise<string> {
  // Version 1 of the CLI makes URLs of Signature Version 2 unless its configuration says otherwise.
  const config = join(folder, 'config')
  writeFileSync(config, '[default]\ns3 =\n  signature_version = s3v4\n')
  const environment = { ...clientEnvironment(server, server.credentials), AWS_CONFIG_FILE: config }
  const { status, stdout, stderr } = await run('aws', args, environment)
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

test('the AWS CLI makes a bucket, copies, lists, synchronises, presigns and removes', { skip: noCli }, async () => {
  const large = randomBytes(20 * 1024 ** 2)
  mkdirSync(join(folder, 'from/inner'), { recursive: true })
  writeFileSync(join(folder, 'from/a b.txt'), 'hello')
  writeFileSync(join(folder, 'from/inner/ü.bin'), large)
  await s3('s3', 'mb', 's3://cli-bucket')
  await s3('s3', 'sync', join(folder, 'from'), 's3://cli-bucket/copied')
  const listed = await s3('s3', 'ls', '--recursive', 's3://cli-bucket/')
  assert.match(listed, / 5 copied\/a b\.txt\n/)
  assert.match(listed, /20971520 copied\/inner\/ü\.bin\n/)
  assert.match(await s3('s3', 'ls', 's3://cli-bucket/copied/'), /PRE inner\/\n/)
  await s3('s3', 'cp', 's3://cli-bucket/copied/inner/ü.bin', join(folder, 'back.bin'))
  assert.ok(readFileSync(join(folder, 'back.bin')).equals(large))
  await s3('s3', 'cp', 's3://cli-bucket/copied/inner/ü.bin', 's3://cli-bucket/again.bin')
  await s3('s3', 'mv', 's3://cli-bucket/again.bin', join(folder, 'moved.bin'))
  assert.ok(readFileSync(join(folder, 'moved.bin')).equals(large))
  const url = (await s3('s3', 'presign', 's3://cli-bucket/copied/a b.txt')).trim()
  assert.equal(await (await fetch(url)).text(), 'hello')
  await s3('s3', 'rm', '--recursive', 's3://cli-bucket')
  await s3('s3api', 'put-bucket-versioning', '--bucket', 'cli-bucket', '--versioning-configuration', 'Status=Enabled')
  for (const key of ['a', 'b']) {
    await s3('s3api', 'put-object', '--bucket', 'cli-bucket', '--key', key)
    await s3('s3api', 'delete-object', '--bucket', 'cli-bucket', '--key', key)
  }
  const versions = JSON.parse(await s3('s3api', 'list-object-versions', '--bucket', 'cli-bucket', '--output', 'json'))
  const keysOf = (entries: { Key: string }[]) => entries.map(({ Key }) => Key)
  assert.deepEqual(
    [keysOf(versions.Versions), keysOf(versions.DeleteMarkers)],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  )
  const Objects = [...versions.Versions, ...versions.DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
  await s3('s3api', 'delete-objects', '--bucket', 'cli-bucket', '--delete', JSON.stringify({ Objects }))
  await s3('s3', 'rb', 's3://cli-bucket')
})

const program = `
import boto3, io, os, sys, threading
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
s3.create_bucket(Bucket='boto-bucket')
data = os.urandom(25 * 1024 * 1024)
config = TransferConfig(multipart_threshold=6 * 1024 * 1024, multipart_chunksize=6 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(data), 'boto-bucket', 'big', Config=config, ExtraArgs={'Metadata': {'a': 'b'}})
got = io.BytesIO()
s3.download_fileobj('boto-bucket', 'big', got, Config=config)
assert got.getvalue() == data
head = s3.head_object(Bucket='boto-bucket', Key='big')
assert head['ETag'].endswith('-5"') and head['Metadata'] == {'a': 'b'} and head['ContentLength'] == len(data), head
s3.copy({'Bucket': 'boto-bucket', 'Key': 'big'}, 'boto-bucket', 'copy', Config=config)
assert s3.get_object(Bucket='boto-bucket', Key='copy')['Body'].read() == data
for key in ['x y', 'x+y', 'x/z', 'x%41', '\\u00fc']:
    s3.put_object(Bucket='boto-bucket', Key=key, Body=key.encode())
keys = [o['Key'] for page in s3.get_paginator('list_objects_v2').paginate(Bucket='boto-bucket', PaginationConfig={'PageSize': 2}) for o in page['Contents']]
assert keys == sorted(['big', 'copy', 'x y', 'x+y', 'x/z', 'x%41', '\\u00fc'], key=lambda k: k.encode()), keys
try:
    s3.get_object(Bucket='boto-bucket', Key='none')
    raise AssertionError('it is there')
except s3.exceptions.NoSuchKey as error:
    assert error.response['Error']['Key'] == 'none'
answer = s3.delete_objects(Bucket='boto-bucket', Delete={'Objects': [{'Key': key} for key in keys]})
assert len(answer['Deleted']) == 7, answer
there = boto3.client('s3', region_name='eu-west-1')
there.create_bucket(Bucket='boto-ireland', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_object(Bucket='boto-ireland', Key='k', Body=b'through a redirect')
assert there.get_object(Bucket='boto-ireland', Key='k')['Body'].read() == b'through a redirect'
print('done')
`

test('boto3 and its transfer manager upload, download, copy, list and delete', { skip: noBoto3 }, async () => {
  const { status, stdout, stderr } = await run(
    'python3',
    ['-c', program],
    clientEnvironment(server, server.credentials),
  )
  assert.equal(status, 0, stderr)
  assert.equal(stdout.trim(), 'done')
})
