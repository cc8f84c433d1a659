import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publicDocument } from './public-documents.ts'
import type { WireRequest } from './wire.ts'

const request = (method: string, path: string): WireRequest => ({
  ...{ method, path, query: '', rawHeaders: [], headers: {}, body: Buffer.of() },
})

const pem = (path: string) =>
  path.endsWith('.pem')
    ? Promise.resolve(path === '/one.pem' ? { contentType: 'application/x-pem-file', body: 'one' } : undefined)
    : undefined

const noFault = (fault: unknown) => assert.fail(String(fault))

test('A document of a service is answered to GET and HEAD', async () => {
  for (const method of ['GET', 'HEAD']) {
    assert.deepEqual(await publicDocument(request(method, '/one.pem'), pem, noFault), {
      status: 200,
      headers: { 'Content-Type': 'application/x-pem-file' },
      body: 'one',
    })
  }
})

test('Other paths and methods are left to the services, those that no service knows at once', async () => {
  assert.equal(publicDocument(request('GET', '/bucket/key'), pem, noFault), undefined)
  assert.equal(publicDocument(request('POST', '/one.pem'), pem, noFault), undefined)
  assert.equal(await publicDocument(request('GET', '/two.pem'), pem, noFault), undefined)
})

test('A document that cannot be read now is a fault, and the client is asked to try again', async () => {
  const faults: unknown[] = []
  const failing = () => Promise.reject(new Error('the database is gone'))
  const answer = await publicDocument(request('GET', '/one.pem'), failing, (fault) => faults.push(fault))
  assert.equal(answer?.status, 503)
  assert.equal(faults.length, 1)
})
