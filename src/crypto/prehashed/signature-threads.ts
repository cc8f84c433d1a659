import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Threads } from '../../core/threads.ts'
import { verifyRsa } from './rsa-signatures.ts'
import type { PrehashedScheme } from './signatures.ts'

// node:crypto signs off the main thread only what it hashes itself. Signatures over digests take up to some milliseconds.

export interface SignatureQuestion {
  scheme: PrehashedScheme
  key: KeyObject
  digest: Uint8Array
  /** To be verified; without it, one is to be made. */
  signature?: Uint8Array
}

// The same module runs from source and as built.
const entry = new URL(`./signature-worker${extname(import.meta.filename)}`, import.meta.url)
const most = Math.max(1, Math.min(4, availableParallelism() - 1))
const threads = new Threads<SignatureQuestion, Uint8Array | boolean>(entry, most)

/** Signs a digest. @see signPrehashed */
export async function signDigest(scheme: PrehashedScheme, key: KeyObject, digest: Uint8Array): Promise<Uint8Array> {
  const signature = await threads.ask({ scheme, key, digest: alone(digest) })
  if (typeof signature === 'boolean') throw new Error('the thread has verified instead of signing')
  return signature
}

/** Verifies a signature of a digest. @see verifyPrehashed */
export async function verifyDigest(
  scheme: PrehashedScheme,
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  // Takes less time than the way to a thread.
  if ('hash' in scheme) return verifyRsa(scheme.kind, scheme.hash, key, digest, signature)
  return (await threads.ask({ scheme, key, digest: alone(digest), signature: alone(signature) })) === true
}

/** Bytes in memory of their own. */
const alone = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)
