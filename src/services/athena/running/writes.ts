import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Column, Table, TableInput } from '@aws-sdk/client-glue'
import { quotedName, trinoType } from '../../../kit/sql-queries/hive-types.ts'
import type { ResultColumn, Statement } from '../../../kit/sql-queries/sources.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import type { SqlQuery } from '../../../kit/sql-queries/sql-queries.ts'
import { folderOf, type Location, printLocation, readLocation } from '../domain/location.ts'
import { isView, printView } from '../domain/presto-view.ts'
import { QueryRefusedError } from '../domain/query-failure.ts'
import type { AthenaStatement } from '../domain/statement.ts'
import { storedAs } from '../domain/stored-as.ts'
import { sourceColumns, sourceFormat } from '../domain/table-source.ts'
import { createGlueTable, databaseOf, inputOf } from './ddl/catalog.ts'
import { createPartitions } from './ddl/partitions.ts'
import { fileBody, resultFolder, resultKey } from './results.ts'
import type { Finished, RunContext } from './run-context.ts'

type StatementOf<Kind> = Extract<AthenaStatement, { kind: Kind }>
type Properties = Readonly<Record<string, string | readonly string[]>>

/** Makes a view, which the catalogue keeps as a table without a place. */
export async function createView(run: RunContext, view: StatementOf<'createView'>): Promise<void> {
  const database = databaseOf(run, view)
  const statement = run.statementOf(view.query)
  const columns = await run.inEngine((engine) => run.columnsOf(engine, statement))
  const input: TableInput = {
    ...{ Name: view.name, TableType: 'VIRTUAL_VIEW', PartitionKeys: [], Retention: 0 },
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    StorageDescriptor: { Columns: columns.map(glueColumn), Location: '', SerdeInfo: {}, NumberOfBuckets: 0 },
    ViewOriginalText: printView(view.query, statement.schema, statement.catalog, columns),
    ViewExpandedText: '/* Presto View */',
  }
  const present = view.replaces ? await run.services.findTable(database, view.name) : undefined
  if (!present) {
    await createGlueTable(run, database, input, false)
    return
  }
  if (!isView(present.TableType)) {
    throw new SqlError('GENERIC_USER_ERROR', `'${database}.${view.name}' is a table, not a view`)
  }
  await run.services.glue('UpdateTable', { DatabaseName: database, TableInput: input })
}

const glueColumn = ({ name, hiveType }: ResultColumn): Column => ({ Name: name.toLowerCase(), Type: hiveType })

/** How rows are written. */
interface OutputFormat {
  format: 'parquet' | 'json' | 'textfile'
  /** Of DuckDB's COPY. */
  options: string
  suffix: string
  delimiter: string
}

/** @throws SqlError for formats that are not written here. */
function outputFormat(properties: Properties): OutputFormat {
  const format = String(properties.format ?? 'PARQUET').toLowerCase()
  const delimiter = String(properties.field_delimiter ?? '\u0001')
  switch (format) {
    case 'parquet': {
      const compression = String(
        properties.write_compression ?? properties.parquet_compression ?? properties.compression ?? 'snappy',
      )
      const codec = {
        snappy: 'snappy',
        gzip: 'gzip',
        zstd: 'zstd',
        lz4: 'lz4',
        none: 'uncompressed',
        uncompressed: 'uncompressed',
      }[compression.toLowerCase()]
      if (!codec) throw new SqlError('NOT_SUPPORTED', `Compression ${compression} is not supported`)
      return { format, options: `FORMAT parquet, COMPRESSION ${codec}`, suffix: 'parquet', delimiter }
    }
    case 'json':
      return { format, options: 'FORMAT json, COMPRESSION gzip', suffix: 'json.gz', delimiter }
    case 'textfile': {
      const sign = delimiter.replaceAll("'", "''")
      return {
        format,
        options: `FORMAT csv, HEADER false, DELIMITER '${sign}', QUOTE '', ESCAPE '', NULLSTR '\\N', COMPRESSION gzip`,
        suffix: 'gz',
        delimiter,
      }
    }
    default:
      throw new SqlError('NOT_SUPPORTED', `Format ${format.toUpperCase()} is not supported`)
  }
}

interface Written {
  rows: number
  /** `s3://bucket/key`, of each object. */
  paths: string[]
  /** Folders `key=value`, each with values in the order of the columns. */
  partitions: { values: string[]; location: string }[]
}

/** Runs a statement and puts its rows into objects of a folder. */
async function writeRows(
  run: RunContext,
  engine: SqlQuery,
  statement: Statement,
  to: Location,
  { options, suffix }: OutputFormat,
  partitionColumns: readonly string[] = [],
): Promise<Written> {
  const folder = engine.outFile('out')
  const isPartitioned = partitionColumns.length > 0
  const by = isPartitioned
    ? `, PARTITION_BY (${partitionColumns.map(quotedName).join(', ')}), FILENAME_PATTERN '${run.query.id}_{i}'`
    : ''
  const path = isPartitioned ? folder : engine.outFile(`out.${suffix}`)
  const rows = await engine.copy(statement, path, `${options}${by}`)
  const files = isPartitioned ? await filesIn(folder) : rows > 0 ? [path] : []
  const paths: string[] = []
  const partitions = new Map<string, Written['partitions'][number]>()
  for (const file of files) {
    const folders = isPartitioned ? relative(folder, file).split(sep).slice(0, -1) : []
    const name = isPartitioned ? (relative(folder, file).split(sep).at(-1) ?? '') : `${run.query.id}.${suffix}`
    const inFolder = `${to.key}${folders.map((each) => `${each}/`).join('')}`
    const place = { bucket: to.bucket, key: `${inFolder}${name}` }
    await run.services.putResult(place, await fileBody(file), 'application/octet-stream')
    paths.push(printLocation(place))
    const values = folders.map((each) => decodeURIComponent(each.slice(each.indexOf('=') + 1)))
    if (isPartitioned)
      partitions.set(inFolder, { values, location: printLocation({ bucket: to.bucket, key: inFolder }) })
  }
  return { rows, paths, partitions: [...partitions.values()] }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((failure) => {
    // Without rows there is no folder.
    if (failure.code === 'ENOENT') return []
    throw failure
  })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** Puts the list of the objects that a query has written beside its results. */
async function finish(run: RunContext, { rows, paths }: Pick<Written, 'rows' | 'paths'>): Promise<Finished> {
  const { bucket } = resultFolder(run.query)
  const manifestKey = resultKey(run.query, '-manifest.csv')
  const list = Buffer.from(paths.map((path) => `${path}\n`).join(''))
  await run.services.putResult({ bucket, key: manifestKey }, list, 'text/csv')
  return { resultKey: resultKey(run.query, ''), columns: [], updateCount: rows, manifestKey }
}

/** @throws QueryRefusedError */
async function emptyFolder(run: RunContext, text: string): Promise<Location> {
  const place = readLocation(text)
  if (!place) throw new QueryRefusedError(`HIVE_INVALID_METADATA: Invalid location: ${text}`)
  const folder = folderOf(place)
  for await (const _object of run.services.objectsBelow(folder)) {
    throw new QueryRefusedError(
      `HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: ${text}. You may need to manually clean the data at this location before retrying.`,
    )
  }
  return folder
}

/** CREATE TABLE AS: writes the rows, then makes the table. */
export async function createTableAs(
  run: RunContext,
  { properties, query, withData, ifNotExists, name, ...named }: StatementOf<'createTableAs'>,
  parameters: readonly string[],
): Promise<Finished> {
  const database = databaseOf(run, { name, ...named })
  if (await run.services.findTable(database, name)) {
    if (ifNotExists) return finish(run, { rows: 0, paths: [] })
    throw new SqlError('GENERIC_USER_ERROR', `Table '${database}.${name}' already exists`)
  }
  if (properties.table_type && String(properties.table_type).toUpperCase() !== 'HIVE') {
    throw new SqlError('NOT_SUPPORTED', `Tables of the type ${properties.table_type} are not supported`)
  }
  if (properties.bucketed_by) throw new SqlError('NOT_SUPPORTED', 'bucketed_by is not supported')
  const format = outputFormat(properties)
  const own = resultFolder(run.query)
  const location = String(
    properties.external_location ?? printLocation({ ...own, key: `${own.key}tables/${run.query.id}/` }),
  )
  const folder = await emptyFolder(run, location)
  const partitionNames = [properties.partitioned_by ?? []].flat().map((column) => column.toLowerCase())
  const statement = run.statementOf(query, parameters)
  return run.inEngine(async (engine) => {
    await run.load(engine, statement, { withoutRows: !withData })
    const columns = await engine.start(statement)
    const unnamed = columns.findIndex(({ name: column }) => /^_col\d+$/.test(column))
    if (unnamed >= 0) throw new SqlError('SYNTAX_ERROR', `Column name not specified at position ${unnamed + 1}`)
    const partitioned = columns.slice(columns.length - partitionNames.length)
    if (partitioned.some(({ name: column }, index) => column.toLowerCase() !== partitionNames[index])) {
      throw new SqlError(
        'GENERIC_USER_ERROR',
        'Partition keys must be the last columns in the table and in the same order',
      )
    }
    const written = withData
      ? await writeRows(run, engine, statement, folder, format, partitionNames)
      : { rows: 0, paths: [], partitions: [] }
    const input = tableInput(name, columns, partitionNames.length, format, printLocation(folder))
    await createGlueTable(run, database, input, false)
    await registerPartitions(run, database, input, written)
    return finish(run, written)
  })
}

function tableInput(
  name: string,
  columns: readonly ResultColumn[],
  keys: number,
  output: OutputFormat,
  location: string,
): TableInput {
  const classes = storedAs(output.format)
  const separated: Record<string, string> = output.format === 'textfile' ? { 'field.delim': output.delimiter } : {}
  return {
    ...{ Name: name, TableType: 'EXTERNAL_TABLE', Retention: 0 },
    PartitionKeys: columns.slice(columns.length - keys).map(glueColumn),
    Parameters: { EXTERNAL: 'TRUE' },
    StorageDescriptor: {
      ...{ Columns: columns.slice(0, columns.length - keys).map(glueColumn), Location: location, NumberOfBuckets: 0 },
      ...(classes && { InputFormat: classes.inputFormat, OutputFormat: classes.outputFormat }),
      SerdeInfo: {
        ...(classes && { SerializationLibrary: classes.serde }),
        Parameters: { 'serialization.format': '1', ...separated },
      },
    },
  }
}

async function registerPartitions(
  run: RunContext,
  database: string,
  table: TableInput,
  { partitions }: Written,
): Promise<number> {
  const inputs = partitions.map(({ values, location }) => ({
    ...{ Values: values, StorageDescriptor: { ...table.StorageDescriptor, Location: location } },
  }))
  return createPartitions(run, database, table.Name ?? '', inputs, true)
}

/** INSERT INTO: writes rows with the table's types to where its files are. */
export async function insertInto(
  run: RunContext,
  { name, columns: given, query, ...named }: StatementOf<'insert'>,
  parameters: readonly string[],
): Promise<Finished> {
  const database = databaseOf(run, { name, ...named })
  const table = await run.services.findTable(database, name)
  if (!table) throw new SqlError('TABLE_NOT_FOUND', `Table 'awsdatacatalog.${database}.${name}' does not exist`)
  if (isView(table.TableType)) throw new SqlError('NOT_SUPPORTED', 'Inserting into views is not supported')
  const location = readLocation(table.StorageDescriptor?.Location ?? '')
  if (!location) throw new SqlError('HIVE_INVALID_METADATA', `Table '${database}.${name}' has no location`)
  const keys = (table.PartitionKeys ?? []).map(({ Name = '' }) => Name)
  const statement = run.statementOf(insertQuery(table, query, given), parameters)
  return run.inEngine(async (engine) => {
    await run.load(engine, statement)
    const written = await writeRows(run, engine, statement, folderOf(location), formatOf(table), keys)
    await registerPartitions(run, database, inputOf(table), written)
    return finish(run, written)
  })
}

/** The query with the table's columns, each of its type; those that are not given are NULL. */
function insertQuery(table: Table, query: string, given: readonly string[] | undefined): string {
  const columns = [...sourceColumns(table.StorageDescriptor?.Columns), ...sourceColumns(table.PartitionKeys)]
  const names = given ?? columns.map(({ name }) => name)
  const unknown = names.find((name) => !columns.some((column) => column.name === name))
  if (unknown !== undefined)
    throw new SqlError('COLUMN_NOT_FOUND', `Insert column name does not exist in target table: ${unknown}`)
  const selected = columns.map(({ name, type }) => {
    const value = names.includes(name) ? quotedName(name) : 'NULL'
    return `CAST(${value} AS ${trinoType(type)}) AS ${quotedName(name)}`
  })
  return `SELECT ${selected.join(', ')} FROM (${query}\n) AS inserted (${names.map(quotedName).join(', ')})`
}

function formatOf(table: Table): OutputFormat {
  const format = sourceFormat(table)
  if (format.kind === 'parquet' || format.kind === 'json') return outputFormat({ format: format.kind })
  if (format.kind === 'text' && format.quote === undefined) {
    return outputFormat({ format: 'textfile', field_delimiter: format.delimiter })
  }
  throw new SqlError(
    'NOT_SUPPORTED',
    `Inserting into tables with the SerDe ${table.StorageDescriptor?.SerdeInfo?.SerializationLibrary} is not supported`,
  )
}

/** UNLOAD: writes the rows of a query into objects. */
export async function unload(
  run: RunContext,
  { query, location, properties }: StatementOf<'unload'>,
  parameters: readonly string[],
): Promise<Finished> {
  const format = outputFormat(properties)
  const folder = await emptyFolder(run, location)
  const statement = run.statementOf(query, parameters)
  const keys = [properties.partitioned_by ?? []].flat().map((column) => column.toLowerCase())
  return run.inEngine(async (engine) => {
    await run.load(engine, statement)
    return finish(run, await writeRows(run, engine, statement, folder, format, keys))
  })
}
