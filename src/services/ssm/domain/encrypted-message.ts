import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

// The message format of the AWS Encryption SDK, version 2, with one algorithm suite: AES-256-GCM, the key derived with
// HKDF-SHA-512, key commitment, no signature. One encrypted data key, of AWS KMS; one frame, which is the final one.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html

/** A data key as KMS gives it. */
export interface DataKey {
  plaintext: Uint8Array
  /** CiphertextBlob. */
  encrypted: Uint8Array
  /** ARN of the KMS key. */
  keyArn: string
}

/** A message as far as it can be read without its data key. */
export interface ParsedMessage {
  messageId: Buffer
  encryptedDataKey: Buffer
  encryptionContext: Record<string, string>
  commitment: Buffer
  header: Buffer
  headerTag: Buffer
  iv: Buffer
  ciphertext: Buffer
  tag: Buffer
}

export const dataKeyBytes = 32

const version = 2
const suiteId = Buffer.from([0x04, 0x78])
const framed = 2
/** No value is larger, so that one frame always does. */
const frameBytes = 8192
const messageIdBytes = 32
const commitmentBytes = 32
const ivBytes = 12
const tagBytes = 16
const finalFrameMark = 0xffffffff
const firstFrame = 1
const headerIv = Buffer.alloc(ivBytes)

/** Encrypts a value of at most 8,192 bytes. */
export function encryptMessage(
  plaintext: Uint8Array,
  dataKey: DataKey,
  encryptionContext: Readonly<Record<string, string>>,
): Buffer {
  if (plaintext.length > frameBytes) throw new RangeError('the value is larger than one frame')
  const messageId = randomBytes(messageIdBytes)
  const { key, commitment } = deriveKeys(dataKey.plaintext, messageId)
  const context = serializedContext(encryptionContext)
  const header = Buffer.concat([
    Buffer.from([version]),
    suiteId,
    messageId,
    uint16(context.length),
    context,
    uint16(1),
    ...['aws-kms', dataKey.keyArn, dataKey.encrypted].flatMap(withLength),
    Buffer.from([framed]),
    uint32(frameBytes),
    commitment,
  ])
  const headerAuth = seal(key, headerIv, header, Buffer.alloc(0))
  const iv = Buffer.concat([Buffer.alloc(ivBytes - 4), uint32(firstFrame)])
  const { ciphertext, tag } = seal(key, iv, frameContext(messageId, plaintext.length), plaintext)
  key.fill(0)
  const frame = [uint32(finalFrameMark), uint32(firstFrame), iv, uint32(ciphertext.length), ciphertext, tag]
  return Buffer.concat([header, headerAuth.tag, ...frame])
}

/** Parses a message. @throws RangeError - it is not one that this module wrote. */
export function parseMessage(message: Buffer): ParsedMessage {
  const reader = new Reader(message)
  reader.expect(Buffer.from([version]), suiteId)
  const messageId = reader.bytes(messageIdBytes)
  const encryptionContext = parseContext(reader.bytes(reader.uint16()))
  reader.expect(uint16(1))
  reader.expect(...withLength('aws-kms'))
  reader.bytes(reader.uint16())
  const encryptedDataKey = reader.bytes(reader.uint16())
  reader.expect(Buffer.from([framed]), uint32(frameBytes))
  const commitment = reader.bytes(commitmentBytes)
  const header = message.subarray(0, reader.position)
  const headerTag = reader.bytes(tagBytes)
  reader.expect(uint32(finalFrameMark), uint32(firstFrame))
  const iv = reader.bytes(ivBytes)
  const ciphertext = reader.bytes(reader.uint32())
  const tag = reader.bytes(tagBytes)
  reader.end()
  return { messageId, encryptedDataKey, encryptionContext, commitment, header, headerTag, iv, ciphertext, tag }
}

/** @throws Error - the message was altered, or the data key is another's. */
export function decryptMessage(message: ParsedMessage, dataKey: Uint8Array): Buffer {
  const { messageId, commitment, header, headerTag, iv, ciphertext, tag } = message
  const derived = deriveKeys(dataKey, messageId)
  try {
    if (!timingSafeEqual(derived.commitment, commitment)) throw new Error('the message is of another data key')
    open(derived.key, headerIv, header, Buffer.alloc(0), headerTag)
    return open(derived.key, iv, frameContext(messageId, ciphertext.length), ciphertext, tag)
  } finally {
    derived.key.fill(0)
  }
}

function deriveKeys(dataKey: Uint8Array, messageId: Buffer) {
  const derive = (info: Buffer, bytes: number) => Buffer.from(hkdfSync('sha512', dataKey, messageId, info, bytes))
  return {
    key: derive(Buffer.concat([suiteId, Buffer.from('DERIVEKEY')]), dataKeyBytes),
    commitment: derive(Buffer.from('COMMITKEY'), commitmentBytes),
  }
}

function seal(key: Buffer, iv: Buffer, context: Buffer, plaintext: Uint8Array) {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(context)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}

function open(key: Buffer, iv: Buffer, context: Buffer, ciphertext: Buffer, tag: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(context).setAuthTag(tag)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

const frameContext = (messageId: Buffer, lengthBytes: number) =>
  Buffer.concat([
    messageId,
    Buffer.from('AWSKMSEncryptionClient Final Frame'),
    uint32(firstFrame),
    uint32(0),
    uint32(lengthBytes),
  ])

/** Pairs in the order of their keys' bytes. */
function serializedContext(encryptionContext: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(encryptionContext).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return Buffer.concat([uint16(pairs.length), ...pairs.flat().flatMap(withLength)])
}

function parseContext(bytes: Buffer): Record<string, string> {
  const reader = new Reader(bytes)
  const pairs = Array.from({ length: reader.uint16() }, () => {
    const key = reader.bytes(reader.uint16()).toString()
    return [key, reader.bytes(reader.uint16()).toString()] as const
  })
  reader.end()
  return Object.fromEntries(pairs)
}

function withLength(part: string | Uint8Array): [Buffer, Buffer] {
  const bytes = Buffer.from(part as string)
  return [uint16(bytes.length), bytes]
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Takes bytes from the front; a message that is too short or goes on is none. */
class Reader {
  position = 0
  readonly #message: Buffer

  constructor(message: Buffer) {
    this.#message = message
  }

  bytes(count: number): Buffer {
    const taken = this.#message.subarray(this.position, this.position + count)
    if (taken.length < count) throw new RangeError('the message is cut off')
    this.position += count
    return taken
  }

  uint16(): number {
    return this.bytes(2).readUInt16BE()
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE()
  }

  expect(...parts: readonly Buffer[]): void {
    for (const part of parts) {
      if (!this.bytes(part.length).equals(part)) throw new RangeError('the message is of another form')
    }
  }

  end(): void {
    if (this.position < this.#message.length) throw new RangeError('the message goes on after its end')
  }
}
