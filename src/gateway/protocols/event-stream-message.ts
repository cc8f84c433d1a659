import { crc32 } from 'node:zlib'

/** Tells a header's value apart from those of other types: text. */
const textType = 7

/**
 * Writes one message of an event stream: lengths and their checksum, headers, payload, checksum of it all.
 * @param headers - texts alone.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export function eventStreamMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(prelude.length + head.length + payload.length + checksumBytes, 0)
  prelude.writeUInt32BE(head.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const message = Buffer.concat([prelude, head, payload, Buffer.alloc(checksumBytes)])
  message.writeUInt32BE(crc32(message.subarray(0, -checksumBytes)), message.length - checksumBytes)
  return message
}

const checksumBytes = 4

function header(name: string, value: string): Buffer {
  const text = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([Buffer.of(Buffer.byteLength(name)), Buffer.from(name), Buffer.of(textType), length, text])
}
