import type { SqlError } from '../../../kit/sql-queries/sql-error.ts'

/** How a query failed: what its status says. */
export interface QueryFailure {
  reason: string
  category: 1 | 2 | 3
  /** @see https://docs.aws.amazon.com/athena/latest/ug/error-reference.html */
  type: number
  retryable: boolean
}

/** A query cannot be run, for a reason that is not in its text: permissions, objects that are missing, its work group. */
export class QueryRefusedError extends Error {
  readonly failure: QueryFailure

  constructor(reason: string, failure: Partial<Omit<QueryFailure, 'reason'>> = {}) {
    super(reason)
    this.failure = { reason, category: 2, type: 1000, retryable: false, ...failure }
  }
}

/** The bytes that a query may scan were exceeded: it is cancelled, not failed. */
export class CutoffError extends Error {}

const kinds: Readonly<Record<string, number>> = {
  SYNTAX_ERROR: 1006,
  EXCEEDED_RESOURCES: 0,
  HIVE_BAD_DATA: 1001,
  HIVE_CURSOR_ERROR: 1001,
  HIVE_INVALID_METADATA: 1004,
}

export const failureOf = (error: SqlError): QueryFailure => ({
  reason: error.text,
  category: 2,
  type: kinds[error.kind] ?? 1000,
  retryable: false,
})

/** The failure of a DDL statement, in the words that the catalogue has for it. */
export const ddlFailure = (reason: string): QueryRefusedError =>
  new QueryRefusedError(
    `FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. ${reason}`,
    {
      type: 1003,
    },
  )
