/** The kinds of errors that a statement can have, under the names that Trino gives them. */
export type SqlErrorKind =
  | 'SYNTAX_ERROR'
  | 'CATALOG_NOT_FOUND'
  | 'SCHEMA_NOT_FOUND'
  | 'TABLE_NOT_FOUND'
  | 'COLUMN_NOT_FOUND'
  | 'FUNCTION_NOT_FOUND'
  | 'AMBIGUOUS_NAME'
  | 'TYPE_MISMATCH'
  | 'EXPRESSION_NOT_AGGREGATE'
  | 'INVALID_FUNCTION_ARGUMENT'
  | 'INVALID_CAST_ARGUMENT'
  | 'DIVISION_BY_ZERO'
  | 'NUMERIC_VALUE_OUT_OF_RANGE'
  | 'NOT_SUPPORTED'
  | 'CONSTRAINT_VIOLATION'
  | 'HIVE_BAD_DATA'
  | 'HIVE_CURSOR_ERROR'
  | 'HIVE_INVALID_METADATA'
  | 'EXCEEDED_RESOURCES'
  | 'GENERIC_USER_ERROR'

/** A place in the text of a statement, both counted from 1, the column in characters. */
export interface SqlPlace {
  line: number
  column: number
}

/** The place of a character in a text. @param at - in UTF-16 units, from 0. */
export function placeOf(text: string, at: number): SqlPlace {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1 }
}

/** A statement cannot be run, or failed. The message is for the user who wrote the statement. */
export class SqlError extends Error {
  readonly kind: SqlErrorKind
  readonly place: SqlPlace | undefined

  constructor(kind: SqlErrorKind, message: string, place?: SqlPlace) {
    super(message)
    this.name = 'SqlError'
    this.kind = kind
    this.place = place
  }

  /** The error in one line, as Athena gives it: `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved`. */
  get text(): string {
    if (this.kind === 'EXCEEDED_RESOURCES') return this.message
    const at = this.place ? `line ${this.place.line}:${this.place.column}: ` : ''
    return `${this.kind}: ${at}${this.message}`
  }
}

/** An error of a statement as it is sent from one process to another. */
export interface SentSqlError {
  kind: SqlErrorKind
  message: string
  place?: SqlPlace | undefined
}

export const sentSqlError = ({ kind, message, place }: SqlError): SentSqlError => ({ kind, message, place })

export const receivedSqlError = ({ kind, message, place }: SentSqlError): SqlError => new SqlError(kind, message, place)
