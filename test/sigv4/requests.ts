import assert from 'node:assert/strict'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { CredentialResolver } from '../../src/core/credentials.ts'
import { ServiceError } from '../../src/core/service-error.ts'
import { splitTarget, type WireRequest } from '../../src/gateway/http/wire.ts'
import { type AuthenticateOptions, authenticate, type Family } from '../../src/gateway/sigv4/authenticate.ts'
import { callerOf, rootOf } from '../fixtures/call.ts'

/** The key pair of AWS's own examples. */
export const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
/** A temporary key that comes with a token. */
export const temporaryKeyId = 'ASIAIOSFODNN7EXAMPLE'
export const sessionToken = 'FwoGZXIvYXdzEXAMPLE/token+with=odd/characters=='
export const caller = callerOf(rootOf('111122223333'))

export const longTerm = { accessKeyId, secretAccessKey }
export const temporary = { accessKeyId: temporaryKeyId, secretAccessKey, sessionToken }

/** Knows the two keys above. Takes any token for the second, so that a changed one is for the signature to refuse. */
export const resolver: CredentialResolver = {
  async resolve(keyId, token) {
    if (keyId === accessKeyId) return token === undefined ? { caller, secretAccessKey } : 'invalid-token'
    if (keyId === temporaryKeyId) return token === undefined ? 'invalid-token' : { caller, secretAccessKey }
    return 'unknown-key'
  },
}

export const signedAt = new Date('2026-03-01T12:00:00Z')
export const nowMs = signedAt.getTime()

/** The name in the credential scope of the service that stands for its family. */
export const serviceOf: Record<Family, string> = { json: 'kms', 'rest-json': 'lambda', query: 'iam', s3: 's3' }

export const verify = (request: WireRequest, family: Family, options: Partial<AuthenticateOptions> = {}) =>
  authenticate(request, { service: serviceOf[family], family, resolver, nowMs, ...options })

export interface Sent {
  method?: string
  /** Path and query, as in the first line of a request. */
  target?: string
  headers?: Record<string, string> | readonly (readonly [string, string])[]
  body?: string | Uint8Array
}

/** A request as the listener would hand it over: texts in latin1, one character a byte of what was sent in UTF-8. */
export function wire({ method = 'POST', target = '/', headers = {}, body = '' }: Sent): WireRequest {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers)
  const rawHeaders = pairs.flat().map(asSent)
  const joined: Record<string, string> = {}
  for (const [name, value] of pairs.map((pair) => pair.map(asSent))) {
    const key = String(name).toLowerCase()
    joined[key] = Object.hasOwn(joined, key) ? `${joined[key]}, ${value}` : String(value)
  }
  return { method, ...splitTarget(asSent(target)), rawHeaders, headers: joined, body: Buffer.from(body) }
}

const asSent = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

export interface Plain {
  method: string
  path: string
  query: Record<string, string | string[]>
  headers: Record<string, string>
  body: string | Uint8Array
}

interface Signing {
  family: Family
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  expiresIn?: number
  date?: Date
  region?: string
  service?: string
}

/** Signs with the signer of AWS's SDK for JavaScript. */
export async function signed(request: Partial<Plain>, signing: Signing): Promise<WireRequest> {
  const { signer, plain } = prepared(request, signing)
  return sentBy(await signer.sign(plain, { signingDate: signing.date ?? signedAt }), plain.body)
}

/** The same, in the query. */
export async function presigned(request: Partial<Plain>, signing: Signing): Promise<WireRequest> {
  const { signer, plain } = prepared(request, signing)
  const { expiresIn = 900, date = signedAt } = signing
  return sentBy(await signer.presign(plain, { signingDate: date, expiresIn }), plain.body)
}

function prepared(request: Partial<Plain>, { family, credentials = longTerm, region, service }: Signing) {
  const s3 = family === 's3'
  const signer = new SignatureV4({
    credentials,
    region: region ?? 'us-east-1',
    service: service ?? serviceOf[family],
    sha256: Sha256,
    uriEscapePath: !s3,
    applyChecksum: s3,
  })
  const { method = 'POST', path = '/', query = {}, headers = {}, body = '' } = request
  const all = { host: 'localhost:4566', ...headers }
  const plain = { method, path, query, headers: all, body, protocol: 'http:', hostname: 'localhost', port: 4566 }
  return { signer, plain }
}

interface SignedByOther {
  method: string
  path: string
  query?: Record<string, string | readonly string[] | null>
  headers: Record<string, string>
}

function sentBy({ method, path, query = {}, headers }: SignedByOther, body: string | Uint8Array): WireRequest {
  const pieces = Object.entries(query).flatMap(([name, values]) =>
    [values ?? ''].flat().map((value) => `${strictly(name)}=${strictly(value)}`),
  )
  return wire({ method, target: pieces.length > 0 ? `${path}?${pieces.join('&')}` : path, headers, body })
}

/** Percent-encoding as RFC 3986 has it, every reserved character included. */
export const strictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** What a request is refused with; fails when it is accepted, or refused with anything but a ServiceError. */
export async function refusal(request: WireRequest, family: Family, options: Partial<AuthenticateOptions> = {}) {
  try {
    await verify(request, family, options)
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error))
    const { code, status, message, members } = error
    return { code, status, message, members }
  }
  return assert.fail('the request was accepted')
}

/** Sets, changes or (undefined) removes a header, whatever it is signed as. */
export function withHeader(request: WireRequest, name: string, value: string | undefined): WireRequest {
  const pairs: string[] = []
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const [sentName = '', sentValue = ''] = request.rawHeaders.slice(index, index + 2)
    if (sentName.toLowerCase() !== name) pairs.push(sentName, sentValue)
  }
  return { ...request, rawHeaders: value === undefined ? pairs : [...pairs, name, value] }
}

export const authorizationOf = ({ headers }: WireRequest) => String(headers.authorization)

export const withAuthorization = (request: WireRequest, change: (authorization: string) => string) =>
  withHeader(request, 'authorization', change(authorizationOf(request)))

export const withQuery = (request: WireRequest, change: (query: string) => string) => ({
  ...request,
  query: change(request.query),
})
