import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as client from '@aws-sdk/client-s3'
import type { Strongroom } from '../../src/server/server.ts'
import { startTestServer } from '../fixtures/clients.ts'
import { clientEnvironment, isThere, missing, run } from '../fixtures/foreign.ts'

let server: Strongroom
let s3: client.S3Client
const folder = mkdtempSync(join(tmpdir(), 'strongroom-programs-'))
const from = join(folder, 'from')
before(async () => {
  server = await startTestServer({ logLevel: 'error' })
  const { endpoint, region, credentials } = server
  s3 = new client.S3Client({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true })
  mkdirSync(join(from, 'inner'), { recursive: true })
  writeFileSync(join(from, 'a b.txt'), 'hello')
  writeFileSync(join(from, 'inner/ü.bin'), randomBytes(12_000_000))
  for (let place = 0; place < 300; place++) writeFileSync(join(from, `inner/${place}`), `file ${place}`)
})
after(async () => {
  s3.destroy()
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** Runs a program that knows nothing of Strongroom. @returns what it printed. */
async function program(name: string, args: string[], more: Record<string, string> = {}): Promise<string> {
  const environment = { ...clientEnvironment(server, server.credentials), HOME: folder, ...more }
  const { status, stdout, stderr } = await run(name, args, environment)
  assert.equal(status, 0, `${name} ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

// No package manager that CI may use has Terraform, so it is not required there.
const noTerraform = isThere('terraform', 'version') ? false : 'there is no terraform on this machine'

const sameAs = (restored: string) => {
  for (const file of ['a b.txt', 'inner/ü.bin', 'inner/299']) {
    assert.ok(readFileSync(join(restored, file)).equals(readFileSync(join(from, file))), file)
  }
}

test('rclone copies a folder there and back, checks it, and finds nothing more to do', {
  skip: missing('rclone', 'version'),
}, async () => {
  const remote = {
    RCLONE_CONFIG_HERE_TYPE: 's3',
    RCLONE_CONFIG_HERE_PROVIDER: 'Other',
    RCLONE_CONFIG_HERE_ENV_AUTH: 'true',
    RCLONE_CONFIG_HERE_ENDPOINT: server.endpoint,
    RCLONE_CONFIG_HERE_REGION: server.region,
    RCLONE_CONFIG_HERE_FORCE_PATH_STYLE: 'true',
  }
  const rclone = (...args: string[]) => program('rclone', args, remote)
  await rclone('mkdir', 'here:rclone')
  await rclone('sync', from, 'here:rclone/copy', '--s3-chunk-size', '5M', '--s3-upload-cutoff', '5M')
  await rclone('check', from, 'here:rclone/copy')
  await rclone('sync', from, 'here:rclone/copy', '--immutable')
  assert.equal((await rclone('lsf', '-R', '--files-only', 'here:rclone/copy')).trim().split('\n').length, 302)
  await rclone('sync', 'here:rclone/copy', join(folder, 'rclone'))
  sameAs(join(folder, 'rclone'))
  await rclone('purge', 'here:rclone')
  await assert.rejects(s3.send(new client.HeadBucketCommand({ Bucket: 'rclone' })), { name: 'NotFound' })
})

test('restic backs up, checks every byte, restores and prunes', { skip: missing('restic', 'version') }, async () => {
  await s3.send(new client.CreateBucketCommand({ Bucket: 'restic' }))
  const repository = { RESTIC_REPOSITORY: `s3:${server.endpoint}/restic/backups`, RESTIC_PASSWORD: 'of the test alone' }
  const restic = (...args: string[]) => program('restic', ['--no-cache', ...args], repository)
  await restic('init')
  await restic('backup', from)
  writeFileSync(join(from, 'later.txt'), 'later')
  await restic('backup', from)
  await restic('check', '--read-data')
  await restic('restore', 'latest', '--target', join(folder, 'restic'))
  sameAs(join(folder, 'restic', from))
  await restic('forget', '--keep-last', '1', '--prune')
  assert.equal(JSON.parse(await restic('snapshots', '--json')).length, 1)
  await restic('check')
})

test('s3cmd puts, lists, gets and removes, in parts too', { skip: missing('s3cmd', '--version') }, async () => {
  const { accessKeyId, secretAccessKey } = server.credentials
  const host = new URL(server.endpoint).host
  const config = join(folder, '.s3cfg')
  const settings = {
    ...{ access_key: accessKeyId, secret_key: secretAccessKey, host_base: host, host_bucket: host },
    ...{ use_https: 'False', signature_v2: 'False', bucket_location: 'us-east-1' },
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(config, `[default]\n${lines.join('\n')}\n`)
  const s3cmd = (...args: string[]) => program('s3cmd', ['-c', config, '--no-progress', ...args])
  await s3cmd('mb', 's3://s3cmd')
  await s3cmd('put', '--multipart-chunk-size-mb=5', join(from, 'inner/ü.bin'), 's3://s3cmd/large.bin')
  await s3cmd('put', '--recursive', from, 's3://s3cmd/copy/')
  assert.match(await s3cmd('ls', 's3://s3cmd/'), /12000000 +s3:\/\/s3cmd\/large\.bin/)
  await s3cmd('get', 's3://s3cmd/large.bin', join(folder, 'large.bin'))
  assert.ok(readFileSync(join(folder, 'large.bin')).equals(readFileSync(join(from, 'inner/ü.bin'))))
  await s3cmd('del', '--recursive', '--force', 's3://s3cmd')
  await s3cmd('rb', 's3://s3cmd')
})

test('Terraform keeps its state in a bucket, and locks it with a file', {
  skip: noTerraform,
}, async () => {
  await s3.send(new client.CreateBucketCommand({ Bucket: 'terraform' }))
  const cwd = join(folder, 'terraform')
  mkdirSync(cwd)
  writeFileSync(
    join(cwd, 'main.tf'),
    `terraform {
  backend "s3" {
    bucket                      = "terraform"
    key                         = "states/main"
    region                      = "${server.region}"
    use_lockfile                = true
    use_path_style              = true
    endpoints                   = { s3 = "${server.endpoint}", sts = "${server.endpoint}", iam = "${server.endpoint}" }
  }
}
resource "terraform_data" "one" { input = "first" }
output "one" { value = terraform_data.one.output }
`,
  )
  const terraform = (...args: string[]) => program('terraform', [`-chdir=${cwd}`, ...args], { CHECKPOINT_DISABLE: '1' })
  await terraform('init', '-input=false', '-no-color')
  await terraform('apply', '-auto-approve', '-input=false', '-no-color')
  assert.equal((await terraform('output', '-raw', 'one')).trim(), 'first')
  const { Contents = [] } = await s3.send(new client.ListObjectsV2Command({ Bucket: 'terraform' }))
  // The lock is gone with the program that held it.
  assert.deepEqual(
    Contents.map(({ Key }) => Key),
    ['states/main'],
  )
  await s3.send(
    new client.PutObjectCommand({ Bucket: 'terraform', Key: 'states/main.tflock', Body: '{"ID":"another"}' }),
  )
  await assert.rejects(
    terraform('apply', '-auto-approve', '-input=false', '-no-color'),
    /PreconditionFailed|state lock/,
  )
  await s3.send(new client.DeleteObjectCommand({ Bucket: 'terraform', Key: 'states/main.tflock' }))
  await terraform('destroy', '-auto-approve', '-input=false', '-no-color')
})
