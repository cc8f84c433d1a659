import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { EncryptedContent, PlainContent } from './message.ts'

const nonceBytes = 12
const tagBytes = 16

/** A data key of KMS, in plaintext and as KMS encrypted it. */
export interface DataKey {
  plaintext: Buffer
  /** Base64. */
  encrypted: string
}

/** Encrypts what a sender gave with AES-256-GCM, bound to the queue. */
export function encryptContent(
  content: PlainContent,
  { plaintext, encrypted }: DataKey,
  queueArn: string,
): EncryptedContent {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', plaintext, nonce)
  cipher.setAAD(Buffer.from(queueArn))
  const parts = [nonce, cipher.update(JSON.stringify(content), 'utf8'), cipher.final(), cipher.getAuthTag()]
  return { dataKey: encrypted, queueArn, encrypted: Buffer.concat(parts).toString('base64') }
}

/** @throws Error when the content was altered or encrypted under another data key. */
export function decryptContent({ encrypted, queueArn }: EncryptedContent, dataKey: Buffer): PlainContent {
  const bytes = Buffer.from(encrypted, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(0, nonceBytes))
  decipher.setAAD(Buffer.from(queueArn))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  const plain = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
  return JSON.parse(plain.toString())
}
