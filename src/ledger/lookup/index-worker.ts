import { rmSync } from 'node:fs'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { positionOf } from '../consumer.ts'
import { chainStart } from '../hash-chain.ts'
import { isCorruption, SqliteFile } from '../sqlite-file.ts'
import { createPositions, hashOf } from '../tables.ts'
import { createLookupTables, indexVersion, lookupConsumer } from './index-schema.ts'
import { LookupIndex } from './lookup-index.ts'
import type { Answer, FromWorker, IndexFiles, Question, ToWorker } from './worker-lookup-index.ts'

/** Entries taken at once; lookups wait for them. */
const batchSize = 1024

/** Fewer lists hold the same events when segments are larger; but a start reads again what became none, and filing one takes time. */
const segmentSize = 4096

/** Keeps the index of a file database in a file of its own, in a thread of its own. Runs as a worker's main module. */
async function serve(port: MessagePort, { databaseFile, indexFile, keptMs }: IndexFiles): Promise<void> {
  const ledger = SqliteFile.forReading(databaseFile)
  const file = await openIndex(indexFile, ledger)
  const send = (message: FromWorker) => port.postMessage(message)
  let nowMs = 0
  const index = new LookupIndex({
    ledger,
    index: file,
    batchSize,
    segmentSize,
    keptMs,
    nowMs: () => nowMs,
    onFault: (fault) => {
      if (isCorruption(fault)) abandon(file, indexFile, fault)
      send({ kind: 'fault', message: messageOf(fault) })
    },
  })
  const answer = async (message: ToWorker) => {
    nowMs = message.nowMs
    if (message.kind === 'wake') return index.wake()
    if (message.kind === 'ask') return send({ kind: 'answer', id: message.id, answer: await answerOf(index, message) })
    await index.stop()
    file.close()
    ledger.close()
    port.close()
  }
  port.on('message', (message: ToWorker) => {
    answer(message).catch((fault) => {
      if (message.kind !== 'ask') throw fault
      send({ kind: 'failed', id: message.id, message: messageOf(fault) })
    })
  })
}

const answerOf = (index: LookupIndex, question: Question): Promise<Answer> =>
  'find' in question ? index.find(question.find) : index.release(question.release.seq, question.release.exactly)

/** Opens the index, or makes it anew when it is damaged, of another version or of another ledger than the database's. */
async function openIndex(file: string, ledger: SqliteFile): Promise<SqliteFile> {
  const existing = await usableIndex(file, ledger)
  if (existing) return existing
  removeIndex(file)
  const index = SqliteFile.rebuildable(file)
  await index.write(async () => {
    await createPositions(index)
    await createLookupTables(index)
    await index.run(`PRAGMA user_version = ${indexVersion}`)
  })
  return index
}

async function usableIndex(file: string, ledger: SqliteFile): Promise<SqliteFile | undefined> {
  let index: SqliteFile | undefined
  try {
    index = SqliteFile.rebuildable(file)
    if (await isUsable(index, ledger)) return index
  } catch (fault) {
    if (!isCorruption(fault)) throw fault
  }
  index?.close()
  return undefined
}

// A database that was put back from a backup may have gone another way since: its records then have other hashes.
async function isUsable(index: SqliteFile, ledger: SqliteFile): Promise<boolean> {
  const [row] = await index.all<{ user_version: number }>('PRAGMA user_version')
  if (row?.user_version !== indexVersion) return false
  const { seq, hash } = await positionOf(index, lookupConsumer)
  if (seq === chainStart.seq) return true
  const found = await hashOf(ledger, seq)
  return found !== undefined && Buffer.compare(found, hash) === 0
}

/** Ends this thread; the next one makes the index anew. */
function abandon(index: SqliteFile, file: string, fault: unknown): never {
  index.close()
  removeIndex(file)
  throw new Error(`The ledger's index is damaged and will be made anew: ${messageOf(fault)}`)
}

function removeIndex(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true })
}

const messageOf = (fault: unknown) => (fault instanceof Error ? fault.message : String(fault))

if (parentPort) await serve(parentPort, workerData as IndexFiles)
