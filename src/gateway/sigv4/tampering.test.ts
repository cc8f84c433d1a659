import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { presigned, sessionToken, signed, temporary, verify, wire } from '../../../test/sigv4/requests.ts'
import { ServiceError } from '../../core/service-error.ts'
import { runs } from '../../testing/random.ts'
import type { WireRequest } from '../http/wire.ts'
import type { Family } from './authenticate.ts'

const families: Family[] = ['json', 'rest-json', 'query', 's3']
const often = runs(100)

/** Signed with everything a request can have, and accepted as it is. No letter in it is a hex digit of an escape. */
const parts = {
  method: 'POST',
  path: '/2015-03-31/some%20path/x_y',
  query: { Action: 'Do it', list: ['2', '1'] },
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.Encrypt',
    'x-spaced': 'inner  double space',
  },
  body: '{"KeyId":"alias/a","Plaintext":"aGVsbG8="}',
}

const inHeader = await Promise.all(
  families.map(async (family) => ({ family, request: await signed(parts, { family, credentials: temporary }) })),
)
const inQuery = await Promise.all(
  families.map(async (family) => {
    const request = await presigned({ ...parts, headers: {} }, { family, credentials: temporary, expiresIn: 60 })
    return { family, request }
  }),
)
// S3 reads a presigned request that declares nothing as unsigned; say what was signed.
for (const { family, request } of [...inHeader, ...inQuery]) {
  if (family === 's3' && request.headers.authorization === undefined) continue
  await verify(request, family)
}

const position = fc.nat()
const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code))

/** The text with one character replaced; undefined when that is the same, where need be but for case. */
function flipped(text: string, at: number, by: string, anyCase = false): string | undefined {
  const index = at % text.length
  const was = text.charAt(index)
  if (was === by || (anyCase && was.toLowerCase() === by.toLowerCase())) return undefined
  return text.slice(0, index) + by + text.slice(index + 1)
}

async function assertRefused(request: WireRequest, family: Family): Promise<void> {
  await assert.rejects(verify(request, family), ServiceError)
}

/** Refused whichever character of a part is changed, in every family. */
function tampering(
  name: string,
  signedRequests: readonly { family: Family; request: WireRequest }[],
  change: (request: WireRequest, at: number, by: string) => WireRequest | undefined,
) {
  test(`a request is refused when any character of ${name} is another`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...signedRequests), position, printable, async ({ family, request }, at, by) => {
        const changed = change(request, at, by)
        fc.pre(changed !== undefined)
        await assertRefused(changed, family)
      }),
      often,
    )
  })
}

function changeHeader(request: WireRequest, name: string, change: (value: string) => string | undefined) {
  const index = request.rawHeaders.findIndex((text, place) => place % 2 === 0 && text.toLowerCase() === name)
  const value = change(request.rawHeaders[index + 1] ?? '')
  return value === undefined ? undefined : { ...request, rawHeaders: request.rawHeaders.with(index + 1, value) }
}

/** Changes what a pattern captures of the Authorization header. */
const changeAuthorization = (pattern: RegExp, anyCase?: boolean) => (request: WireRequest, at: number, by: string) =>
  changeHeader(request, 'authorization', (text) => {
    const part = pattern.exec(text)?.[1] ?? assert.fail(`no ${pattern}`)
    const changed = flipped(part, at, by, anyCase)
    return changed === undefined ? undefined : text.replace(part, () => changed)
  })

// The digits of an escape have no case.
const changeText = (member: 'method' | 'path' | 'query') => (request: WireRequest, at: number, by: string) => {
  const text = flipped(request[member], at, by, member === 'query')
  return text === undefined ? undefined : { ...request, [member]: text }
}

const changeBody = (request: WireRequest, at: number, by: string) => {
  const text = flipped(request.body.toString('latin1'), at, by)
  return text === undefined ? undefined : { ...request, body: Buffer.from(text, 'latin1') }
}

tampering('the method', inHeader, changeText('method'))
tampering('the path', inHeader, changeText('path'))
tampering('the query', inHeader, changeText('query'))
tampering('the body', inHeader, changeBody)
tampering('the credential', inHeader, changeAuthorization(/Credential=([^,]+)/))
tampering('the list of signed headers', inHeader, changeAuthorization(/SignedHeaders=([^,]+)/, true))
tampering('the signature', inHeader, changeAuthorization(/Signature=(.+)$/))
tampering('the algorithm', inHeader, changeAuthorization(/^(\S+)/))
tampering('the name of a part', inHeader, changeAuthorization(/(Signature)=/))
for (const name of ['host', 'content-type', 'x-amz-target', 'x-spaced', 'x-amz-date', 'x-amz-security-token']) {
  tampering(`the signed header ${name}`, inHeader, (request, at, by) =>
    changeHeader(request, name, (value) => flipped(value, at, by)),
  )
}
tampering('the names of signed headers', inHeader, (request, at, by) => {
  const [index, name] = [...request.rawHeaders.entries()].filter(([place]) => place % 2 === 0)[at % 7] ?? [0, '']
  const changed = flipped(name, at, by, true)
  return changed === undefined || name === 'authorization'
    ? undefined
    : { ...request, rawHeaders: request.rawHeaders.with(index, changed) }
})

const inServiceQuery = inQuery.filter(({ family }) => family !== 's3')
tampering('a presigned method', inServiceQuery, changeText('method'))
tampering('a presigned path', inServiceQuery, changeText('path'))
tampering('a presigned query', inServiceQuery, changeText('query'))
tampering('a presigned body', inServiceQuery, changeBody)

const unsignedPayload = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
const s3Presigned = [
  {
    family: 's3' as const,
    request: await presigned({ ...parts, headers: unsignedPayload }, { family: 's3', credentials: temporary }),
  },
]
await verify(s3Presigned[0]?.request ?? assert.fail(), 's3')
tampering('a method presigned for S3', s3Presigned, changeText('method'))
tampering('a path presigned for S3', s3Presigned, changeText('path'))
tampering('a query presigned for S3', s3Presigned, changeText('query'))

test('a signature is refused in capitals', async () => {
  for (const { family, request } of inHeader) {
    const changed = changeHeader(request, 'authorization', (text) =>
      text.replace(/Signature=.*/, (part) => part.toUpperCase()),
    )
    await assertRefused(changed ?? assert.fail(), family)
    const capitals = changeHeader(request, 'authorization', (text) =>
      text.replace(/(?<=Signature=).*/, (signature) => signature.toUpperCase()),
    )
    await assertRefused(capitals ?? assert.fail(), family)
  }
})

test('no request, however strange, makes authentication fail in any way but a refusal', async () => {
  const oddText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom('', ' ', ',', '/', '%', '%zz', '=', '&&', '\0', ';', '__proto__', 'constructor', '9'.repeat(400)),
  )
  const credential = fc.oneof(
    oddText,
    fc
      .array(
        fc.oneof(
          oddText,
          fc.constantFrom('AKIAIOSFODNN7EXAMPLE', '20260301', 'us-east-1', 'kms', 's3', 'aws4_request'),
        ),
        {
          minLength: 4,
          maxLength: 6,
        },
      )
      .map((texts) => texts.join('/')),
    fc.constantFrom(
      ...['kms', 'lambda', 'iam', 's3'].map(
        (service) => `AKIAIOSFODNN7EXAMPLE/20260301/us-east-1/${service}/aws4_request`,
      ),
    ),
  )
  const date = fc.oneof(oddText, fc.constantFrom('20260301T120000Z', '20260301T121000Z', '99999999T999999Z'))
  const names = fc.oneof(oddText, fc.constantFrom('host', 'host;x-amz-date', 'host;__proto__', 'HOST;;host', ';'))
  const signature = fc.oneof(oddText, fc.constant('0'.repeat(64)))
  const authorization = fc
    .tuple(fc.oneof(oddText, fc.constant('AWS4-HMAC-SHA256'), fc.constant('AWS')), credential, names, signature)
    .map(([algorithm, key, list, sign]) => `${algorithm} Credential=${key}, SignedHeaders=${list}, Signature=${sign}`)
  const presignedQuery = fc
    .record(
      {
        'X-Amz-Algorithm': fc.oneof(oddText, fc.constant('AWS4-HMAC-SHA256')),
        'X-Amz-Credential': credential,
        'X-Amz-Date': date,
        'X-Amz-Expires': fc.oneof(oddText, fc.integer().map(String)),
        'X-Amz-SignedHeaders': names,
        'X-Amz-Signature': signature,
        'X-Amz-Security-Token': oddText,
      },
      { requiredKeys: [] },
    )
    .map((parameters) =>
      new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, value ?? ''])).toString(),
    )
  const header = fc.tuple(
    fc.oneof(oddText, fc.constantFrom('Date', 'X-Amz-Security-Token', 'x-amz-content-sha256', 'Host')),
    oddText,
  )
  const request = fc.record({
    method: oddText,
    target: fc.tuple(oddText, fc.oneof(oddText, presignedQuery)).map(([path, query]) => `/${path}?${query}`),
    headers: fc
      .tuple(fc.array(header, { maxLength: 4 }), fc.option(authorization), date)
      .map(([pairs, auth, when]) => [
        ...pairs,
        ['x-amz-date', when] as [string, string],
        ['host', 'h'] as [string, string],
        ...(auth === null ? [] : [['Authorization', auth] as [string, string]]),
      ]),
    body: oddText,
  })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...families), request, async (family, sent) => {
      await assertRefused(wire(sent), family)
    }),
    runs(150),
  )
})

test('a signed request with anything put in or cut out of it is accepted or refused, and never fails', async () => {
  const change = fc.record({ at: position, cut: fc.nat(3), put: fc.string({ unit: 'binary-ascii', maxLength: 3 }) })
  const spliced = (text: string, { at, cut, put }: { at: number; cut: number; put: string }) => {
    const index = text.length === 0 ? 0 : at % text.length
    return text.slice(0, index) + put + text.slice(index + cut)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...inHeader, ...inQuery),
      position,
      change,
      async ({ family, request }, which, how) => {
        const place = which % (request.rawHeaders.length + 2)
        const changed = {
          ...request,
          ...(place === request.rawHeaders.length ? { path: spliced(request.path, how) } : {}),
          ...(place === request.rawHeaders.length + 1 ? { query: spliced(request.query, how) } : {}),
          rawHeaders: request.rawHeaders.map((text, index) => (index === place ? spliced(text, how) : text)),
        }
        await verify(changed, family).catch((error) => assert.ok(error instanceof ServiceError, String(error)))
      },
    ),
    runs(500),
  )
})

test('no refusal outside S3 names the session token or the whole of a foreign Authorization header', async () => {
  for (const { family, request } of inHeader) {
    const changed = changeHeader(request, 'x-spaced', () => 'other') ?? assert.fail()
    await assert.rejects(verify(changed, family), (error: ServiceError) => {
      assert.ok(!JSON.stringify([error.message, error.members]).includes(sessionToken))
      return true
    })
  }
})
