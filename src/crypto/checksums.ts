import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { IHasher } from 'hash-wasm'

/** The algorithms of S3's checksums. */
export type ChecksumAlgorithm =
  | 'CRC32'
  | 'CRC32C'
  | 'CRC64NVME'
  | 'SHA1'
  | 'SHA256'
  | 'SHA512'
  | 'MD5'
  | 'XXHASH64'
  | 'XXHASH3'
  | 'XXHASH128'

/** How many bytes a checksum has. */
export const checksumBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
  XXHASH64: 8,
  XXHASH3: 8,
  XXHASH128: 16,
}

/** A checksum that is computed while bytes come. */
export interface Checksum {
  update(bytes: Uint8Array): void
  /** Ends it. Integers are big-endian. */
  digest(): Buffer
}

/** Begins a checksum. */
export async function newChecksum(algorithm: ChecksumAlgorithm): Promise<Checksum> {
  const hash = nodeHashes[algorithm]
  if (hash) return createHash(hash)
  if (algorithm === 'CRC32') return new Crc32()
  return PooledChecksum.take(algorithm)
}

const nodeHashes: Partial<Record<ChecksumAlgorithm, string>> = {
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA512: 'sha512',
  MD5: 'md5',
}

/** The checksum of bytes that are all there. */
export async function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Promise<Buffer> {
  const checksum = await newChecksum(algorithm)
  checksum.update(bytes)
  return checksum.digest()
}

class Crc32 implements Checksum {
  #value = 0

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value)
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(this.#value)
    return bytes
  }
}

/** Of a cyclic redundancy check, with its bits reversed. */
export const polynomials = { CRC32: 0xedb88320n, CRC32C: 0x82f63b78n, CRC64NVME: 0x9a6c9329ac4bc9b5n }

const makeHasher = async (algorithm: ChecksumAlgorithm): Promise<IHasher> => {
  const library = await import('hash-wasm')
  switch (algorithm) {
    case 'CRC32C':
      return library.createCRC32(Number(polynomials.CRC32C))
    case 'CRC64NVME':
      return library.createCRC64(polynomials.CRC64NVME.toString(16))
    case 'XXHASH64':
      return library.createXXHash64()
    case 'XXHASH3':
      return library.createXXHash3()
    case 'XXHASH128':
      return library.createXXHash128()
    default:
      throw new Error(`${algorithm} is not computed by this library`)
  }
}

/** Hashers hold memory of their own and take long to make, so they are used again. One that is given up is left to the collector. */
const idleHashers = new Map<ChecksumAlgorithm, IHasher[]>()
const mostIdle = 64

class PooledChecksum implements Checksum {
  readonly #idle: IHasher[]
  readonly #hasher: IHasher

  static async take(algorithm: ChecksumAlgorithm): Promise<PooledChecksum> {
    const idle = idleHashers.get(algorithm) ?? []
    idleHashers.set(algorithm, idle)
    return new PooledChecksum(idle.pop() ?? (await makeHasher(algorithm)), idle)
  }

  private constructor(hasher: IHasher, idle: IHasher[]) {
    this.#hasher = hasher
    this.#idle = idle
    hasher.init()
  }

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes)
  }

  digest(): Buffer {
    const digest = Buffer.from(this.#hasher.digest('binary'))
    if (this.#idle.length < mostIdle) this.#idle.push(this.#hasher)
    return digest
  }
}
