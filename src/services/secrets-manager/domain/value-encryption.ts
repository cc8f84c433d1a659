import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto'
import type { EncryptedValue, PlainValue } from './secret.ts'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** What a version's value and its data key are bound to. */
export type ValueContext = Readonly<{ SecretARN: string; SecretVersionId: string }>

/** Encrypts a value under its data key, which is used for nothing else. */
export function encryptValue(
  { kind, bytes }: PlainValue,
  dataKey: Uint8Array,
  wrappedKey: Uint8Array,
  context: ValueContext,
): EncryptedValue {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, dataKey, nonce).setAAD(associatedData(kind, context))
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  return {
    kind,
    wrappedKey: Buffer.from(wrappedKey).toString('base64'),
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
  }
}

/** @returns undefined when the value was altered, or belongs to another version. */
export function decryptValue(
  { kind, nonce, ciphertext }: EncryptedValue,
  dataKey: Uint8Array,
  context: ValueContext,
): PlainValue | undefined {
  const sealed = Buffer.from(ciphertext, 'base64')
  try {
    const decipher = createDecipheriv(algorithm, dataKey, Buffer.from(nonce, 'base64'), { authTagLength: tagBytes })
    decipher.setAAD(associatedData(kind, context)).setAuthTag(sealed.subarray(-tagBytes))
    return { kind, bytes: Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]) }
  } catch {
    // final() throws when the tag does not fit, and for nothing else.
    return undefined
  }
}

/** Compares in a time that does not depend on where they differ. */
export const sameValue = (a: PlainValue, b: PlainValue): boolean =>
  a.kind === b.kind && a.bytes.length === b.bytes.length && timingSafeEqual(a.bytes, b.bytes)

const associatedData = (kind: string, { SecretARN, SecretVersionId }: ValueContext) =>
  Buffer.from(JSON.stringify([kind, SecretARN, SecretVersionId]))
