import type { KeyObject } from 'node:crypto'

/**
 * The length of an RSA key's ciphertexts and signatures. What is shorter must be refused before it comes to OpenSSL, which reads it
 * as if zeros stood before it (RFC 8017, sections 7.1.2 and 8.1.2, step 1).
 */
export const modulusBytes = ({ asymmetricKeyDetails }: KeyObject): number =>
  (asymmetricKeyDetails?.modulusLength ?? 0) / 8
