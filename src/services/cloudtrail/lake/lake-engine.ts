import { writeFile } from 'node:fs/promises'
import { hourMs, minuteMs } from '../../../core/durations.ts'
import type { ResultColumn, ResultRow, SourceTable, Statement } from '../../../kit/sql-queries/sources.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import { EngineMissingError, SqlQueries } from '../../../kit/sql-queries/sql-queries.ts'
import type { LakeColumn } from '../domain/lake/columns.ts'
import { engineMissing, invalidQueryStatement } from '../domain/lake/errors.ts'
import type { LakeStatement } from '../domain/lake/statement.ts'

/** A table of a query, with its rows. */
export interface LakeTable {
  /** Id of the store. */
  id: string
  columns: readonly LakeColumn[]
  /** The rows of one batch after the other: JSON lines, compressed or not. */
  files(): AsyncIterable<Buffer>
}

/** Where the schema of Lake's tables is, as the engine sees it; statements do not name it. */
const schema = 'lake'
const catalog = 'cloudtrail'

const limits = () => ({ memory: '1GB', threads: 2, scratchBytes: 32 * 1024 ** 3 })

/** Runs Lake's statements, in processes beside the server's. */
export class LakeEngine {
  /** Apart from the queries, so that StartQuery does not wait for one that takes long. */
  readonly #checks = new SqlQueries({ most: 1, limits: limits(), mostMs: minuteMs })
  readonly #queries = new SqlQueries({ most: 2, limits: limits(), mostMs: hourMs })

  /**
   * Checks a statement against its tables, without their rows.
   * @throws ServiceError InvalidQueryStatementException; UnsupportedOperationException where the engine is not installed.
   */
  async check(
    signal: AbortSignal,
    statement: LakeStatement,
    tables: readonly Pick<LakeTable, 'id' | 'columns'>[],
    nowMs: number,
  ): Promise<void> {
    try {
      await this.#checks.run(signal, async (query) => {
        const asked = statementOf(statement, nowMs)
        const { tables: named } = await query.analyse(asked)
        if (named.length === 0) {
          throw invalidQueryStatement('The statement must name the ID of an event data store in its FROM clause.')
        }
        for (const { name, schema: of } of named) {
          if (of !== schema || !tables.some(({ id }) => id === name))
            throw invalidQueryStatement(`${name} is not the ID of an event data store.`)
        }
        for (const table of tables) await query.defineTable({ ...tableOf(table), partitions: [] })
        await query.start(asked)
      })
    } catch (error) {
      if (error instanceof SqlError) throw invalidQueryStatement(error.text)
      if (error instanceof EngineMissingError) throw engineMissing()
      throw error
    }
  }

  /**
   * Runs a statement.
   * @param take - takes its rows, some thousands at a time.
   * @throws SqlError, what the engine throws; the reason of the signal.
   */
  async run(
    signal: AbortSignal,
    statement: LakeStatement,
    tables: readonly LakeTable[],
    {
      nowMs,
      take,
    }: { nowMs: number; take(columns: readonly ResultColumn[], rows: readonly ResultRow[]): Promise<void> },
  ): Promise<void> {
    await this.#queries.run(signal, async (query) => {
      let files = 0
      for (const table of tables) {
        const named: { name: string; path: string }[] = []
        for await (const content of table.files()) {
          query.signal.throwIfAborted()
          const name = String(files++)
          await writeFile(query.inFile(name), content, { mode: 0o600 })
          named.push({ name, path: name })
        }
        const partitions = named.length > 0 ? [{ values: [], files: named }] : []
        await query.defineTable({ ...tableOf(table), partitions })
      }
      const columns = await query.start(statementOf(statement, nowMs))
      // Also where there are no rows, there are columns.
      await take(columns, [])
      for (let rows = await query.rows(); rows.length > 0; rows = await query.rows()) await take(columns, rows)
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#checks.close(), this.#queries.close()])
  }
}

const statementOf = ({ text }: LakeStatement, nowMs: number): Statement => ({ text, schema, nowMs, catalog })

const tableOf = ({ id, columns }: Pick<LakeTable, 'id' | 'columns'>): Omit<SourceTable, 'partitions'> => ({
  ...{ kind: 'table', schema, name: id, columns, partitionColumns: [] },
  format: { kind: 'json', ignoresCase: false },
})
