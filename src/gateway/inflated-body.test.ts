import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import aws4 from 'aws4'
import { kms } from '../services/kms/kms.ts'
import { region, root, rootSecret } from '../testing/callers.ts'
import { serviceFixture } from '../testing/service-fixture.ts'
import { splitTarget } from './http/wire.ts'
import { inflatedBody } from './inflated-body.ts'

/** Sends bytes as the body of GenerateRandom, signed as they are. */
async function send(body: Buffer, headers: Record<string, string> = { 'Content-Encoding': 'gzip' }) {
  const { gateway } = await serviceFixture([kms])
  const signed = aws4.sign(
    {
      ...{ method: 'POST', host: 'localhost', path: '/', service: 'kms', region, body },
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'TrentService.GenerateRandom',
        ...headers,
      },
    },
    { accessKeyId: root.accessKeyId ?? '', secretAccessKey: rootSecret },
  )
  const pairs = Object.entries(signed.headers ?? {}).map(([name, value]) => [name, String(value)] as const)
  const { status, body: answer } = await gateway.answer(
    {
      method: 'POST',
      ...splitTarget('/'),
      rawHeaders: pairs.flat(),
      headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
      body,
    },
    { ip: '127.0.0.1', host: 'localhost' },
    { signal: new AbortController().signal },
  )
  return { status, answer: JSON.parse(String(answer)) }
}

test('a compressed body is signed as it is sent, and read as it was before', async () => {
  const { status, answer } = await send(gzipSync('{"NumberOfBytes":7}'))
  assert.equal(status, 200)
  assert.equal(Buffer.from(answer.Plaintext, 'base64').length, 7)
})

test('a body that is not what its header says, or becomes too large, is refused', async () => {
  const notCompressed = await send(Buffer.from('{"NumberOfBytes":7}'))
  assert.deepEqual([notCompressed.status, notCompressed.answer.__type], [400, 'SerializationException'])
  const cut = await send(gzipSync('{"NumberOfBytes":7}').subarray(0, -4))
  assert.deepEqual([cut.status, cut.answer.__type], [400, 'SerializationException'])
  const bomb = await send(gzipSync(Buffer.alloc(20 * 1024 * 1024, ' ')))
  assert.deepEqual([bomb.status, bomb.answer.__type], [413, 'RequestEntityTooLargeException'])
  assert.equal((await inflatedBody(gzipSync(Buffer.alloc(1000)), 1000)).length, 1000)
})
