/** A column as DDL declares it. */
export interface DdlColumn {
  name: string
  /** As written, without spaces, in Hive's form. */
  type: string
  comment?: string
}

export interface TableName {
  database?: string
  name: string
}

export interface CreateTableDdl {
  kind: 'createTable'
  table: TableName
  ifNotExists: boolean
  columns: readonly DdlColumn[]
  partitionColumns: readonly DdlColumn[]
  comment?: string
  serde?: string
  serdeProperties: Readonly<Record<string, string>>
  inputFormat?: string
  outputFormat?: string
  location: string
  properties: Readonly<Record<string, string>>
}

export interface DdlPartition {
  /** By column. */
  values: Readonly<Record<string, string>>
  location?: string
}

/** A statement about the catalogue. */
export type Ddl =
  | CreateTableDdl
  | {
      kind: 'createDatabase'
      name: string
      ifNotExists: boolean
      comment?: string
      location?: string
      properties: Readonly<Record<string, string>>
    }
  | { kind: 'dropDatabase'; name: string; ifExists: boolean; cascade: boolean }
  | { kind: 'dropTable'; table: TableName; ifExists: boolean; isView: boolean }
  | { kind: 'addPartitions'; table: TableName; ifNotExists: boolean; partitions: readonly DdlPartition[] }
  | { kind: 'dropPartitions'; table: TableName; ifExists: boolean; partitions: readonly DdlPartition[] }
  | { kind: 'setProperties'; table: TableName; properties: Readonly<Record<string, string>> }
  | { kind: 'setLocation'; table: TableName; location: string }
  | { kind: 'addColumns'; table: TableName; columns: readonly DdlColumn[] }
  | { kind: 'repairTable'; table: TableName }
  | { kind: 'showDatabases'; pattern?: string }
  | { kind: 'showTables'; database?: string; pattern?: string; views: boolean }
  | { kind: 'showColumns'; table: TableName }
  | { kind: 'showPartitions'; table: TableName }
  | { kind: 'showCreateTable'; table: TableName; isView: boolean }
  | { kind: 'showProperties'; table: TableName; name?: string }
  | { kind: 'describe'; table: TableName; isFormatted: boolean }
