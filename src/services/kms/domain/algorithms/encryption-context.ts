import { encryptionContextNotText, encryptionContextTooLarge } from '../errors.ts'
import { maxEncryptionContextBytes } from '../quotas.ts'

const nothing = Buffer.alloc(0)
const lengthBytes = 4

/**
 * The encryption context as bytes, the same for the same pairs in any order and different for any others: for each pair, in
 * ascending order of the keys (by UTF-16 code units), the length in bytes and the UTF-8 bytes of key and value. No context
 * and an empty one are the same.
 * @throws ServiceError ValidationException - too large, or not text.
 */
export function encodeEncryptionContext(context: Readonly<Record<string, string>> | undefined): Buffer {
  if (!context) return nothing
  const keys = inOrder(Object.keys(context))
  const encoded = Buffer.allocUnsafe(checkedSize(context))
  let end = 0
  for (const key of keys) end = write(encoded, context[key] ?? '', write(encoded, key, end))
  return encoded
}

/**
 * Refuses what cannot be encoded before policies are compared with it, so that the longest value they meet is bounded.
 * @throws ServiceError ValidationException - too large, or not text.
 */
export function checkEncryptionContext(context: Readonly<Record<string, string>> | undefined): void {
  if (context) checkedSize(context)
}

/** In bytes, encoded. */
function checkedSize(context: Readonly<Record<string, string>>): number {
  let size = 0
  for (const [key, value] of Object.entries(context)) size += encodedBytes(key) + encodedBytes(value)
  if (size > maxEncryptionContextBytes) throw encryptionContextTooLarge(maxEncryptionContextBytes)
  return size
}

/** To sort costs more than to encode, and most contexts have no pair, one, or two in order. */
const inOrder = (keys: string[]): string[] =>
  keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key) ? keys : keys.sort()

function encodedBytes(text: string): number {
  // An unpaired surrogate has no UTF-8 form: all of them would be written as the same replacement character.
  if (!text.isWellFormed()) throw encryptionContextNotText()
  return lengthBytes + Buffer.byteLength(text)
}

/** @returns the end of what was written. */
function write(target: Buffer, text: string, at: number): number {
  const writtenBytes = target.write(text, at + lengthBytes)
  target.writeUInt32BE(writtenBytes, at)
  return at + lengthBytes + writtenBytes
}
