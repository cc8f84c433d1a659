import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { verifyRsa } from './rsa-signatures.ts'
import type { PrehashedScheme } from './signatures.ts'

// node:crypto signs off the main thread only what it hashes itself. Signatures over digests take up to some milliseconds,
// in which nobody else would be served: they have threads of their own, started when they are first asked for.

export interface ToSignatureWorker {
  id: number
  scheme: PrehashedScheme
  key: KeyObject
  digest: Uint8Array
  /** To be verified; without it, one is to be made. */
  signature?: Uint8Array
}

export type FromSignatureWorker = { id: number; result: Uint8Array | boolean } | { id: number; fault: string }

/** Signs a digest. @see signPrehashed */
export async function signDigest(scheme: PrehashedScheme, key: KeyObject, digest: Uint8Array): Promise<Uint8Array> {
  const signature = await thread().ask({ scheme, key, digest: alone(digest) })
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
  return (await thread().ask({ scheme, key, digest: alone(digest), signature: alone(signature) })) === true
}

/** Bytes in memory of their own: a message takes along all the memory that its bytes are a part of. */
const alone = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

const maxThreads = Math.max(1, Math.min(4, availableParallelism() - 1))
const threads: SignatureThread[] = []

/** The thread with the least to do; another one when all have something to do and there may be more. */
function thread(): SignatureThread {
  const [least] = threads.toSorted((a, b) => a.waiting - b.waiting)
  if (least && (least.waiting === 0 || threads.length >= maxThreads)) return least
  const another = new SignatureThread(() => threads.splice(threads.indexOf(another), 1))
  threads.push(another)
  return another
}

class SignatureThread {
  readonly #worker: Worker
  readonly #asked = new Map<number, PromiseWithResolvers<Uint8Array | boolean>>()
  #lastId = 0

  constructor(onEnd: () => void) {
    // The same module runs from source and as built.
    this.#worker = new Worker(new URL(`./signature-worker${extname(import.meta.filename)}`, import.meta.url))
    // It keeps the process alive only while somebody waits for it.
    this.#worker.unref()
    this.#worker.on('message', (message: FromSignatureWorker) => this.#receive(message))
    this.#worker.on('error', (fault) => this.#failAll(fault))
    this.#worker.on('exit', () => {
      onEnd()
      this.#failAll(new Error('the thread has ended'))
    })
  }

  get waiting(): number {
    return this.#asked.size
  }

  ask(question: Omit<ToSignatureWorker, 'id'>): Promise<Uint8Array | boolean> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<Uint8Array | boolean>()
    this.#asked.set(id, answer)
    this.#worker.ref()
    this.#worker.postMessage({ id, ...question } satisfies ToSignatureWorker)
    return answer.promise
  }

  #receive(message: FromSignatureWorker): void {
    const asked = this.#asked.get(message.id)
    this.#asked.delete(message.id)
    if (this.#asked.size === 0) this.#worker.unref()
    if ('result' in message) asked?.resolve(message.result)
    else asked?.reject(new Error(message.fault))
  }

  #failAll(fault: unknown): void {
    for (const { reject } of this.#asked.values()) reject(fault)
    this.#asked.clear()
  }
}
