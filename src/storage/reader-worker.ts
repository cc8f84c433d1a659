import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'
import { answerQuestions } from '../core/answer-questions.ts'
import type { SqlValue } from '../core/sql.ts'
import type { ReadAnswer, ReadQuestion } from './reader-threads.ts'

// A thread that reads a SQLite file. Runs as a worker's main module.

const { file }: { file: string } = workerData
const database = new DatabaseSync(file, { readOnly: true })
for (const pragma of ['busy_timeout = 2000', 'trusted_schema = OFF', 'temp_store = MEMORY']) {
  database.exec(`PRAGMA ${pragma}`)
}

/** Texts of statements are constants, so there are few. */
const prepared = new Map<string, StatementSync>()

answerQuestions(({ statement, parameters, maxRows, ended }: ReadQuestion): ReadAnswer => {
  const isEnded = new Uint8Array(ended)
  const rows: Record<string, SqlValue>[] = []
  try {
    for (const row of preparedOf(statement).iterate(...parameters)) {
      // Then there is no one who would hear of it.
      if (Atomics.load(isEnded, 0) !== 0) return { rows: [] }
      if (rows.length === maxRows) return { overflow: true }
      rows.push(row as Record<string, SqlValue>)
    }
    return { rows }
  } catch (failure) {
    return { wrong: failure instanceof Error ? failure.message : String(failure) }
  }
})

function preparedOf(text: string): StatementSync {
  let statement = prepared.get(text)
  if (!statement) {
    statement = database.prepare(text)
    prepared.set(text, statement)
  }
  return statement
}
