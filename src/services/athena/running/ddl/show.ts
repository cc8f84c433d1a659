import type { Column, Table } from '@aws-sdk/client-glue'
import { anyText, literalParts, textPattern } from '../../../../kit/text-pattern.ts'
import type { Ddl } from '../../domain/ddl-statements.ts'
import { isView, readView } from '../../domain/presto-view.ts'
import { ddlFailure } from '../../domain/query-failure.ts'
import type { RunContext } from '../run-context.ts'
import { type DdlResult, databaseOf, existingTable } from './catalog.ts'
import { registered } from './partitions.ts'

type Show = Extract<
  Ddl,
  {
    kind:
      | 'showDatabases'
      | 'showTables'
      | 'showColumns'
      | 'showPartitions'
      | 'showCreateTable'
      | 'showProperties'
      | 'describe'
  }
>

/** Runs a statement that shows the catalogue. */
export async function showStatement(run: RunContext, ddl: Show): Promise<DdlResult> {
  switch (ddl.kind) {
    case 'showDatabases':
      return { columns: ['database_name'], lines: await databasesOf(run, patternOf(ddl.pattern)) }
    case 'showTables':
      return tablesOf(run, ddl)
    case 'showColumns': {
      const { StorageDescriptor, PartitionKeys = [] } = await existingTable(run, ddl.table)
      const all = [...(StorageDescriptor?.Columns ?? []), ...PartitionKeys]
      return { columns: ['field'], lines: all.map(({ Name = '' }) => Name) }
    }
    case 'showPartitions':
      return partitionsOf(run, ddl)
    case 'showCreateTable': {
      const table = await existingTable(run, ddl.table)
      if (isView(table.TableType) !== ddl.isView)
        throw ddlFailure(`${ddl.table.name} is ${ddl.isView ? 'not ' : ''}a view`)
      return { columns: ['createtab_stmt'], lines: ddl.isView ? viewLines(table) : tableLines(table) }
    }
    case 'showProperties': {
      const properties = Object.entries((await existingTable(run, ddl.table)).Parameters ?? {})
      const shown = ddl.name === undefined ? properties : properties.filter(([name]) => name === ddl.name)
      return { columns: ['prpt_name', 'prpt_value'], lines: shown.map(([name, value]) => `${name}\t${value}`) }
    }
    case 'describe':
      return describe(await existingTable(run, ddl.table), ddl.isFormatted)
  }
}

/** In patterns of Hive, `*` stands for any text and `|` for a choice. */
function patternOf(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  const choices = pattern
    .toLowerCase()
    .split('|')
    .map((choice) =>
      textPattern(
        (choice.match(/\.?\*|%|[^*%]/gu) ?? []).flatMap((part) => (/[*%]$/.test(part) ? anyText : literalParts(part))),
      ),
    )
  return (name) => choices.some((matches) => matches(name))
}

async function databasesOf(run: RunContext, fits: (name: string) => boolean): Promise<string[]> {
  const names: string[] = []
  let token: string | undefined
  do {
    const page = await run.services.glue('GetDatabases', token === undefined ? {} : { NextToken: token })
    names.push(...page.DatabaseList.map(({ Name = '' }) => Name))
    token = page.NextToken
  } while (token !== undefined)
  return names.filter(fits).sort()
}

async function tablesOf(run: RunContext, ddl: Extract<Ddl, { kind: 'showTables' }>): Promise<DdlResult> {
  const DatabaseName = (ddl.database ?? run.query.database).toLowerCase()
  const fits = patternOf(ddl.pattern)
  const tables: Table[] = []
  let token: string | undefined
  do {
    const page = await run.services.glue('GetTables', {
      DatabaseName,
      ...(token !== undefined && { NextToken: token }),
    })
    tables.push(...page.TableList)
    token = page.NextToken
  } while (token !== undefined)
  const shown = tables.filter(({ Name = '', TableType }) => fits(Name) && (!ddl.views || isView(TableType)))
  return { columns: [ddl.views ? 'views' : 'tab_name'], lines: shown.map(({ Name = '' }) => Name).sort() }
}

async function partitionsOf(
  run: RunContext,
  { table: name }: Extract<Ddl, { kind: 'showPartitions' }>,
): Promise<DdlResult> {
  const table = await existingTable(run, name)
  const keys = (table.PartitionKeys ?? []).map(({ Name = '' }) => Name)
  if (keys.length === 0) throw ddlFailure(`Table ${name.name} is not a partitioned table`)
  const lines: string[] = []
  for await (const { Values = [] } of registered(run, databaseOf(run, name), name.name)) {
    lines.push(keys.map((key, index) => `${key}=${encodeURIComponent(Values[index] ?? '')}`).join('/'))
  }
  return { columns: ['partition'], lines: lines.sort() }
}

const wide = (text: string) => text.padEnd(20)

function describe(table: Table, isFormatted: boolean): DdlResult {
  const line = ({ Name = '', Type = '', Comment = '' }: Column) => `${wide(Name)}\t${wide(Type)}\t${wide(Comment)}`
  const keys = table.PartitionKeys ?? []
  const heading = [
    `${wide('')}\t${wide('')}\t${wide('')}`,
    `${'# Partition Information'}\t \t `,
    `${wide('# col_name')}\t${wide('data_type')}\t${wide('comment')}`,
  ]
  const lines = [
    ...(table.StorageDescriptor?.Columns ?? []).map(line),
    ...keys.map(line),
    ...(keys.length > 0 ? [...heading, `${wide('')}\t${wide('')}\t${wide('')}`, ...keys.map(line)] : []),
  ]
  if (isFormatted) {
    const facts = [
      ['Database:', table.DatabaseName],
      ['Location:', table.StorageDescriptor?.Location],
      ['Table Type:', table.TableType],
      ['SerDe Library:', table.StorageDescriptor?.SerdeInfo?.SerializationLibrary],
      ['InputFormat:', table.StorageDescriptor?.InputFormat],
      ['OutputFormat:', table.StorageDescriptor?.OutputFormat],
    ]
    lines.push(
      '# Detailed Table Information\t \t ',
      ...facts.map(([name, value = '']) => `${wide(name ?? '')}\t${value}\t `),
    )
  }
  return { columns: ['col_name', 'data_type', 'comment'], lines }
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function tableLines(table: Table): string[] {
  const { StorageDescriptor: storage, PartitionKeys: keys = [], Parameters: parameters = {} } = table
  const columnLines = (columns: readonly Column[]) =>
    columns.map(({ Name = '', Type = '', Comment }, index) => {
      const comment = Comment ? ` COMMENT ${quoted(Comment)}` : ''
      return `  \`${Name}\` ${Type}${comment}${index < columns.length - 1 ? ', ' : ')'}`
    })
  const propertyLines = (properties: Readonly<Record<string, string>>) =>
    Object.entries(properties).map(([name, value], index, all) => {
      return `  ${quoted(name)}=${quoted(value)}${index < all.length - 1 ? ', ' : ')'}`
    })
  const serde = Object.fromEntries(
    Object.entries(storage?.SerdeInfo?.Parameters ?? {}).filter(([name]) => name !== 'serialization.format'),
  )
  const { EXTERNAL: _external, comment, ...shown } = parameters
  return [
    `CREATE EXTERNAL TABLE \`${table.DatabaseName}.${table.Name}\`(`,
    ...columnLines(storage?.Columns ?? []),
    ...(comment === undefined ? [] : ['COMMENT ', `  ${quoted(comment)}`]),
    ...(keys.length > 0 ? ['PARTITIONED BY ( ', ...columnLines(keys)] : []),
    ...['ROW FORMAT SERDE ', `  ${quoted(storage?.SerdeInfo?.SerializationLibrary ?? '')} `],
    ...(Object.keys(serde).length > 0 ? ['WITH SERDEPROPERTIES ( ', ...propertyLines(serde)] : []),
    ...['STORED AS INPUTFORMAT ', `  ${quoted(storage?.InputFormat ?? '')} `],
    ...['OUTPUTFORMAT ', `  ${quoted(storage?.OutputFormat ?? '')}`],
    ...['LOCATION', `  ${quoted(storage?.Location ?? '')}`],
    ...(Object.keys(shown).length > 0 ? ['TBLPROPERTIES (', ...propertyLines(shown)] : []),
  ]
}

function viewLines(table: Table): string[] {
  const view = readView(table.ViewOriginalText)
  if (!view) throw ddlFailure(`${table.Name} is not a view of Athena`)
  return [`CREATE VIEW ${table.DatabaseName}.${table.Name} AS`, ...view.originalSql.split('\n')]
}
