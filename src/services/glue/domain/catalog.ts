import type { DatabaseInput, PartitionInput, StorageDescriptor, TableInput } from '@aws-sdk/client-glue'
import type { Scope } from '../../../core/store.ts'
import type { Tag } from '../../../kit/tags.ts'
import { invalidInput, notSupported } from './errors.ts'

/** A database. Its tables are kept under its id, so that one that is made anew under the name has none. */
export interface Database {
  id: string
  name: string
  input: Omit<DatabaseInput, 'Name'>
  createdAtMs: number
  tags: readonly Tag[]
}

/** Times of an input, in milliseconds: documents hold no dates. */
interface KeptTimes {
  accessedAtMs?: number
  analyzedAtMs?: number
}

/** A table, or a view. Its partitions are kept under its id. */
export interface Table extends KeptTimes {
  id: string
  databaseId: string
  database: string
  name: string
  input: Omit<TableInput, 'Name' | 'LastAccessTime' | 'LastAnalyzedTime'>
  createdAtMs: number
  updatedAtMs: number
  /** ARN. */
  createdBy: string
  version: number
}

/** A partition of a table. */
export interface Partition extends KeptTimes {
  values: readonly string[]
  storage?: StorageDescriptor
  parameters?: Record<string, string>
  createdAtMs: number
}

const timesOf = ({
  LastAccessTime,
  LastAnalyzedTime,
}: {
  LastAccessTime?: Date
  LastAnalyzedTime?: Date
}): KeptTimes => ({
  ...(LastAccessTime && { accessedAtMs: LastAccessTime.getTime() }),
  ...(LastAnalyzedTime && { analyzedAtMs: LastAnalyzedTime.getTime() }),
})

export const shownTimes = ({ accessedAtMs, analyzedAtMs }: KeptTimes) => ({
  ...(accessedAtMs !== undefined && { LastAccessTime: new Date(accessedAtMs) }),
  ...(analyzedAtMs !== undefined && { LastAnalyzedTime: new Date(analyzedAtMs) }),
})

/** Names are in lower case, as Hive has them. @throws ServiceError InvalidInputException. */
export function catalogName(name: string): string {
  const lower = name.toLowerCase()
  if (/[\n\r]/.test(lower) || lower.trim() === '') throw invalidInput('The name is not valid.')
  return lower
}

/** Returns what is kept of a table's input: names of columns in lower case. @throws ServiceError InvalidInputException. */
export function keptTable(given: TableInput): Pick<Table, 'input' | keyof KeptTimes> {
  const { Name: _name, LastAccessTime, LastAnalyzedTime, StorageDescriptor, PartitionKeys, ...input } = given
  if (given.TargetTable) throw notSupported('A link to a table')
  const lower = <C extends { Name: string | undefined }>(columns: C[]) =>
    columns.map((column) => ({ ...column, Name: column.Name?.toLowerCase() ?? '' }))
  const storage = StorageDescriptor?.Columns
    ? { ...StorageDescriptor, Columns: lower(StorageDescriptor.Columns) }
    : StorageDescriptor
  return {
    input: {
      ...input,
      ...(storage && { StorageDescriptor: storage }),
      ...(PartitionKeys && { PartitionKeys: lower(PartitionKeys) }),
    },
    ...timesOf({ ...(LastAccessTime && { LastAccessTime }), ...(LastAnalyzedTime && { LastAnalyzedTime }) }),
  }
}

/** @throws ServiceError InvalidInputException. */
export function keptPartition(given: PartitionInput, createdAtMs: number): Partition {
  const { Values = [], StorageDescriptor: storage, Parameters: parameters, LastAccessTime, LastAnalyzedTime } = given
  return {
    ...{ values: Values, createdAtMs, ...(storage && { storage }), ...(parameters && { parameters }) },
    ...timesOf({ ...(LastAccessTime && { LastAccessTime }), ...(LastAnalyzedTime && { LastAnalyzedTime }) }),
  }
}

// Ids of documents: parts of any characters with a slash between them.

export const idOf = (...parts: readonly string[]): string => parts.map(encodeURIComponent).join('/')

const arnOf = ({ region, accountId }: Scope, resource: string) => `arn:aws:glue:${region}:${accountId}:${resource}`

export const catalogArn = (scope: Scope): string => arnOf(scope, 'catalog')
export const databaseArn = (scope: Scope, database: string): string => arnOf(scope, `database/${database}`)
export const tableArn = (scope: Scope, database: string, table: string): string =>
  arnOf(scope, `table/${database}/${table}`)
