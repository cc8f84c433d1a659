import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { Authority } from '../../../../test/fixtures/certificates.ts'
import { missing } from '../../../../test/fixtures/foreign.ts'
import { type Fake, proxyCredential, proxyHost, proxyPath, XksProxy } from '../../../../test/fixtures/xks-proxy.ts'
import type { KeyStoreProxyOptions } from '../../../core/services/service-module.ts'
import { KeyStoreFailure } from '../domain/key-stores/key-store-failures.ts'
import { XksProxyClient } from './xks-proxy-client.ts'

const skip = missing('openssl', 'version')

let authority: Authority
let proxy: XksProxy
before(async () => {
  if (skip) return
  authority = new Authority()
  proxy = new XksProxy(authority)
  await proxy.start()
})
after(async () => {
  await proxy?.stop()
  authority?.remove()
})

const request = (changes: object = {}) => ({
  uriEndpoint: `https://${proxyHost}`,
  path: `${proxyPath}/health`,
  region: 'eu-west-1',
  accessKeyId: proxyCredential.AccessKeyId,
  secretAccessKey: proxyCredential.RawSecretAccessKey,
  body: { requestMetadata: { kmsOperation: 'KmsHealthCheck', kmsRequestId: 'ü' } },
  ...changes,
})

/** What the client makes of a proxy at an address. */
async function outcome(address: string, options: KeyStoreProxyOptions = {}, asked = request()) {
  const routes = { [proxyHost]: address }
  const client = new XksProxyClient({ authorities: authority.certificate, replyMs: 5000, routes, ...options })
  try {
    await client.post(asked)
    return 'ok'
  } catch (failure) {
    if (!(failure instanceof KeyStoreFailure)) throw failure
    return failure.kind
  } finally {
    client.close()
  }
}

test('post signs what a proxy verifies, whatever is in the body', { skip }, async () => {
  assert.equal(await outcome(proxy.address), 'ok')
  assert.match(proxy.log.at(-1)?.authorization ?? '', /\/eu-west-1\/kms-xks-proxy\/aws4_request/)
  const wrong = request({ secretAccessKey: 'x'.repeat(43) })
  assert.equal(await outcome(proxy.address, {}, wrong), 'authentication-failed')
})

test('post distinguishes the errors of the proxy API', { skip }, async () => {
  const errors: [status: number, errorName: string, kind: string][] = [
    [400, 'ValidationException', 'invalid-response'],
    [400, 'InvalidStateException', 'external-key-disabled'],
    [400, 'InvalidCiphertextException', 'ciphertext-rejected'],
    [400, 'InvalidKeyUsageException', 'external-key-unfit'],
    [401, 'AuthenticationFailedException', 'authentication-failed'],
    [403, 'AccessDeniedException', 'access-denied'],
    [404, 'KeyNotFoundException', 'external-key-not-found'],
    [404, 'InvalidUriPathException', 'invalid-path'],
    [429, 'ThrottlingException', 'throttled'],
    [500, 'InternalException', 'unhealthy'],
    [501, 'UnsupportedOperationException', 'not-supported'],
    [503, 'DependencyTimeoutException', 'dependency-timed-out'],
    [418, 'TeapotException', 'invalid-response'],
  ]
  for (const [status, errorName, kind] of errors) {
    proxy.fake = () => ({ status, body: { errorName, errorMessage: 'x' } })
    assert.equal(await outcome(proxy.address), kind, errorName)
  }
  proxy.fake = undefined
})

test('post takes nothing for an answer that is none', { skip }, async () => {
  const fakes: [Fake, string][] = [
    [{ text: 'garbage' }, 'invalid-response'],
    [{ text: '' }, 'invalid-response'],
    [{ status: 502, text: '<html>Bad Gateway</html>' }, 'invalid-response'],
    [{ status: 500, body: null }, 'invalid-response'],
    [{ status: 500, body: ['errorName'] }, 'invalid-response'],
    [{ status: 302, body: {} }, 'invalid-response'],
    [{ body: { padding: 'x'.repeat(70_000) } }, 'invalid-response'],
    [{ hangUp: true }, 'unreachable'],
  ]
  for (const [fake, kind] of fakes) {
    proxy.fake = () => fake
    assert.equal(await outcome(proxy.address), kind, JSON.stringify(fake).slice(0, 60))
  }
  proxy.fake = undefined
})

test('post waits as long as its timeout, and no longer', { skip }, async () => {
  proxy.fake = () => ({ delayMs: 2000 })
  const startedMs = performance.now()
  assert.equal(await outcome(proxy.address, { replyMs: 400 }), 'timed-out')
  assert.ok(performance.now() - startedMs < 1500)
  proxy.fake = undefined

  // Takes connections, and says nothing: not even for the handshake.
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`
  assert.equal(await outcome(address, { replyMs: 300 }), 'timed-out')
  silent.close()
  assert.equal(await outcome(address), 'unreachable')
})

test('post speaks to a proxy whose certificate is good for its name, over TLS 1.2 or later, and to no other', {
  skip,
}, async () => {
  assert.equal(await outcome(proxy.address, { authorities: undefined }), 'tls-refused')
  const stranger = new XksProxy(authority, { hostname: 'other.example.com' })
  await stranger.start()
  assert.equal(await outcome(stranger.address), 'tls-refused')
  await stranger.stop()
  const old = new XksProxy(authority, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
  await old.start()
  assert.equal(await outcome(old.address), 'tls-refused')
  await old.stop()
  const recent = new XksProxy(authority, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
  await recent.start()
  assert.equal(await outcome(recent.address), 'ok')
  await recent.stop()
  const plain = createHttpServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1')
  await once(plain, 'listening')
  assert.equal(await outcome(`127.0.0.1:${(plain.address() as AddressInfo).port}`), 'tls-refused')
  plain.close()
})

test('post shows a certificate to a proxy that asks for one, when it has one', { skip }, async () => {
  const certificate = authority.issue('cks.kms.eu-west-1.amazonaws.com')
  const mutual = new XksProxy(authority, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: authority.certificate,
    maxVersion: 'TLSv1.2',
  })
  await mutual.start()
  assert.equal(await outcome(mutual.address), 'tls-refused')
  assert.equal(await outcome(mutual.address, { clientCertificate: certificate }), 'ok')
  await mutual.stop()
})

test('post keeps at most 64 connections open, and loses no request over that', { skip }, async () => {
  const client = new XksProxyClient({
    authorities: authority.certificate,
    replyMs: 20_000,
    routes: { [proxyHost]: proxy.address },
  })
  proxy.fake = () => ({ delayMs: 5 })
  const from = proxy.log.length
  await Promise.all(Array.from({ length: 200 }, () => client.post(request())))
  proxy.fake = undefined
  const ports = new Set(proxy.log.slice(from).map(({ remotePort }) => remotePort))
  assert.equal(proxy.log.length - from, 200)
  assert.ok(ports.size <= 64, `${ports.size} connections`)
  client.close()
})
