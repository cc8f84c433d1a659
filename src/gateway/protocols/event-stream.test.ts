import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { EventStreamCodec } from '@smithy/core/event-streams'
import fc from 'fast-check'
import { ServiceError } from '../../core/service-error.ts'
import { runs } from '../../testing/random.ts'
import { compileEventStream } from './event-stream.ts'
import { eventStreamMessage } from './event-stream-message.ts'
import { testOperation } from './testing.ts'

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString(),
  (text) => Buffer.from(text),
)

test("the SDK's codec reads messages as they were written, and writes the same bytes", () => {
  // The codec puts headers into a plain object, which cannot have this one.
  const name = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text !== '__proto__')
  const headers = fc.dictionary(name, fc.string({ maxLength: 300 }), { maxKeys: 5 })
  fc.assert(
    fc.property(headers, fc.uint8Array({ maxLength: 2000 }), (texts, payload) => {
      const written = eventStreamMessage(texts, payload)
      const typed = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, { type: 'string', value }]))
      const message = { headers: typed as Parameters<typeof codec.encode>[0]['headers'], body: payload }
      assert.deepEqual(written, Buffer.from(codec.encode(message)))
      assert.deepEqual({ ...codec.decode(written).headers }, typed)
    }),
    runs(50),
  )
})

const shapes = {
  DoRequest: { type: 'structure', members: { Name: { shape: 'Text' }, Events: { shape: 'Events' } } },
  Events: {
    type: 'structure',
    eventstream: true,
    members: { one: { shape: 'One' }, TooLateException: { shape: 'TooLateException' } },
  },
  One: { type: 'structure', event: true, members: { text: { shape: 'Text' } } },
  TooLateException: { type: 'structure', error: {}, members: { message: { shape: 'Text' } } },
  Text: { type: 'string' },
} as const

/** The messages of an answer, as far as it came. */
async function messagesOf(events: () => AsyncGenerator<object>) {
  const { output } = testOperation(shapes)
  const body = compileEventStream(output, 'application/json')?.({ Name: 'n', Events: events() })
  assert.ok(body)
  const bytes = await buffer(body)
  const messages: { headers: Record<string, unknown>; body: unknown }[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const { headers, body: payload } = codec.decode(bytes.subarray(at, at + length))
    const texts = Object.entries(headers).map(([name, { value }]) => [name, value])
    messages.push({ headers: Object.fromEntries(texts), body: JSON.parse(Buffer.from(payload).toString()) })
    at += length
  }
  return messages
}

const ofType = (type: string, name: string) => ({
  ':message-type': type,
  [`:${type}-type`]: name,
  ':content-type': 'application/json',
})

test('an answer of events begins with its other members, and ends with the exception that the stream has', async () => {
  const messages = await messagesOf(async function* () {
    yield { one: { text: 'größe', unknown: 1 } }
    throw new ServiceError('TooLateException', 400, 'too late')
  })
  assert.deepEqual(messages, [
    { headers: ofType('event', 'initial-response'), body: { Name: 'n' } },
    { headers: ofType('event', 'one'), body: { text: 'größe' } },
    { headers: ofType('exception', 'TooLateException'), body: { message: 'too late' } },
  ])
})

test('what the stream has no exception for ends the answer as a failure', async () => {
  for (const thrown of [new Error('a fault'), new ServiceError('OtherException', 400, 'other')]) {
    const events = async function* () {
      yield { one: { text: 'x' } }
      throw thrown
    }
    await assert.rejects(messagesOf(events), { message: thrown.message })
  }
})
