import { Readable } from 'node:stream'
import { ServiceError } from '../../core/service-error.ts'
import { messageMemberOf } from './error-answers.ts'
import { eventStreamMessage } from './event-stream-message.ts'
import { compileJsonEncoder } from './json-encoder.ts'
import type { Members, Schema } from './schema.ts'

/** Media type of an answer that is an event stream. */
export const eventStreamType = 'application/vnd.amazon.eventstream'

/** The member of an output that is a stream of events. */
export function eventStreamOf(output: Schema | undefined): { name: string; events: Schema } | undefined {
  for (const [name, events] of output?.members ?? []) if (events.traits.eventstream) return { name, events }
  return undefined
}

/**
 * Compiles what writes an answer that is a stream of events in JSON. Its first message, `initial-response`, holds the other members.
 * An operation gives the events as an async iterable of objects with one member each. What it throws becomes the last message where
 * the stream has an exception of that name; anything else ends the connection.
 * @returns undefined for an output without such a stream.
 */
export function compileEventStream(
  output: Schema | undefined,
  contentType: string,
): ((value: Members) => Readable) | undefined {
  const found = eventStreamOf(output)
  if (!output || !found) return undefined
  const encodeOthers = compileJsonEncoder(output, (member) => !member.traits.eventstream)
  const events = new Map([...found.events.members].map(([name, event]) => [name, { event, encode: encoderOf(event) }]))
  const message = (headers: Record<string, string>, document: unknown) =>
    eventStreamMessage({ ...headers, ':content-type': contentType }, Buffer.from(JSON.stringify(document)))
  const eventMessage = (type: string, document: unknown) =>
    message({ ':message-type': 'event', ':event-type': type }, document)
  async function* messages(value: Members): AsyncGenerator<Buffer> {
    yield eventMessage('initial-response', encodeOthers(value))
    try {
      for await (const event of value[found?.name ?? ''] as AsyncIterable<Members>) {
        for (const [name, part] of Object.entries(event)) {
          const encode = events.get(name)?.encode
          if (encode) yield eventMessage(name, encode(part))
        }
      }
    } catch (thrown) {
      const exception = thrown instanceof ServiceError ? events.get(thrown.code)?.event : undefined
      if (!(thrown instanceof ServiceError) || !exception) throw thrown
      const { code, message: text } = thrown
      yield message(
        { ':message-type': 'exception', ':exception-type': code },
        { [messageMemberOf(exception) ?? 'message']: text },
      )
    }
  }
  return (value) => Readable.from(messages(value), { objectMode: false })
}

/** @throws Error for events whose members stand outside of their document: no service here has them. */
function encoderOf(event: Schema): (value: unknown) => unknown {
  for (const [name, { traits }] of event.members) {
    if (traits.eventpayload || traits.eventheader) throw new Error(`no protocol writes ${event.name}.${name}`)
  }
  return compileJsonEncoder(event)
}
