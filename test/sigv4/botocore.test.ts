import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Family } from '../../src/gateway/sigv4/authenticate.ts'
import { missing, run } from '../fixtures/foreign.ts'
import { plainRequest } from './generated.ts'
import { longTerm, type Plain, refusal, serviceOf, strictly, temporary, verify, wire } from './requests.ts'

const script = fileURLToPath(new URL('sign_with_botocore.py', import.meta.url))
const skip = missing('python3', '-c', 'import botocore')

type Signer = 'SigV4Auth' | 'SigV4QueryAuth' | 'S3SigV4Auth' | 'S3SigV4QueryAuth'

interface Asked {
  signer: Signer
  service: string
  method: string
  url: string
  params: Record<string, string>
  headers: [string, string][]
  body: string
  credentials: typeof longTerm
}

/** Signs with the machine's time: botocore takes no other. */
async function signedByBotocore(asked: readonly Asked[]) {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  const { status, stdout, stderr } = await run('python3', [script], env, JSON.stringify(asked))
  assert.equal(status, 0, stderr)
  const sent: { method: string; target: string; headers: [string, string][]; body: string }[] = JSON.parse(stdout)
  return sent.map((request) => wire({ ...request, body: Buffer.from(request.body, 'base64') }))
}

function asked(
  { method, path, query, headers, body }: Plain,
  signer: Signer,
  options: { family: Family; index: number },
): Asked {
  const pieces = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${strictly(name)}=${strictly(value)}`),
  )
  return {
    signer,
    service: serviceOf[options.family],
    method,
    url: `http://localhost:4566${path}${pieces.length > 0 ? `?${pieces.join('&')}` : ''}`,
    params: {},
    headers: Object.entries(headers),
    // To presign, botocore moves the body into the query, and can read forms and JSON only.
    body: signer.includes('Query') ? '' : Buffer.from(body).toString('base64'),
    credentials: options.index % 2 === 0 ? longTerm : temporary,
  }
}

const cases: [family: Family, signer: Signer][] = [
  ['json', 'SigV4Auth'],
  ['query', 'SigV4QueryAuth'],
  ['s3', 'S3SigV4Auth'],
  ['s3', 'S3SigV4QueryAuth'],
]

for (const [family, signer] of cases) {
  test(`whatever botocore's ${signer} signs for the ${family} family verifies`, { skip }, async () => {
    const samples = fc.sample(plainRequest(family === 's3'), 150)
    const requests = await signedByBotocore(samples.map((plain, index) => asked(plain, signer, { family, index })))
    const nowMs = Date.now()
    for (const [index, request] of requests.entries()) {
      const verified = await verify(request, family, { nowMs }).catch((error) =>
        assert.fail(`${JSON.stringify(samples[index])}: ${error.message} ${JSON.stringify(error.members)}`),
      )
      assert.equal(verified.presigned, signer.includes('Query'))
      const other = { ...request, path: `${request.path}x` }
      assert.ok((await refusal(other, family, { nowMs })).code)
    }
  })
}

test('parameters that botocore sends with + for a space verify as it signed them', { skip }, async () => {
  const plain: Plain = { method: 'GET', path: '/', query: {}, headers: {}, body: '' }
  const params = { Action: 'Do it', 'a b': 'c+d %&=~é' }
  const [request] = await signedByBotocore([{ ...asked(plain, 'SigV4Auth', { family: 'query', index: 0 }), params }])
  assert.match(request?.query ?? '', /Do\+it/)
  await verify(request ?? assert.fail(), 'query', { nowMs: Date.now() })
})

test('repeated headers and a Date header verify as botocore signs them', { skip }, async () => {
  const plain: Plain = { method: 'POST', path: '/', query: {}, headers: {}, body: 'b' }
  const headers: [string, string][] = [
    ['x-many', 'b  b'],
    ['X-Many', ' a'],
    ['x-other', '1'],
    ['x-many', 'a'],
    ['Date', 'anything'],
  ]
  const [request] = await signedByBotocore([{ ...asked(plain, 'SigV4Auth', { family: 'json', index: 1 }), headers }])
  assert.equal(request?.headers['x-amz-date'], undefined)
  await verify(request ?? assert.fail(), 'json', { nowMs: Date.now() })
})
