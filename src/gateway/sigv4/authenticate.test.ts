import assert from 'node:assert/strict'
import { createHash, createHmac, hash } from 'node:crypto'
import { test } from 'node:test'
import {
  accessKeyId,
  authorizationOf,
  caller,
  longTerm,
  nowMs,
  presigned,
  refusal,
  resolver,
  secretAccessKey,
  sessionToken,
  signed,
  signedAt,
  temporary,
  temporaryKeyId,
  verify,
  wire,
  withAuthorization,
  withHeader,
  withQuery,
} from '../../../test/sigv4/requests.ts'
import type { Family } from './authenticate.ts'

const families: Family[] = ['json', 'rest-json', 'query', 's3']
const mismatch = /^The request signature we calculated does not match the signature you provided/

const assertMismatch = async (...[request, family, options]: Parameters<typeof refusal>) =>
  assert.match((await refusal(request, family, options)).message, mismatch)

test('the published GET of S3 verifies, and its signature is the one published', async () => {
  const request = wire({
    method: 'GET',
    target: '/test.txt',
    headers: {
      Host: 'examplebucket.s3.amazonaws.com',
      Range: 'bytes=0-9',
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': hash('sha256', ''),
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  })
  const options = { nowMs: Date.parse('2013-05-24T00:00:00Z') }
  assert.deepEqual(await verify(request, 's3', options), {
    caller,
    accessKeyId,
    region: 'us-east-1',
    signedHeaders: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'],
    signature: { form: 'header', ageMs: 0, payloadHash: createHash('sha256').digest('hex') },
    presigned: false,
  })
  await assertMismatch(withHeader(request, 'range', 'bytes=0-8'), 's3', options)
})

test('the published presigned GET of S3 verifies for a day', async () => {
  const request = wire({
    method: 'GET',
    target:
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3' +
      '%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    headers: { Host: 'examplebucket.s3.amazonaws.com' },
  })
  for (const time of ['2013-05-23T23:45:00Z', '2013-05-24T00:00:00Z', '2013-05-25T00:00:00.999Z']) {
    const verified = await verify(request, 's3', { nowMs: Date.parse(time) })
    assert.equal(verified.presigned, true)
    assert.deepEqual(verified.signedHeaders, ['host'])
  }
  for (const time of ['2013-05-23T23:44:59Z', '2013-05-25T00:00:01Z']) {
    assert.equal((await refusal(request, 's3', { nowMs: Date.parse(time) })).code, 'AccessDenied')
  }
})

test('the published GET of ListUsers verifies', async () => {
  // AWS General Reference, the worked example of Signature Version 4.
  const exampleSecret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
  const request = wire({
    method: 'GET',
    target: '/?Action=ListUsers&Version=2010-05-08',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      host: 'iam.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    },
  })
  const options = {
    nowMs: Date.parse('2015-08-30T12:36:00Z'),
    resolver: { resolve: async () => ({ caller, secretAccessKey: exampleSecret }) },
  }
  assert.equal((await verify(request, 'query', options)).accessKeyId, 'AKIDEXAMPLE')
  await assertMismatch(
    withQuery(request, (query) => query.replace('ListUsers', 'ListRoles')),
    'query',
    options,
  )
})

test('every family takes long-term and temporary keys, in the header and in the query', async () => {
  const parts = { body: '{"a":1}', path: '/a%20b/%C3%A9', query: { x: 'a b+c', y: ['2', '1'] } }
  for (const family of families) {
    for (const credentials of [longTerm, temporary]) {
      const { accessKeyId } = credentials
      const inHeader = await verify(await signed(parts, { family, credentials }), family)
      assert.deepEqual([inHeader.accessKeyId, inHeader.presigned, inHeader.caller], [accessKeyId, false, caller])
      const forS3 = family === 's3' ? { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } } : {}
      const inQuery = await verify(await presigned({ ...parts, ...forS3 }, { family, credentials }), family)
      assert.deepEqual([inQuery.accessKeyId, inQuery.presigned, inQuery.region], [accessKeyId, true, 'us-east-1'])
    }
  }
})

test('the resolver is asked for the key and the token as they were sent', async () => {
  const asked: unknown[] = []
  const options = {
    resolver: {
      resolve: async (...question: unknown[]) => {
        asked.push(question)
        return { caller, secretAccessKey }
      },
    },
  }
  await verify(await signed({}, { family: 'json' }), 'json', options)
  await verify(await signed({}, { family: 'json', credentials: temporary }), 'json', options)
  await verify(await presigned({}, { family: 'json', credentials: temporary }), 'json', options)
  assert.deepEqual(asked, [
    [accessKeyId, undefined],
    [temporaryKeyId, sessionToken],
    [temporaryKeyId, sessionToken],
  ])
})

test('a fault of the resolver passes through as it is', async () => {
  const fault = new Error('the store is gone')
  const request = await signed({}, { family: 'json' })
  const options = { resolver: { resolve: () => Promise.reject(fault) } }
  await assert.rejects(verify(request, 'json', options), (error) => error === fault)
})

test('a secret that was replaced no longer verifies, however often it did', async () => {
  const request = await signed({}, { family: 'json' })
  await verify(request, 'json')
  await verify(request, 'json')
  const replaced = { resolver: { resolve: async () => ({ caller, secretAccessKey: 'x'.repeat(40) }) } }
  await assertMismatch(request, 'json', replaced)
  const credentials = { ...longTerm, secretAccessKey: 'x'.repeat(40) }
  await verify(await signed({}, { family: 'json', credentials }), 'json', replaced)
  await assertMismatch(request, 'json', replaced)
  await verify(request, 'json')
})

test('a signature is valid for 15 minutes either way by default, or for the skew that is set', async () => {
  const request = await signed({}, { family: 'json' })
  const minute = 60_000
  for (const lateMs of [-15 * minute, 15 * minute, 15 * minute + 999]) {
    await verify(request, 'json', { nowMs: nowMs + lateMs })
  }
  for (const lateMs of [-15 * minute - 1, 15 * minute + 1000]) await refusal(request, 'json', { nowMs: nowMs + lateMs })
  await verify(request, 'json', { nowMs: nowMs + 30 * minute, maxSkewSeconds: 1800 })
  await refusal(request, 'json', { nowMs: nowMs + 61_000, maxSkewSeconds: 60 })
})

test('a presigned request outside S3 without an expiry is good for 15 minutes', async () => {
  const request = manuallyPresigned('', '')
  await verify(request, 'json', { nowMs: nowMs + 900_000 })
  assert.match((await refusal(request, 'json', { nowMs: nowMs + 901_000 })).message, /- 15 min\.\)$/)
  const brief = manuallyPresigned('&X-Amz-Expires=90', '')
  await verify(brief, 'json', { nowMs: nowMs + 90_000 })
  assert.match((await refusal(brief, 'json', { nowMs: nowMs + 91_000 })).message, /- 90 sec\.\)$/)
})

test('a session token may be appended to a presigned request after signing', async () => {
  const token = encodeURIComponent(sessionToken)
  const request = manuallyPresigned('&X-Amz-Expires=60', `&X-Amz-Security-Token=${token}`, temporaryKeyId)
  await verify(request, 'json')
  // Nothing else may be, and a signed one may not be taken away.
  await assertMismatch(
    withQuery(request, (query) => `${query}&a=1`),
    'json',
  )
  const withToken = await presigned({}, { family: 'json', credentials: temporary })
  const without = withQuery(withToken, (query) => query.replace(/X-Amz-Security-Token=[^&]*&?/, ''))
  assert.equal((await refusal(without, 'json')).code, 'UnrecognizedClientException')
})

const handScope = '20260301/us-east-1/kms/aws4_request'

/** The signature of a canonical request, computed as the documentation describes. */
function handSignature(canonicalRequest: string): string {
  const text = `AWS4-HMAC-SHA256\n20260301T120000Z\n${handScope}\n${hash('sha256', canonicalRequest)}`
  const hmac = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest()
  const key = handScope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, text).toString('hex')
}

/** A presigned GET, with what SDKs never leave out left out. */
function manuallyPresigned(inside: string, appended: string, keyId = accessKeyId) {
  const query =
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${keyId}/${handScope}`)}` +
    `&X-Amz-Date=20260301T120000Z${inside}&X-Amz-SignedHeaders=host`
  const signature = handSignature(`GET\n/\n${query}\nhost:localhost\n\nhost\n${hash('sha256', '')}`)
  const target = `/?${query}${appended}&X-Amz-Signature=${signature}`
  return wire({ method: 'GET', target, headers: { host: 'localhost' } })
}

test('the Date header serves where X-Amz-Date is missing, in both of its formats', async () => {
  const datedBy = (date: string) => {
    const canonical = `GET\n/\n\ndate:${date}\nhost:localhost\n\ndate;host\n${hash('sha256', '')}`
    const parts = `Credential=${accessKeyId}/${handScope}, SignedHeaders=date;host`
    const authorization = `AWS4-HMAC-SHA256 ${parts}, Signature=${handSignature(canonical)}`
    return wire({ method: 'GET', headers: { date, host: 'localhost', authorization } })
  }
  for (const date of ['20260301T120000Z', 'Sun, 01 Mar 2026 12:00:00 GMT', 'Sun, 01 Mar 2026 12:00:00 -0000']) {
    await verify(datedBy(date), 'json')
  }
  assert.match((await refusal(datedBy('2026-03-01'), 'json')).message, /^Date must be/)
  // X-Amz-Date wins.
  const request = await signed({}, { family: 'json' })
  await verify(withHeader(request, 'date', 'Sun, 01 Mar 2020 12:00:00 GMT'), 'json')
})

test('headers that no signature covers may come and go', async () => {
  const request = await signed({ body: 'b', headers: { 'x-amz-target': 'T.A' } }, { family: 'json' })
  for (const name of ['user-agent', 'connection', 'content-length', 'expect', 'x-amzn-trace-id', 'accept']) {
    await verify(withHeader(request, name, 'anything'), 'json')
  }
})

test('the order and case of headers and of SignedHeaders do not matter', async () => {
  const request = await signed({ headers: { 'x-amz-target': 'T.A' } }, { family: 'json' })
  const shouted = request.rawHeaders.map((text, index) => (index % 2 === 0 ? text.toUpperCase() : text))
  await verify({ ...request, rawHeaders: shouted }, 'json')
  const pairs = request.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, request.rawHeaders[index + 1] ?? '']] : [],
  )
  await verify({ ...request, rawHeaders: pairs.reverse().flat() }, 'json')
  const reversed = withAuthorization(request, (text) =>
    text.replace(
      /SignedHeaders=([^,]+)/,
      (_, names) => `SignedHeaders=${names.split(';').reverse().join(';').toUpperCase()}`,
    ),
  )
  await verify(reversed, 'json')
})

test('a signed header cannot be shadowed by another of its name, before or after it', async () => {
  const request = await signed(
    { headers: { 'x-amz-target': 'T.A', 'x-other': '' } },
    { family: 'json', credentials: temporary },
  )
  await verify(request, 'json')
  for (const name of ['host', 'x-amz-date', 'x-amz-target', 'x-amz-security-token', 'x-other']) {
    const value = request.headers[name] as string
    for (const second of [value, 'other']) {
      await refusal({ ...request, rawHeaders: [...request.rawHeaders, name, second] }, 'json')
      await refusal({ ...request, rawHeaders: [name, second, ...request.rawHeaders] }, 'json')
    }
  }
  for (const second of [authorizationOf(request), 'A Credential=a', 'A SignedHeaders=host', 'A Signature=0']) {
    await refusal({ ...request, rawHeaders: [...request.rawHeaders, 'authorization', second] }, 'json')
  }
  const hashHeader = { 'x-amz-content-sha256': hash('sha256', '') }
  const s3 = await signed({ headers: hashHeader }, { family: 's3' })
  await refusal({ ...s3, rawHeaders: [...s3.rawHeaders, 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD'] }, 's3')
})

test('a signed header that is gone is refused, even when it was empty', async () => {
  const request = await signed({ headers: { 'x-empty': '' } }, { family: 'json' })
  await verify(request, 'json')
  await assertMismatch(withHeader(request, 'x-empty', undefined), 'json')
  const authority = withAuthorization(request, (text) => text.replace('host;', ':authority;'))
  await assertMismatch(authority, 'json')
})

test('a parameter of a presigned request cannot be shadowed by another of its name', async () => {
  for (const family of families) {
    const request = await presigned({ query: { a: '1' } }, { family, credentials: temporary, expiresIn: 60 })
    const { query } = request
    for (const piece of query.split('&')) {
      const [name = ''] = piece.split('=')
      for (const second of [piece, `${name}=other`, name]) {
        await refusal(
          withQuery(request, () => `${query}&${second}`),
          family,
        )
        await refusal(
          withQuery(request, () => `${second}&${query}`),
          family,
        )
      }
    }
    await refusal(
      withQuery(request, () => `${query}&x-amz-signature=${'0'.repeat(64)}`),
      family,
    )
  }
})

test('a request with a signed header takes no part of a signature from its query', async () => {
  const request = await signed({ query: { a: '1' } }, { family: 'json' })
  for (const parameter of ['X-Amz-Signature=0', 'X-Amz-Credential=a', 'X-Amz-Security-Token=t', 'X-Amz-Date=d']) {
    await assertMismatch(
      withQuery(request, (query) => `${query}&${parameter}`),
      'json',
    )
  }
})

test('a session token must be signed where it is a header', async () => {
  const request = await signed({}, { family: 'json', credentials: { ...temporary, sessionToken: undefined } })
  const { message } = await refusal(withHeader(request, 'x-amz-security-token', sessionToken), 'json')
  assert.equal(message, "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.")
  const inQuery = await presigned({}, { family: 'json', credentials: { ...temporary, sessionToken: undefined } })
  const unsigned = await refusal(withHeader(inQuery, 'x-amz-security-token', sessionToken), 'json')
  assert.equal(unsigned.message, message)
})

test('a header that says what is asked must be signed, in every protocol and both forms', async () => {
  for (const family of ['json', 'rest-json', 'query'] as const) {
    for (const request of [await signed({}, { family }), await presigned({}, { family })]) {
      for (const name of [
        'x-amz-target',
        'x-amz-invocation-type',
        'x-amz-client-context',
        'x-amz-log-type',
        'x-amz-new',
      ]) {
        const { message } = await refusal(withHeader(request, name, 'Event'), family)
        assert.match(message, /^'X-Amz-[A-Za-z-]+' must be a 'SignedHeader' in the AWS Authorization\.$/)
      }
      for (const name of ['content-type', 'accept', 'x-amzn-trace-id', 'user-agent']) {
        await verify(withHeader(request, name, 'application/json'), family)
      }
    }
    const asked = await signed({ headers: { 'X-Amz-Invocation-Type': 'Event' } }, { family })
    await verify(asked, family)
    await assertMismatch(withHeader(asked, 'x-amz-invocation-type', 'DryRun'), family)
  }
})

test('the body of a presigned request outside S3 is signed too', async () => {
  const request = await presigned({ body: 'Action=ListUsers' }, { family: 'query' })
  await verify(request, 'query')
  await assertMismatch({ ...request, body: Buffer.from('Action=ListRoles') }, 'query')
  await assertMismatch({ ...request, body: Buffer.alloc(0) }, 'query')
  const claimed = withHeader(
    { ...request, body: Buffer.from('x') },
    'x-amz-content-sha256',
    hash('sha256', request.body),
  )
  await assertMismatch(claimed, 'query')
})

test('S3 leaves a body unsigned only where the signer did', async () => {
  const open = await presigned({ method: 'PUT' }, { family: 's3' })
  // The signer of the SDK hashes the empty body unless a header says otherwise; S3 means UNSIGNED-PAYLOAD by silence.
  await assertMismatch(open, 's3')
  const unsignedPayload = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const unsigned = await presigned({ method: 'PUT', headers: unsignedPayload }, { family: 's3' })
  await verify({ ...unsigned, body: Buffer.from('anything') }, 's3')
  const fixed = { 'x-amz-content-sha256': hash('sha256', 'body') }
  const bound = await presigned({ method: 'PUT', headers: fixed }, { family: 's3' })
  await verify({ ...bound, body: Buffer.from('body') }, 's3')
  assert.equal((await refusal({ ...bound, body: Buffer.from('other') }, 's3')).code, 'XAmzContentSHA256Mismatch')
  const inHeader = await signed({ method: 'PUT', body: 'body' }, { family: 's3' })
  const opened = withHeader(inHeader, 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD')
  assert.equal((await refusal(opened, 's3')).code, 'SignatureDoesNotMatch')
})

test('an upload in signed chunks is handed on with what its chain begins with', async () => {
  const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }
  const request = await signed({ method: 'PUT', headers, body: '0;chunk-signature=…' }, { family: 's3' })
  const { chunkSeed } = await verify(request, 's3')
  assert.deepEqual(
    { ...chunkSeed, signingKey: undefined },
    {
      signingKey: undefined,
      dateTime: '20260301T120000Z',
      scope: '20260301/us-east-1/s3/aws4_request',
      signature: /Signature=(.*)/.exec(authorizationOf(request))?.[1],
    },
  )
  assert.equal((await verify(await signed({ method: 'PUT' }, { family: 's3' }), 's3')).chunkSeed, undefined)
})

test('an absolute request target is signed by its path and query', async () => {
  const request = await signed({ method: 'GET', path: '/a', query: { b: 'c' } }, { family: 'json' })
  const pairs = request.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, request.rawHeaders[index + 1] ?? ''] as const] : [],
  )
  await verify(wire({ method: 'GET', target: 'http://elsewhere:80/a?b=c', headers: pairs }), 'json')
  await assertMismatch(wire({ method: 'GET', target: 'http://elsewhere:80/?b=c', headers: pairs }), 'json')
})

test('S3 keys with dots, double slashes and every kind of character verify as they were sent', async () => {
  for (const path of [
    '/b/a//b/../c',
    '/b/.',
    '/b/..//',
    '/b/a%20b%2Bc%3D%25',
    '/b/%C3%A9%E2%82%AC%F0%9F%94%90',
    '/b/~-_.',
  ]) {
    const request = await signed({ method: 'GET', path }, { family: 's3' })
    await verify(request, 's3')
    await refusal({ ...request, path: '/b/other' }, 's3')
  }
})

test('a Lambda ARN in a path verifies with its colons escaped', async () => {
  const path = '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af'
  await verify(await signed({ method: 'GET', path }, { family: 'rest-json' }), 'rest-json')
})

test('the clock in the options is the only one', async () => {
  const date = new Date('1999-12-31T23:59:59Z')
  await verify(await signed({}, { family: 'json', date }), 'json', { nowMs: date.getTime(), resolver })
  await refusal(await signed({}, { family: 'json', date: new Date() }), 'json', { nowMs: signedAt.getTime() })
})
