/** Returns whether bytes are one DER SEQUENCE and nothing after it, which OpenSSL would pass over. */
export function isOneDerSequence(bytes: Uint8Array): boolean {
  const [tag, first = 0] = bytes
  if (tag !== 0x30) return false
  if (first < 0x80) return bytes.length === 2 + first
  const lengthBytes = first & 0x7f
  if (lengthBytes === 0 || lengthBytes > 4 || bytes.length < 2 + lengthBytes) return false
  return bytes.length === 2 + lengthBytes + Buffer.from(bytes).readUIntBE(2, lengthBytes)
}

/** Returns whether OpenSSL refused bytes; anything else that is thrown is a fault. */
export const isRefusedByOpenSsl = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^ERR_(OSSL|CRYPTO)_/.test(String(error.code))
