import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { splitTarget, type WireRequest } from '../../src/gateway/http/wire.ts'
import type { Family } from '../../src/gateway/sigv4/authenticate.ts'
import { scopeOf } from '../../src/gateway/sigv4/signature-claim.ts'
import { missing, run } from '../fixtures/foreign.ts'
import { longTerm, temporary, verify, wire } from './requests.ts'

const skip = missing('aws', '--version')

// A listener that does nothing but verify signatures: 200 for a signature that verifies, 400 for one that does not.
const familyOf: Record<string, Family> = { kms: 'json', iam: 'query', lambda: 'rest-json', s3: 's3' }
const verifiedRequests: string[] = []
const server = createServer((message, response) => {
  readAll(message)
    .then(async (request) => {
      const service = scopeOf(request)?.service ?? ''
      const verified = await verify(request, familyOf[service] ?? 'json', { nowMs: Date.now() })
      verifiedRequests.push(`${service} ${verified.accessKeyId}`)
      response.end(answers[service])
    })
    .catch((error) => {
      response.statusCode = 400
      response.end(JSON.stringify({ __type: error.code, message: error.message }))
    })
})

const answers: Record<string, string> = {
  kms: '{"Keys":[],"Truncated":false}',
  iam:
    '<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><Users/>' +
    '<IsTruncated>false</IsTruncated></ListUsersResult></ListUsersResponse>',
  lambda: '{}',
  s3: '',
}

async function readAll(message: IncomingMessage): Promise<WireRequest> {
  const body = Buffer.concat(await message.toArray())
  const { method = '', url = '', rawHeaders, headers } = message
  return { method, ...splitTarget(url), rawHeaders, headers, body }
}

let folder: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-sigv4-'))
  // Left to itself, the CLI presigns for us-east-1 with Signature Version 2.
  writeFileSync(join(folder, 'config'), '[default]\ns3 =\n  signature_version = s3v4\n')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function aws(
  args: string[],
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = longTerm,
) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return run('aws', [...args, '--endpoint-url', endpoint(), '--region', 'us-east-1'], {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  })
}

test('the AWS CLI signs every protocol so that it verifies', { skip }, async () => {
  const file = join(folder, 'body')
  writeFileSync(file, 'body\0\xff')
  const commands: [service: string, credentials: typeof longTerm, ...args: string[]][] = [
    ['kms', longTerm, 'kms', 'list-keys'],
    ['iam', temporary, 'iam', 'list-users', '--path-prefix', '/a b+c/é/'],
    [
      'lambda',
      longTerm,
      'lambda',
      'get-function',
      '--function-name',
      'arn:aws:lambda:us-east-1:111122223333:function:f',
    ],
    ['s3', temporary, 's3api', 'put-object', '--bucket', 'b', '--key', 'a//b/../é +%.txt', '--body', file],
  ]
  await Promise.all(
    commands.map(async ([service, credentials, ...args]) => {
      const { status, stderr } = await aws(args, credentials)
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
      assert.ok(verifiedRequests.includes(`${service} ${credentials.accessKeyId}`), args.join(' '))
    }),
  )
})

test('the AWS CLI is refused when it signs with another secret, and says why', { skip }, async () => {
  const { status, stderr } = await aws(['kms', 'list-keys'], { ...longTerm, secretAccessKey: 'x'.repeat(40) })
  assert.notEqual(status, 0)
  assert.match(stderr, /InvalidSignatureException.*The request signature we calculated does not match the signature/s)
})

test('a URL that the AWS CLI presigns for S3 verifies', { skip }, async () => {
  const { stdout, stderr } = await aws(['s3', 'presign', 's3://bucket/a b/é+%.txt', '--expires-in', '60'], temporary)
  const url = new URL(stdout.trim() || assert.fail(stderr))
  const target = url.href.slice(url.origin.length)
  const request = wire({ method: 'GET', target, headers: { host: url.host } })
  const verified = await verify(request, 's3', { nowMs: Date.now() })
  assert.deepEqual([verified.presigned, verified.accessKeyId], [true, temporary.accessKeyId])
  await assert.rejects(verify(request, 's3', { nowMs: Date.now() + 120_000 }), { message: 'Request has expired' })
})
