import { SqlError, type SqlErrorKind, type SqlPlace } from '../sql-error.ts'
import type { StatementText } from '../trino/statement-text.ts'
import { locationOf, nodesOf, type ParseFailure, type Tree, type TreeNode } from '../trino/tree.ts'
import { exhausted } from './limits.ts'

// DuckDB's errors as Trino words them. Places are those in the text that the user wrote: DuckDB has run another one, so what an error
// names is looked for in the tree of the user's text.

/** The text of the user, as it was parsed. */
interface WrittenText {
  tree: Tree
  placeAt(offset: number): SqlPlace
}

interface EngineFailure {
  exception_type: string
  exception_message: string
  error_subtype?: string
  name?: string
  call?: string
}

/** The error of a text that DuckDB's parser does not take. */
export function parseError(
  { error_type: type, error_message: message, position }: ParseFailure,
  text: StatementText,
): SqlError {
  if (type === 'not implemented') {
    return new SqlError(
      'SYNTAX_ERROR',
      `mismatched input '${text.text.trim().split(/\s/, 1)[0]}'. Expecting: <query>`,
      text.placeAt(0),
    )
  }
  const place = position === undefined ? undefined : text.placeAt(Number(position))
  const [, near] = /at or near "([\s\S]*)"$/.exec(message) ?? []
  if (near !== undefined) return new SqlError('SYNTAX_ERROR', `mismatched input '${near}'`, place)
  if (/end of input/.test(message)) {
    return new SqlError('SYNTAX_ERROR', "mismatched input '<EOF>'", text.placeAt(Buffer.byteLength(text.text)))
  }
  return new SqlError('SYNTAX_ERROR', firstLine(message), place ?? text.placeAt(0))
}

/** Returns what DuckDB says of a failure. */
export const engineMessage = (failure: unknown): string => readFailure(failure).exception_message

/** @param folder - of the query: paths in it are not shown. @returns the error for the user, or the fault as it is. */
export function engineError(failure: unknown, folder: string, written?: WrittenText): unknown {
  if (failure instanceof SqlError || !(failure instanceof Error)) return failure
  const read = readFailure(failure)
  const error = read.exception_type === '' ? undefined : wordError(read, written)
  if (!error) return failure
  const message = error.message.replaceAll(new RegExp(`${escapePattern(folder)}\\S*`, 'g'), 'the data')
  return new SqlError(error.kind, message, error.place)
}

/** Errors of statements are JSON; those of rows that are read are text. */
function readFailure(failure: unknown): EngineFailure {
  const text = failure instanceof Error ? failure.message : String(failure)
  const json = text.indexOf('{"exception_type"')
  if (json >= 0) {
    try {
      return JSON.parse(text.slice(json))
    } catch {
      // It is text after all.
    }
  }
  const [, type = '', message = ''] = /(?:^|Error: )([A-Z][A-Za-z ]*?)(?: Error)?: ([\s\S]*)$/.exec(text) ?? []
  return { exception_type: type, exception_message: message }
}

function wordError(
  { exception_type: type, exception_message: message, error_subtype, name, call }: EngineFailure,
  written?: WrittenText,
) {
  const at = (test: (node: TreeNode) => boolean) => placeIn(written, test)
  const error = (kind: SqlErrorKind, text: string, place?: SqlPlace) => new SqlError(kind, text, place)
  // What the macros of the dialect raise begins with its kind.
  const [, raised, text] =
    /^(?:Invalid Input Error: )?(DIVISION_BY_ZERO|INVALID_CAST_ARGUMENT): ([^\n]*)/.exec(message) ?? []
  if (raised) return error(raised as SqlErrorKind, text ?? '')
  if (/Out of Memory|OutOfMemory/i.test(type)) return error('EXCEEDED_RESOURCES', exhausted)
  if (error_subtype === 'COLUMN_NOT_FOUND')
    return error('COLUMN_NOT_FOUND', `Column '${name}' cannot be resolved`, at(isColumn(name)))
  const [, early] = /^Column "([^"]*)" referenced that exists in the SELECT clause/.exec(message) ?? []
  if (early) return error('COLUMN_NOT_FOUND', `Column '${early}' cannot be resolved`, at(isColumn(early)))
  const [, table, column] = /^Table "([^"]*)" does not have a column named "([^"]*)"/.exec(message) ?? []
  if (column) return error('COLUMN_NOT_FOUND', `Column '${table}.${column}' cannot be resolved`, at(isColumn(column)))
  const [, unknownTable] = /^Referenced table "([^"]*)" not found/.exec(message) ?? []
  if (unknownTable) {
    const place = at(isColumn(unknownTable))
    return error('COLUMN_NOT_FOUND', `Column '${unknownTable}' cannot be resolved`, place)
  }
  const [, field] = /^Could not find key "([^"]*)" in struct/.exec(message) ?? []
  if (field) return error('COLUMN_NOT_FOUND', `Column '${field}' cannot be resolved`, at(isColumn(field)))
  const [, ambiguous] = /^Ambiguous reference to column name "([^"]*)"/.exec(message) ?? []
  if (ambiguous) return error('AMBIGUOUS_NAME', `Column '${ambiguous}' is ambiguous`, at(isColumn(ambiguous)))
  const [, grouped] = /^column "([^"]*)" must appear in the GROUP BY clause/i.exec(message) ?? []
  if (grouped) {
    const wrong = `'${grouped}' must be an aggregate expression or appear in GROUP BY clause`
    return error('EXPRESSION_NOT_AGGREGATE', wrong, at(isColumn(grouped)))
  }
  if (error_subtype === 'NO_MATCHING_FUNCTION' && call) {
    const [, called = '', types = ''] = /^([^(]*)\((.*)\)$/s.exec(call) ?? []
    const wrong = /^\W/.test(called)
      ? `Cannot apply operator: ${types.split(', ').join(` ${called} `)}`
      : `Unexpected parameters (${types.toLowerCase()}) for function ${called.replace(/^trino_/, '')}`
    return error('TYPE_MISMATCH', wrong, at(isCall(called)))
  }
  if (type === 'Conversion') return error('INVALID_CAST_ARGUMENT', firstLine(message))
  if (type === 'Out of Range') return error('NUMERIC_VALUE_OUT_OF_RANGE', firstLine(message))
  if (/Malformed JSON|JSON transform|Invalid Input/i.test(`${type} ${message}`) && /\.json/.test(message)) {
    return error('HIVE_BAD_DATA', firstLine(message))
  }
  if (type === 'Binder')
    return error(
      'TYPE_MISMATCH',
      firstLine(message),
      at((node) => locationOf(node) !== undefined),
    )
  if (/^(Catalog|Permission|Invalid Input|Parser|Not implemented|IO|Constraint|Syntax)/i.test(type)) {
    return error('GENERIC_USER_ERROR', firstLine(message))
  }
  return undefined
}

function placeIn(written: WrittenText | undefined, test: (node: TreeNode) => boolean): SqlPlace | undefined {
  if (!written) return undefined
  for (const node of nodesOf(written.tree.statements)) {
    const location = locationOf(node)
    if (location !== undefined && test(node)) return written.placeAt(location)
  }
  return written.placeAt(0)
}

const isColumn = (name: string | undefined) => (node: TreeNode) =>
  node.class === 'COLUMN_REF' &&
  Array.isArray(node.column_names) &&
  node.column_names.some((part) => String(part).toLowerCase() === name?.toLowerCase())

const isCall = (name: string) => (node: TreeNode) =>
  node.class === 'FUNCTION' && String(node.function_name).toLowerCase() === name.toLowerCase()

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const firstLine = (message: string) => message.split('\n', 1)[0] ?? ''
