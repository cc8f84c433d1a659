import { createHash, type Hash, randomBytes } from 'node:crypto'

/** The hashes that RSA signatures are made with here. */
export type EmsaHash = 'sha256' | 'sha384' | 'sha512'

export const emsaHashBytes: Readonly<Record<EmsaHash, number>> = { sha256: 32, sha384: 48, sha512: 64 }

// RFC 8017, section 9.2, note 1: the DER encoding of a DigestInfo up to the digest.
const digestInfoPrefixes: Readonly<Record<EmsaHash, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/** EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) of a message that is hashed already: as long as the modulus. */
export function encodePkcs1(hash: EmsaHash, digest: Uint8Array, modulusBytes: number): Buffer {
  const info = Buffer.concat([Buffer.from(digestInfoPrefixes[hash], 'hex'), digest])
  const padding = Buffer.alloc(modulusBytes - info.length - 3, 0xff)
  return Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), info])
}

/**
 * EMSA-PSS (RFC 8017, section 9.1.1) of a message that is hashed already, with MGF1 over the same hash and a salt as long as
 * the digest. Moduli here have a multiple of eight bits, so that the encoding is one bit short of as many bytes.
 */
export function encodePss(hash: EmsaHash, digest: Uint8Array, modulusBytes: number, salt = freshSalt(hash)): Buffer {
  const inner = innerHash(hash, digest, salt)
  const block = Buffer.alloc(modulusBytes - inner.length - 1)
  block[block.length - salt.length - 1] = 1
  block.set(salt, block.length - salt.length)
  return Buffer.concat([masked(hash, block, inner), inner, Buffer.of(trailer)])
}

/** Returns whether an encoding is an EMSA-PSS of a digest (RFC 8017, section 9.1.2); whose salt is as long as the digest. */
export function isPss(hash: EmsaHash, digest: Uint8Array, encoded: Buffer): boolean {
  const hashBytes = emsaHashBytes[hash]
  const innerAt = encoded.length - hashBytes - 1
  if (encoded.at(-1) !== trailer || (encoded[0] ?? 0xff) & topBit) return false
  const inner = encoded.subarray(innerAt, -1)
  const block = masked(hash, encoded.subarray(0, innerAt), inner)
  const saltAt = block.length - hashBytes
  if (block[saltAt - 1] !== 1 || block.subarray(0, saltAt - 1).some((byte) => byte !== 0)) return false
  return innerHash(hash, digest, block.subarray(saltAt)).equals(inner)
}

const trailer = 0xbc
const topBit = 0x80

const freshSalt = (hash: EmsaHash) => randomBytes(emsaHashBytes[hash])

/** H: the hash over eight zeros, the digest and the salt. */
const innerHash = (hash: EmsaHash, digest: Uint8Array, salt: Uint8Array): Buffer =>
  createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()

/** Puts MGF1's mask on a block, or takes it off. Clears the bits beyond the modulus. */
function masked(hash: EmsaHash, block: Buffer, seed: Buffer): Buffer {
  const result = Buffer.from(block)
  const counter = Buffer.alloc(4)
  for (let start = 0; start < result.length; start += emsaHashBytes[hash]) {
    const mask: Hash = createHash(hash).update(seed).update(counter)
    for (const [index, byte] of mask.digest().entries()) {
      const at = start + index
      if (at < result.length) result[at] = (result[at] ?? 0) ^ byte
    }
    counter.writeUInt32BE(counter.readUInt32BE() + 1)
  }
  result[0] = (result[0] ?? 0) & ~topBit
  return result
}
