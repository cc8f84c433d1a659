import type { KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  decryptMessage,
  encryptMessage,
  fillPublicRandom,
  nonceBytes,
  saltBytes,
} from '../../../../crypto/aes-derived-key.ts'

/** Which key made a blob, and which version of its material. */
export interface BlobOrigin {
  accountId: string
  keyId: string
  materialId: string
}

/** A blob whose header makes sense; only opening it tells whether it is genuine. */
export interface CiphertextBlob extends BlobOrigin {
  version: BlobVersion
  header: Buffer
  /** Ciphertext and tag; in version 2, as a key store made them. */
  body: Buffer
}

/** 1: made by KMS alone. 2: made by a custom key store. */
export type BlobVersion = 1 | 2

/*
 * The format is described in docs/kms-ciphertext-format.md. It is stored by callers for ever: a change of anything here is
 * a new version beside this one.
 */
const singleRegion = 0
const multiRegion = 1
const labels: Readonly<Record<BlobVersion, string>> = {
  1: 'strongroom.kms.ciphertext.1',
  2: 'strongroom.kms.ciphertext.2',
}

const kindAt = 1
const accountAt = 2
const keyIdAt = 8
const materialIdAt = 24
const saltAt = 56
const nonceAt = saltAt + saltBytes
const checksumAt = nonceAt + nonceBytes
const headerBytes = checksumAt + 4

/** Encrypts under key material; `context` is the encoded encryption context. */
export function sealBlob(origin: BlobOrigin, material: KeyObject, plaintext: Uint8Array, context: Buffer): Buffer {
  const header = newHeader(1, origin)
  return Buffer.concat([header, sealUnder(header, material, plaintext, context)])
}

/** @returns the plaintext; undefined when the blob was altered or the context is not the one it was made with. */
export const openBlob = ({ version, header, body }: CiphertextBlob, material: KeyObject, context: Buffer) =>
  version === 1 ? openUnder(header, material, body, context) : undefined

/** Encrypts what goes behind a header: bound to it and to the context. @returns ciphertext and tag. */
export const sealUnder = (header: Buffer, material: KeyObject, plaintext: Uint8Array, context: Buffer): Buffer =>
  encryptMessage(material, seedOf(header), plaintext, Buffer.concat([header, context]))

/** @returns undefined when anything is not what was encrypted. */
export const openUnder = (header: Buffer, material: KeyObject, sealed: Uint8Array, context: Buffer) =>
  decryptMessage(material, seedOf(header), sealed, Buffer.concat([header, context]))

/** Reads which key made a blob. @returns undefined for bytes that are not a blob, or one whose header was damaged. */
export function parseBlob(bytes: Uint8Array): CiphertextBlob | undefined {
  const [version] = bytes
  if (bytes.length <= headerBytes || (version !== 1 && version !== 2)) return undefined
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes)
  if (crc32(header.subarray(0, checksumAt)) !== header.readUInt32BE(checksumAt)) return undefined
  const accountId = String(header.readUIntBE(accountAt, keyIdAt - accountAt)).padStart(12, '0')
  const keyId = keyIdIn(header)
  if (accountId.length !== 12 || !keyId) return undefined
  return {
    version,
    accountId,
    keyId,
    materialId: header.toString('hex', materialIdAt, saltAt),
    header,
    body: Buffer.from(bytes.buffer, bytes.byteOffset + headerBytes, bytes.length - headerBytes),
  }
}

/** The part of a blob that tells where it comes from, with a salt and a nonce of its own. */
export function newHeader(version: BlobVersion, { accountId, keyId, materialId }: BlobOrigin): Buffer {
  const header = Buffer.allocUnsafe(headerBytes)
  const isMultiRegion = keyId.startsWith('mrk-')
  header[0] = version
  header[kindAt] = isMultiRegion ? multiRegion : singleRegion
  header.writeUIntBE(Number(accountId), accountAt, keyIdAt - accountAt)
  header.write(isMultiRegion ? keyId.slice('mrk-'.length) : keyId.replaceAll('-', ''), keyIdAt, 'hex')
  header.write(materialId, materialIdAt, 'hex')
  fillPublicRandom(header, saltAt, checksumAt)
  // Tells damage in the header apart from another key's blob before any key is looked up; the tag is what protects it.
  header.writeUInt32BE(crc32(header.subarray(0, checksumAt)), checksumAt)
  return header
}

function keyIdIn(header: Buffer): string | undefined {
  const digits = header.toString('hex', keyIdAt, materialIdAt)
  if (header[kindAt] === multiRegion) return `mrk-${digits}`
  if (header[kindAt] !== singleRegion) return undefined
  const group = (start: number, end: number) => digits.slice(start, end)
  return [group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32)].join('-')
}

const seedOf = (header: Buffer) => ({
  label: labels[header[0] === 2 ? 2 : 1],
  salt: header.subarray(saltAt, nonceAt),
  nonce: header.subarray(nonceAt, checksumAt),
})
