import { duckdbType, type HiveType, quotedName, quotedText } from '../hive-types.ts'
import type { SourceColumn, SourceFormat, SourceTable } from '../sources.ts'
import { SqlError } from '../sql-error.ts'
import { cloudTrailSpelling } from './cloudtrail-names.ts'

/** The column of DuckDB that has the number of a row's partition: the name of a folder. */
export const partitionKey = '__p'

/** The pseudo-column of the path of a row's file. */
export const pathColumn = '$path'

/** Where the rows of a table are: files that its format's reader takes. */
export interface RowFiles {
  /** Glob pattern; undefined where there are none. */
  pattern: string | undefined
  /** Names of the columns that Parquet files have. */
  present?: readonly string[]
  /** Whether a statement asks for the paths of files. Otherwise rows do not have them, so that `*` does not show them. */
  withPath: boolean
}

/** The statement that makes a view of a table's files, under the table's name. */
export function viewStatement(table: SourceTable, { pattern, present = [], withPath }: RowFiles): string {
  const name = `${quotedName(table.schema)}.${quotedName(table.name)}`
  if (pattern === undefined) {
    const all = [...table.columns, ...table.partitionColumns]
    const path = withPath ? [`'' AS ${quotedName(pathColumn)}`] : []
    const empty = [...all.map(({ name, type }) => nullColumn(name, type)), ...path]
    return `CREATE VIEW ${name} AS SELECT ${empty.join(', ')} WHERE false`
  }
  const columns = table.columns.map((column) => columnExpression(column, table, present))
  const source = readerOf(table, pattern)
  const all = [...columns, ...partitionExpressions(table), ...(withPath ? [pathExpression(table)] : [])]
  return `CREATE VIEW ${name} AS SELECT ${all.join(', ')} FROM ${source}`
}

const nullColumn = (name: string, type: HiveType) => `CAST(NULL AS ${duckdbType(type)}) AS ${quotedName(name)}`

function partitionExpressions({ partitionColumns, partitions }: SourceTable): string[] {
  return partitionColumns.map(({ name, type }, index) => {
    const values = partitions
      .map(({ values }) => values[index])
      .map((value) => (value === undefined ? 'NULL' : quotedText(value)))
    return `TRY_CAST(CAST([${values.join(', ')}] AS VARCHAR[])[${partitionKey} + 1] AS ${duckdbType(type)}) AS ${quotedName(name)}`
  })
}

/** Files are numbered through all partitions, in the order of the table. */
function pathExpression({ partitions }: SourceTable): string {
  const paths = partitions.flatMap(({ files }) => files.map(({ path }) => quotedText(path)))
  return `CAST([${paths.join(', ')}] AS VARCHAR[])[CAST(regexp_extract(filename, '([0-9]+)\\.[a-z]+$', 1) AS INTEGER) + 1] AS ${quotedName(pathColumn)}`
}

const partitioned = `hive_partitioning = true, hive_types = {'${partitionKey}': INTEGER}, filename = true`

function readerOf({ columns, format }: SourceTable, pattern: string): string {
  const files = quotedText(pattern)
  switch (format.kind) {
    case 'cloudtrail':
    case 'json': {
      const types = columns.map((column) => {
        const type = duckdbType(column.type, (path) => spellingOf(format, [column.name, ...path]))
        return `${quotedText(jsonName(format, column.name))}: ${quotedText(type)}`
      })
      const ignores = format.kind === 'json' && format.ignoresMalformed ? ', ignore_errors = true' : ''
      return `read_json(${files}, format = 'newline_delimited', columns = {${types.join(', ')}}, maximum_object_size = 8388608, ${partitioned}${ignores})`
    }
    case 'text':
      return textReader(columns, format, files)
    case 'parquet':
      return `read_parquet(${files}, union_by_name = true, ${partitioned})`
  }
}

type JsonFormat = Extract<SourceFormat, { kind: 'cloudtrail' | 'json' }>
type TextFormat = Extract<SourceFormat, { kind: 'text' }>

const spellingOf = (format: JsonFormat, path: readonly string[]) =>
  format.kind === 'cloudtrail' ? cloudTrailSpelling(path) : undefined

function jsonName(format: JsonFormat, column: string): string {
  if (format.kind === 'cloudtrail') return cloudTrailSpelling([column]) ?? column
  const name = format.names?.[column] ?? column
  return format.ignoresCase ? name.toLowerCase() : name
}

function textReader(columns: readonly SourceColumn[], format: TextFormat, files: string): string {
  const common = `auto_detect = false, header = false, skip = ${format.skippedLines ?? 0}, max_line_size = 8388608, parallel = false, ${partitioned}`
  if (format.quote === undefined) {
    // A line is one value, which the view takes apart: lines may have more values than the table has columns, or fewer.
    return `read_csv(${files}, delim = '\u0001\u0002', quote = '', escape = '', columns = {'__line': 'VARCHAR'}, ${common})`
  }
  const types = columns.map(({ name }) => `${quotedText(name)}: 'VARCHAR'`)
  const { quote, delimiter } = format
  return `read_csv(${files}, delim = ${quotedText(delimiter)}, quote = ${quotedText(quote)}, escape = ${quotedText(format.escape ?? quote)}, columns = {${types.join(', ')}}, null_padding = true, strict_mode = false, ${common})`
}

function columnExpression({ name, type }: SourceColumn, table: SourceTable, present: readonly string[]): string {
  const { format } = table
  switch (format.kind) {
    case 'cloudtrail':
    case 'json':
      return `${quotedName(jsonName(format, name))} AS ${quotedName(name)}`
    case 'parquet': {
      const found = present.find((column) => column.toLowerCase() === name)
      return found === undefined
        ? nullColumn(name, type)
        : `CAST(${quotedName(found)} AS ${duckdbType(type)}) AS ${quotedName(name)}`
    }
    case 'text':
      return `${textExpression(format, table.columns, { name, type })} AS ${quotedName(name)}`
  }
}

function textExpression(format: TextFormat, columns: readonly SourceColumn[], { name, type }: SourceColumn): string {
  const index = columns.findIndex((column) => column.name === name) + 1
  const { delimiter, nullText = '\\N', elementDelimiter = '\u0002', keyDelimiter = '\u0003' } = format
  const raw = format.quote === undefined ? `string_split(__line, ${quotedText(delimiter)})[${index}]` : quotedName(name)
  const text = format.quote === undefined ? `nullif(${raw}, ${quotedText(nullText)})` : raw
  if (type.kind === 'primitive') return type.name === 'string' ? text : `TRY_CAST(${text} AS ${duckdbType(type)})`
  const elements = `string_split(${text}, ${quotedText(elementDelimiter)})`
  if (type.kind === 'array' && type.element.kind === 'primitive') {
    return `list_transform(${elements}, lambda x: TRY_CAST(x AS ${duckdbType(type.element)}))`
  }
  if (type.kind === 'map' && type.key.kind === 'primitive' && type.value.kind === 'primitive') {
    const key = `TRY_CAST(split_part(x, ${quotedText(keyDelimiter)}, 1) AS ${duckdbType(type.key)})`
    const value = `TRY_CAST(split_part(x, ${quotedText(keyDelimiter)}, 2) AS ${duckdbType(type.value)})`
    return `map_from_entries(list_transform(${elements}, lambda x: {k: ${key}, v: ${value}}))`
  }
  throw new SqlError('NOT_SUPPORTED', `Column '${name}': rows, and lists of lists, in text files are not supported`)
}
