import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Threads } from '../../core/threads.ts'

/** DER: SubjectPublicKeyInfo and PKCS#8. */
export interface RsaKeyPair {
  publicKey: Uint8Array
  privateKey: Uint8Array
}

// The same module runs from source and as built.
const entry = new URL(`./rsa-key-worker${extname(import.meta.filename)}`, import.meta.url)
const threads = new Threads<number, RsaKeyPair>(entry, availableParallelism() > 3 ? 2 : 1)

/**
 * Makes an RSA key pair with the public exponent 65537. The search for the primes takes a processor up to some seconds; it
 * has threads of its own, one or two, because in the threads of node:crypto it would keep the signatures of others waiting,
 * and on the processors the main thread.
 * @param modulusLength - bits.
 */
export const generateRsaKeyPair = (modulusLength: number): Promise<RsaKeyPair> => threads.ask(modulusLength)
