import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { hourMs } from '../../../core/durations.ts'
import type { WorkRunner } from '../../../core/scheduler.ts'
import type { CollectionSpec, Scope, Store, Transaction } from '../../../core/store.ts'
import type { CodeReference } from '../domain/function.ts'

/** How many versions have an archive as their code. Without any it is on its way in, or left over. */
const codes: CollectionSpec<{ chunks: number; references: number }> = { name: 'lambda.codes' }

/**
 * Parts of archives, under code id and number. Sealed: code may hold secrets. In parts, so that no commit is large and no
 * other call waits for one.
 */
const codeChunks: CollectionSpec<{ bytes: string }> = { name: 'lambda.code-chunks', sealed: ['bytes'] }

/** The kind of due work that removes code which no version refers to. */
export const sweepCodeWork = 'lambda.sweep-code'

const chunkBytes = 512 * 1024

/** By then, whoever stored an archive has made a version of it, or failed. */
const sweepAfterMs = hourMs

/** Deployment archives in the database, content as uploaded. */
export class CodeStore {
  readonly #store: Store
  readonly #clock: Clock

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /**
   * Stores an archive ahead of the change that will refer to it. One that nothing refers to within the hour is removed.
   * @returns its id.
   */
  async add(scope: Scope, archive: Buffer): Promise<string> {
    const codeId = randomUUID()
    const chunks = Math.ceil(archive.length / chunkBytes)
    await this.#store.transaction(async (tx) => {
      await tx.in(codes).put(scope, codeId, { chunks, references: 0 })
      const dueAtMs = this.#clock.nowMs() + sweepAfterMs
      await tx.schedule({ kind: sweepCodeWork, key: codeId, dueAtMs, scope, payload: null })
    })
    for (let number = 0; number < chunks; number++) {
      const bytes = archive.subarray(number * chunkBytes, (number + 1) * chunkBytes).toString('base64')
      await this.#store.transaction((tx) => tx.in(codeChunks).put(scope, chunkId(codeId, number), { bytes }))
    }
    return codeId
  }

  /** @throws Error when the archive is not there: its version was deleted meanwhile. */
  async read(scope: Scope, { codeId, bytes }: CodeReference): Promise<Buffer> {
    const parts: Buffer[] = []
    const code = await this.#store.in(codes).get(scope, codeId)
    for (let number = 0; number < (code?.chunks ?? 0); number++) {
      // A list rather than a look-up: archives must not push everything else out of the cache of documents.
      const afterId = number === 0 ? `${codeId}/` : chunkId(codeId, number - 1)
      const [part] = await this.#store.in(codeChunks).list(scope, { afterId, limit: 1 })
      if (part?.id === chunkId(codeId, number)) parts.push(Buffer.from(part.document.bytes, 'base64'))
    }
    const archive = Buffer.concat(parts)
    if (archive.length !== bytes) throw new Error(`the code ${codeId} is not whole`)
    return archive
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

/** A version is gone; with the last one that has it, the code goes too. */
export async function releaseCode(tx: Transaction, scope: Scope, codeId: string): Promise<void> {
  const code = await tx.in(codes).get(scope, codeId)
  if (!code) return
  if (code.references > 1) await tx.in(codes).put(scope, codeId, { ...code, references: code.references - 1 })
  else await removeCode(tx, scope, codeId, code.chunks)
}

async function removeCode(tx: Transaction, scope: Scope, codeId: string, chunks: number): Promise<void> {
  for (let number = 0; number < chunks; number++) await tx.in(codeChunks).delete(scope, chunkId(codeId, number))
  await tx.in(codes).delete(scope, codeId)
}

/** Removes code that was stored for a change that never came. */
export const sweepCodeRunner =
  (): WorkRunner =>
  async ({ scope, key: codeId }) =>
  async (tx) => {
    const code = await tx.in(codes).get(scope, codeId)
    if (code?.references === 0) await removeCode(tx, scope, codeId, code.chunks)
  }
