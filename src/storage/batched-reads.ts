import type { Sql } from '../core/sql.ts'
import { selectOne } from './document-queries.ts'

/** The primary key of a document: collection, account, region, id. */
export type DocumentKey = readonly [collection: string, account: string, region: string, id: string]

interface Waiting {
  key: DocumentKey
  resolve(text: string | undefined): void
  reject(reason: unknown): void
}

/** More are read by several statements. */
const mostInOne = 8

/**
 * Reads single documents of a database that is asked over the network: those that are asked for at the same time come with one
 * statement, as of one commit. Nothing waits for others: what was asked for since the thread was last free is sent.
 */
export class BatchedReads {
  readonly #sql: Sql
  #waiting: Waiting[] = []

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** @returns the document's JSON text as stored; undefined when there is none. */
  read(key: DocumentKey): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#send())
      this.#waiting.push({ key, resolve, reject })
    })
  }

  #send(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (let from = 0; from < waiting.length; from += mostInOne)
      void this.#readAll(waiting.slice(from, from + mostInOne))
  }

  async #readAll(batch: readonly Waiting[]): Promise<void> {
    try {
      const parameters = batch.flatMap(({ key }) => key)
      const rows = await this.#sql.all<{ place: number; document: string }>(statementFor(batch.length), parameters)
      const found = new Map(rows.map(({ place = 0, document }) => [place, document]))
      for (const [place, { resolve }] of batch.entries()) resolve(found.get(place))
    } catch (failure) {
      for (const { reject } of batch) reject(failure)
    }
  }
}

const statements: string[] = []

/** One branch for each document, so that each is found by the primary key. */
function statementFor(count: number): string {
  if (count === 1) return selectOne
  statements[count] ??= Array.from({ length: count }, (_, place) =>
    selectOne.replace('SELECT', `SELECT ${place} AS place,`),
  ).join(' UNION ALL ')
  return statements[count]
}
