import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { appendBehind } from './append-behind.ts'
import type { AppendOrder, AppendReply, AppendWorkerData } from './append-thread.ts'
import { SqliteFile } from './sqlite-file.ts'

/** Appends what it is sent to a file database, on a connection of its own. Runs as a worker's main module. */
function serve(port: MessagePort, { databaseFile, key }: AppendWorkerData): void {
  const database = SqliteFile.forAppending(databaseFile)
  const reply = (message: AppendReply) => port.postMessage(message)
  const append = (order: AppendOrder) => database.write((sql) => appendBehind(sql, { ...order, key }))
  port.on('message', (order: AppendOrder | 'stop') => {
    if (order === 'stop') {
      database.close()
      port.close()
      return
    }
    append(order).then(
      // The hash is a part of a buffer that others share: a message would take all of it along.
      ({ seq, hash }) => reply({ head: { seq, hash: Uint8Array.from(hash) } }),
      (failure) => {
        reply({ failure: failure instanceof Error ? failure.message : String(failure) })
        // What cannot be undone would hold the lock: with this thread its connection ends too.
        if (database.isInTransaction) throw failure
      },
    )
  })
  reply('ready')
}

if (parentPort) serve(parentPort, workerData as AppendWorkerData)
