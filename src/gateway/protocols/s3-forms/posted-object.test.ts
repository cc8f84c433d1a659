import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestBody } from '../../http/request-body.ts'
import { readPostedObject } from './posted-object.ts'

/** Reads a form that came to a host, and returns where its answer says that the object is. */
async function locationFor({ host, path, scheme }: { host: string; path: string; scheme: 'http' | 'https' }) {
  const body = [
    '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\na b/c\r\n',
    '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--b--\r\n',
  ].join('')
  const wire = (async function* () {
    yield Buffer.from(body)
  })()
  const { answer } = await readPostedObject(
    {
      ...{ method: 'POST', path, query: '', rawHeaders: [], body: Buffer.alloc(0) },
      headers: { host, 'content-type': 'multipart/form-data; boundary=b' },
      stream: new RequestBody(wire, body.length),
    },
    { nowMs: 0, scheme },
  )
  return answer({ status: 200, headers: {}, body: '' }).headers.Location
}

test('the answer to a form says where its object is: at the host that was asked, in the scheme it came in', async () => {
  const path = '/photos'
  assert.equal(
    await locationFor({ host: '127.0.0.1:4566', path, scheme: 'http' }),
    'http://127.0.0.1:4566/photos/a%20b%2Fc',
  )
  const host = 'photos.s3.us-east-1.localhost:4566'
  assert.equal(await locationFor({ host, path: '/', scheme: 'https' }), `https://${host}/a%20b%2Fc`)
})
