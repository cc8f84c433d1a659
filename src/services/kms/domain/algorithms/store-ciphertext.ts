/** What a key store makes of a plaintext with AES-GCM. */
export interface StoreCiphertext {
  /** The store's own notes, up to 20 bytes; empty for none. */
  metadata: Uint8Array
  /** 12 or 16 bytes. */
  initializationVector: Uint8Array
  /** 16 bytes. */
  authenticationTag: Uint8Array
  /** As long as the plaintext. */
  ciphertext: Uint8Array
}

export const maxMetadataBytes = 20
export const tagBytes = 16

export const isVectorLength = (bytes: number): boolean => bytes === 12 || bytes === 16

/** Encodes a ciphertext as a blob of version 2 holds it; docs/kms-ciphertext-format.md describes the form. */
export function encodeStoreCiphertext(sealed: StoreCiphertext): Buffer {
  const { metadata, initializationVector, authenticationTag, ciphertext } = sealed
  return Buffer.concat([
    Buffer.of(metadata.length),
    metadata,
    Buffer.of(initializationVector.length),
    initializationVector,
    authenticationTag,
    ciphertext,
  ])
}

/** @returns undefined for bytes that are of another form. */
export function decodeStoreCiphertext(bytes: Buffer): StoreCiphertext | undefined {
  const metadataBytes = bytes[0] ?? Number.POSITIVE_INFINITY
  if (metadataBytes > maxMetadataBytes) return undefined
  const vectorAt = 1 + metadataBytes + 1
  const vectorBytes = bytes[vectorAt - 1] ?? 0
  const tagAt = vectorAt + vectorBytes
  const ciphertextAt = tagAt + tagBytes
  if (!isVectorLength(vectorBytes) || bytes.length <= ciphertextAt) return undefined
  return {
    metadata: bytes.subarray(1, 1 + metadataBytes),
    initializationVector: bytes.subarray(vectorAt, tagAt),
    authenticationTag: bytes.subarray(tagAt, ciphertextAt),
    ciphertext: bytes.subarray(ciphertextAt),
  }
}
