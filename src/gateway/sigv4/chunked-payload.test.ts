import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { secretAccessKey, verify, wire } from '../../../test/sigv4/requests.ts'
import { ServiceError } from '../../core/service-error.ts'
import { deriveSigningKey, signatureOf } from '../../crypto/sigv4/signing-key.ts'
import type { ChunkSeed } from './chunk-signatures.ts'
import { type ChunkedPayloadOptions, readChunkedPayload } from './chunked-payload.ts'

// Amazon S3 API reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
// Chunks".
const credential = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  date: '20130524',
  region: 'us-east-1',
  service: 's3',
  terminator: 'aws4_request',
}
const publishedSeed: ChunkSeed = {
  signingKey: deriveSigningKey(secretAccessKey, credential),
  dateTime: '20130524T000000Z',
  scope: '20130524/us-east-1/s3/aws4_request',
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
}
const published = Buffer.alloc(66_560, 'a')
const firstSignature = 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'
const secondSignature = '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'
const lastSignature = 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'

const signedOptions: ChunkedPayloadOptions = {
  payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  decodedContentLength: '66560',
  announcedTrailers: undefined,
  seed: publishedSeed,
}

const publishedBody = () =>
  Buffer.concat([
    Buffer.from(`10000;chunk-signature=${firstSignature}\r\n`),
    published.subarray(0, 65_536),
    Buffer.from(`\r\n400;chunk-signature=${secondSignature}\r\n`),
    published.subarray(65_536),
    Buffer.from(`\r\n0;chunk-signature=${lastSignature}\r\n\r\n`),
  ])

/** Decodes a body that comes in pieces of a size. */
async function decoded(body: Buffer, options: ChunkedPayloadOptions, pieceBytes = 1000) {
  const trailers = new Map<string, string>()
  const pieces: Uint8Array[] = []
  for await (const piece of readChunkedPayload(inPieces(body, pieceBytes), options, trailers)) pieces.push(piece)
  return { data: Buffer.concat(pieces), trailers }
}

async function* inPieces(body: Buffer, bytes: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < body.length; start += bytes) yield body.subarray(start, start + bytes)
}

async function refused(
  body: Buffer,
  options: ChunkedPayloadOptions,
): Promise<{ code: string; status: number; members: unknown }> {
  try {
    await decoded(body, options)
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error))
    return error
  }
  return assert.fail('the body was accepted')
}

test('the published upload in chunks verifies, from its headers to its last chunk', async () => {
  const headers = {
    Host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    Authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
      'SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,' +
      `Signature=${publishedSeed.signature}`,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'Content-Encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'Content-Length': '66824',
  }
  const request = wire({ method: 'PUT', target: '/examplebucket/chunkObject.txt', headers, body: publishedBody() })
  assert.equal(request.body.length, 66_824)
  const { chunkSeed } = await verify(request, 's3', { nowMs: Date.parse('2013-05-24T00:00:00Z') })
  assert.deepEqual(chunkSeed, publishedSeed)
  const { data, trailers } = await decoded(request.body, { ...signedOptions, seed: chunkSeed })
  assert.ok(data.equals(published))
  assert.equal(trailers.size, 0)
})

test('the published upload with a trailer verifies', async () => {
  const seed = {
    ...publishedSeed,
    signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  }
  // The documentation gives the last chunk and the trailer; the chunks between follow from the seed.
  const chunk = (previous: string, data: Uint8Array) => {
    const hashes = `${hash('sha256', '')}\n${hash('sha256', data)}`
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${seed.dateTime}\n${seed.scope}\n${previous}\n${hashes}`
    return signatureOf(seed.signingKey, text)
  }
  const first = chunk(seed.signature, published.subarray(0, 65_536))
  const second = chunk(first, published.subarray(65_536))
  const last = '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992'
  const trailer = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435'
  const body = (checksum = 'sOO8/Q==') =>
    Buffer.concat([
      Buffer.from(`10000;chunk-signature=${first}\r\n`),
      published.subarray(0, 65_536),
      Buffer.from(`\r\n400;chunk-signature=${second}\r\n`),
      published.subarray(65_536),
      Buffer.from(`\r\n0;chunk-signature=${last}\r\n`),
      Buffer.from(`x-amz-checksum-crc32c:${checksum}\r\nx-amz-trailer-signature:${trailer}\r\n\r\n`),
    ])
  const options = {
    ...signedOptions,
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    announcedTrailers: 'x-amz-checksum-crc32c',
    seed,
  }
  const { data, trailers } = await decoded(body(), options)
  assert.ok(data.equals(published))
  assert.deepEqual([...trailers], [['x-amz-checksum-crc32c', 'sOO8/Q==']])
  assert.equal((await refused(body('sOO8/Q=='.replace('8', '9')), options)).code, 'SignatureDoesNotMatch')
})

test('a chunk that is changed, dropped, added or moved is refused', async () => {
  const body = publishedBody()
  const altered = Buffer.from(body)
  altered[70_000 - 4_000] = 98
  assert.equal((await refused(altered, signedOptions)).code, 'SignatureDoesNotMatch')
  const text = body.toString('latin1')
  const secondChunk = `400;chunk-signature=${secondSignature}\r\n${'a'.repeat(1024)}\r\n`
  const dropped = Buffer.from(text.replace(secondChunk, ''), 'latin1')
  assert.equal(
    (await refused(dropped, { ...signedOptions, decodedContentLength: '65536' })).code,
    'SignatureDoesNotMatch',
  )
  const added = Buffer.from(text.replace(secondChunk, secondChunk + secondChunk), 'latin1')
  assert.equal(
    (await refused(added, { ...signedOptions, decodedContentLength: '67584' })).code,
    'SignatureDoesNotMatch',
  )
  const moved = Buffer.from(secondChunk + text.replace(secondChunk, ''), 'latin1')
  assert.equal((await refused(moved, signedOptions)).code, 'SignatureDoesNotMatch')
  const other = { ...publishedSeed, signature: '0'.repeat(64) }
  assert.equal((await refused(body, { ...signedOptions, seed: other })).code, 'SignatureDoesNotMatch')
})

/** Signs a body of small chunks, as a client would; only the last may be small, so there is one. */
function signedBody(data: string, trailers: Record<string, string>): Buffer {
  const sign = (algorithm: string, previous: string, hashes: string) =>
    signatureOf(
      publishedSeed.signingKey,
      `${algorithm}\n${publishedSeed.dateTime}\n${publishedSeed.scope}\n${previous}\n${hashes}`,
    )
  const empty = hash('sha256', '')
  const first = sign('AWS4-HMAC-SHA256-PAYLOAD', publishedSeed.signature, `${empty}\n${hash('sha256', data)}`)
  const last = sign('AWS4-HMAC-SHA256-PAYLOAD', first, `${empty}\n${empty}`)
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}`)
  const canonical = lines
    .toSorted()
    .map((line) => `${line}\n`)
    .join('')
  const signature = sign('AWS4-HMAC-SHA256-TRAILER', last, hash('sha256', canonical))
  return Buffer.from(
    `${data.length.toString(16)};chunk-signature=${first}\r\n${data}\r\n0;chunk-signature=${last}\r\n` +
      `${lines.join('\r\n')}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`,
  )
}

const trailerOptions: ChunkedPayloadOptions = {
  payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  decodedContentLength: '5',
  announcedTrailers: 'x-amz-meta-b, X-Amz-Checksum-Crc32',
  seed: publishedSeed,
}
const smallTrailers = { 'x-amz-meta-b': '2', 'x-amz-checksum-crc32': 'NhCmhg==' }

test('a signed body with any byte changed is refused', async () => {
  const body = signedBody('hello', smallTrailers)
  const { data, trailers } = await decoded(body, trailerOptions)
  assert.equal(data.toString(), 'hello')
  assert.deepEqual(Object.fromEntries(trailers), smallTrailers)
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 0x21, max: 0x7e }), async (index, byte) => {
      const was = String.fromCharCode(body[index] ?? 0)
      // The names of trailers and the digits of a size have no case.
      fc.pre(was.toLowerCase() !== String.fromCharCode(byte).toLowerCase())
      const changed = Buffer.from(body)
      changed[index] = byte
      await refused(changed, trailerOptions)
    }),
    { numRuns: 1000 },
  )
})

test('a body that is cut short or goes on is refused', async () => {
  const body = signedBody('hello', smallTrailers)
  for (let length = 0; length < body.length; length++) await refused(body.subarray(0, length), trailerOptions)
  assert.equal((await refused(Buffer.concat([body, Buffer.from('x')]), trailerOptions)).code, 'IncompleteBody')
  assert.equal((await refused(Buffer.concat([body, body]), trailerOptions)).code, 'IncompleteBody')
})

const unsignedOptions: ChunkedPayloadOptions = {
  payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  decodedContentLength: '5',
  announcedTrailers: 'x-amz-checksum-crc32',
  seed: undefined,
}
const unsigned = (text: string, options: Partial<ChunkedPayloadOptions> = {}) =>
  [Buffer.from(text), { ...unsignedOptions, ...options }] as const

test('an unsigned body in chunks gives its data and its trailers', async () => {
  const { data, trailers } = await decoded(...unsigned('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n'))
  assert.equal(data.toString(), 'hello')
  assert.deepEqual([...trailers], [['x-amz-checksum-crc32', 'NhCmhg==']])
  const none = { announcedTrailers: undefined, decodedContentLength: '0' }
  assert.equal((await decoded(...unsigned('0\r\n\r\n', none))).data.length, 0)
})

test('a body in chunks is refused in S3 words when it is not what was declared', async () => {
  const trailer = 'x-amz-checksum-crc32:NhCmhg==\r\n'
  const whole = `5\r\nhello\r\n0\r\n${trailer}\r\n`
  for (const decodedContentLength of [undefined, '', '-5', '5.0', '0x5', '9'.repeat(16)]) {
    const { code, status } = await refused(...unsigned(whole, { decodedContentLength }))
    assert.deepEqual([code, status], ['MissingContentLength', 411])
  }
  for (const [body, decodedContentLength] of [
    [whole, '6'],
    [whole, '4'],
    ['6\r\nhello\r\n0\r\n', '6'],
    ['ffffffffff\r\nhello', '5'],
    ['-5\r\nhello\r\n0\r\n\r\n', '5'],
    ['\r\nhello\r\n', '5'],
    ['5;chunk-signature=00\r\nhello\r\n0\r\n\r\n', '5'],
    [`${'0'.repeat(9000)}5\r\nhello\r\n0\r\n\r\n`, '5'],
  ] as const) {
    const { code, status } = await refused(...unsigned(body, { decodedContentLength }))
    assert.deepEqual([code, status], ['IncompleteBody', 400], body.slice(0, 40))
  }
  for (const end of [
    '\r\n',
    'x-amz-checksum-sha1:x\r\n\r\n',
    `${trailer}${trailer}\r\n`,
    `${trailer}other:1\r\n\r\n`,
    `${trailer}x-amz-trailer-signature:0\r\n\r\n`,
    'no colon\r\n\r\n',
  ]) {
    const { code, status } = await refused(...unsigned(`5\r\nhello\r\n0\r\n${end}`))
    assert.deepEqual([code, status], ['MalformedTrailerError', 400], end)
  }
})

test('only the last chunk may have fewer than 8192 bytes', async () => {
  const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`
  const body = (...sizes: number[]) =>
    unsigned(`${sizes.map(chunk).join('')}0\r\n\r\n`, {
      announcedTrailers: undefined,
      decodedContentLength: String(sizes.reduce((sum, bytes) => sum + bytes, 0)),
    })
  assert.equal((await decoded(...body(8192, 8192, 1))).data.length, 16_385)
  assert.equal((await decoded(...body(1))).data.length, 1)
  const { code, status, members } = await refused(...body(8192, 8191, 8192))
  assert.deepEqual([code, status, members], ['InvalidChunkSizeError', 400, { Chunk: '2', BadChunkSize: '8191' }])
})

test('a signed body without a seed is a fault, never an unverified body', async () => {
  await assert.rejects(decoded(publishedBody(), { ...signedOptions, seed: undefined }), {
    message: /cannot be verified/,
  })
})

test('no body, however strange, is anything but decoded or refused', async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom('\r\n', '0', '5', 'hello', ':', 'x-amz-checksum-crc32'),
    ),
  )
  await fc.assert(
    fc.asyncProperty(pieces, fc.boolean(), fc.integer({ min: 1, max: 20 }), async (texts, isSigned, pieceBytes) => {
      const options = isSigned ? trailerOptions : unsignedOptions
      try {
        await decoded(Buffer.from(texts.join('')), options, pieceBytes)
      } catch (error) {
        assert.ok(error instanceof ServiceError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})

test('however a body comes in pieces, it is the same', async () => {
  const body = publishedBody()
  for (const pieceBytes of [1, 7, 85, 86, 87, 65_536, body.length]) {
    const { data } = await decoded(body, signedOptions, pieceBytes)
    assert.ok(data.equals(published), `${pieceBytes}`)
  }
})
