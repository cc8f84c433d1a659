import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Blobs } from '../../../core/blobs.ts'
import type { Clock } from '../../../core/clock.ts'
import { hourMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../../../core/store.ts'
import type { CodeReference } from '../domain/function.ts'

interface Code {
  /** How many versions have the archive as their code. Without any it is on its way in, or left over. */
  references: number
  /** The blob that holds it. */
  blobId?: string
  /** Of an archive that an earlier version of the server stored: how many documents hold it. */
  chunks?: number
}

const codes: CollectionSpec<Code> = { name: 'lambda.codes' }

/** Parts of archives that earlier versions of the server stored, under code id and number. They go with their functions' code. */
const codeChunks: CollectionSpec<{ bytes: string }> = { name: 'lambda.code-chunks', sealed: ['bytes'] }

/** The kind of due work that removes code which no version refers to. */
export const sweepCodeWork = 'lambda.sweep-code'

/** By then, the call that stored an archive has made a version of it, or failed. */
const sweepAfterMs = hourMs

/** Deployment archives, content as uploaded: blobs. */
export class CodeStore {
  readonly #store: Store
  readonly #blobs: Blobs
  readonly #clock: Clock

  constructor(store: Store, blobs: Blobs, clock: Clock) {
    this.#store = store
    this.#blobs = blobs
    this.#clock = clock
  }

  /**
   * Stores an archive ahead of the change that will refer to it. One that nothing refers to within the hour is removed.
   * @returns its id.
   */
  async add(scope: Scope, archive: Buffer): Promise<string> {
    const codeId = randomUUID()
    const blob = await this.#blobs.put(archive)
    await this.#store.transaction(async (tx) => {
      await this.#blobs.commit(tx, blob)
      await tx.in(codes).put(scope, codeId, { references: 0, blobId: blob.id })
      const dueAtMs = this.#clock.nowMs() + sweepAfterMs
      await tx.schedule({ kind: sweepCodeWork, key: codeId, dueAtMs, scope, payload: null })
    })
    return codeId
  }

  /** @throws Error when the archive is not there: its version was deleted meanwhile. */
  async read(scope: Scope, { codeId, bytes }: CodeReference): Promise<Buffer> {
    const code = await this.#store.in(codes).get(scope, codeId)
    const archive = code?.blobId
      ? await buffer(await this.#blobs.read(code.blobId))
      : await this.#readChunks(scope, codeId, code?.chunks ?? 0)
    if (archive.length !== bytes) throw new Error(`the code ${codeId} is not whole`)
    return archive
  }

  /** A version is gone; with the last one that has it, the code goes too. */
  async release(tx: Transaction, scope: Scope, codeId: string): Promise<void> {
    const code = await tx.in(codes).get(scope, codeId)
    if (!code) return
    if (code.references > 1) await tx.in(codes).put(scope, codeId, { ...code, references: code.references - 1 })
    else await this.#remove(tx, scope, codeId, code)
  }

  /** Removes code that was stored for a change that never came. */
  get sweepRunner(): WorkRunner {
    return async ({ scope, key: codeId }) =>
      async (tx) => {
        const code = await tx.in(codes).get(scope, codeId)
        if (code?.references === 0) await this.#remove(tx, scope, codeId, code)
      }
  }

  async #readChunks(scope: Scope, codeId: string, chunks: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let number = 0; number < chunks; number++) {
      // A list rather than a look-up: archives must not push everything else out of the cache of documents.
      const afterId = number === 0 ? `${codeId}/` : chunkId(codeId, number - 1)
      const [part] = await this.#store.in(codeChunks).list(scope, { afterId, limit: 1 })
      if (part?.id === chunkId(codeId, number)) parts.push(Buffer.from(part.document.bytes, 'base64'))
    }
    return Buffer.concat(parts)
  }

  async #remove(tx: Transaction, scope: Scope, codeId: string, { blobId, chunks = 0 }: Code): Promise<void> {
    if (blobId) await this.#blobs.remove(tx, blobId)
    for (let number = 0; number < chunks; number++) await tx.in(codeChunks).delete(scope, chunkId(codeId, number))
    await tx.in(codes).delete(scope, codeId)
  }
}

const chunkId = (codeId: string, number: number) => `${codeId}/${String(number).padStart(4, '0')}`

/** A further version has this code. */
export async function referToCode(tx: Transaction, scope: Scope, codeId: string): Promise<void> {
  const code = await tx.in(codes).get(scope, codeId)
  if (!code) throw new Error(`there is no code ${codeId}`)
  await tx.in(codes).put(scope, codeId, { ...code, references: code.references + 1 })
  await tx.unschedule(sweepCodeWork, codeId)
}
