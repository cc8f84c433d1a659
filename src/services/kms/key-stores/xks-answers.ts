import { createHash } from 'node:crypto'
import {
  isVectorLength,
  maxMetadataBytes,
  type StoreCiphertext,
  tagBytes,
} from '../domain/algorithms/store-ciphertext.ts'
import { KeyStoreFailure } from '../domain/key-stores/key-store-failures.ts'

// What proxies answer, held against the External Key Store Proxy API Specification, version 1. Whatever is not as it says
// cannot be interpreted.

type Members = Readonly<Record<string, unknown>>

const uninterpretable = () => new KeyStoreFailure('invalid-response')

/** @throws KeyStoreFailure - also when every external key manager is unavailable. */
export function readHealth(answer: unknown): void {
  const { xksProxyFleetSize, ekmFleetDetails, ...texts } = membersOf(answer)
  if (!Number.isInteger(xksProxyFleetSize)) throw uninterpretable()
  for (const name of ['xksProxyVendor', 'xksProxyModel', 'ekmVendor']) textOf(texts[name])
  const managers = listOf(ekmFleetDetails, 1, 10).map((manager) => {
    const { id, model, healthStatus } = membersOf(manager)
    textOf(id)
    textOf(model)
    return oneOf(healthStatus, ['ACTIVE', 'DEGRADED', 'UNAVAILABLE'])
  })
  if (managers.every((status) => status === 'UNAVAILABLE')) throw new KeyStoreFailure('unhealthy')
}

export interface ExternalKeyMetadata {
  keySpec: string
  keyUsage: readonly string[]
  keyStatus: string
}

export function readKeyMetadata(answer: unknown): ExternalKeyMetadata {
  const { keySpec, keyUsage, keyStatus } = membersOf(answer)
  return {
    keySpec: textOf(keySpec),
    keyUsage: listOf(keyUsage, 0, 10).map(textOf),
    keyStatus: oneOf(keyStatus, ['ENABLED', 'DISABLED']),
  }
}

/** Checks too that the integrity value is that of what arrived: the proxy vouches that it can decrypt exactly this. */
export function readCiphertext(answer: unknown, plaintextBytes: number, associatedData: Uint8Array): StoreCiphertext {
  const members = membersOf(answer)
  const sealed = {
    metadata: members.ciphertextMetadata === undefined ? Buffer.alloc(0) : bytesOf(members.ciphertextMetadata),
    initializationVector: bytesOf(members.initializationVector),
    authenticationTag: bytesOf(members.authenticationTag),
    ciphertext: bytesOf(members.ciphertext),
  }
  const fits =
    sealed.metadata.length <= maxMetadataBytes &&
    isVectorLength(sealed.initializationVector.length) &&
    sealed.authenticationTag.length === tagBytes &&
    sealed.ciphertext.length === plaintextBytes
  if (!fits || !integrityValue(associatedData, sealed).equals(bytesOf(members.ciphertextDataIntegrityValue))) {
    throw uninterpretable()
  }
  return sealed
}

export function readPlaintext(answer: unknown, ciphertextBytes: number): Buffer {
  const plaintext = bytesOf(membersOf(answer).plaintext)
  if (plaintext.length !== ciphertextBytes) throw uninterpretable()
  return plaintext
}

/** `ciphertextDataIntegrityValue`, SHA_256. */
export const integrityValue = (associatedData: Uint8Array, sealed: StoreCiphertext): Buffer =>
  createHash('sha256')
    .update(associatedData)
    .update(sealed.metadata)
    .update(sealed.initializationVector)
    .update(sealed.ciphertext)
    .update(sealed.authenticationTag)
    .digest()

function membersOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw uninterpretable()
  return value as Members
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw uninterpretable()
  return value
}

function oneOf(value: unknown, known: readonly string[]): string {
  const text = textOf(value)
  if (!known.includes(text)) throw uninterpretable()
  return text
}

function listOf(value: unknown, least: number, most: number): unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most) throw uninterpretable()
  return value
}

/** Base64 as it must be, so that no two texts stand for the same bytes. */
function bytesOf(value: unknown): Buffer {
  const text = textOf(value)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw uninterpretable()
  return bytes
}
