import { encryptionContextNotText, encryptionContextTooLarge } from './errors.ts'
import { maxEncryptionContextBytes } from './quotas.ts'

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
  const texts = Object.keys(context)
    .sort()
    .flatMap((key) => [key, context[key] ?? ''])
  // An unpaired surrogate has no UTF-8 form: all of them would be written as the same replacement character.
  if (!texts.every((text) => text.isWellFormed())) throw encryptionContextNotText()
  const size = texts.reduce((sum, text) => sum + lengthBytes + Buffer.byteLength(text), 0)
  if (size > maxEncryptionContextBytes) throw encryptionContextTooLarge(maxEncryptionContextBytes)
  const encoded = Buffer.allocUnsafe(size)
  let end = 0
  for (const text of texts) {
    const start = end + lengthBytes
    const written = encoded.write(text, start)
    encoded.writeUInt32BE(written, end)
    end = start + written
  }
  return encoded
}
