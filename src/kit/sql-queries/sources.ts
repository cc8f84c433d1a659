import type { HiveType } from './hive-types.ts'
import type { TableName } from './trino/rewrite.ts'

/** A column of a table. */
export interface SourceColumn {
  /** In lower case. */
  name: string
  type: HiveType
}

/** How the rows of a table are read from its files. Files that begin as gzip does are expanded first. */
export type SourceFormat =
  /** Objects with a list of `Records`, each of which is a row; and how CloudTrail spells what the columns are called. */
  | { kind: 'cloudtrail' }
  /** JSON objects, one a line. */
  | {
      kind: 'json'
      /** Whether names in the data are compared without regard to case. */
      ignoresCase: boolean
      /** Names in the data, by column, where they are others. */
      names?: Readonly<Record<string, string>>
      /** Whether lines that are not JSON are left out. */
      ignoresMalformed?: boolean
    }
  /** Values with something between them, one row a line. */
  | {
      kind: 'text'
      delimiter: string
      quote?: string
      escape?: string
      /** Between the elements of a list, and between a key and its value in a map. */
      elementDelimiter?: string
      keyDelimiter?: string
      nullText?: string
      skippedLines?: number
    }
  | { kind: 'parquet' }

/** Files of one partition, with the values of its partition columns. A table without partitions has one with no values. */
export interface SourcePartition {
  /** In the order of the table's partition columns; undefined is NULL. */
  values: readonly (string | undefined)[]
  files: readonly SourceFile[]
}

/** A file that was put into the folder of the query. */
export interface SourceFile {
  /** Name of the file within the folder `in` of the query's folder. */
  name: string
  /** What "$path" gives. */
  path: string
}

/** A table with the rows that a statement is to see. */
export interface SourceTable extends TableName {
  kind: 'table'
  columns: readonly SourceColumn[]
  partitionColumns: readonly SourceColumn[]
  format: SourceFormat
  partitions: readonly SourcePartition[]
}

/** A view, with the statement behind it. */
export interface SourceView extends TableName {
  kind: 'view'
  statement: Statement
}

/** A statement with what it stands in. */
export interface Statement {
  /** In Trino's dialect. */
  text: string
  /** Of tables that are named without one; empty where there is none. */
  schema: string
  /** Texts of literals, one for each `?`. */
  parameters?: readonly string[]
  /** The present time, for `now()`. */
  nowMs: number
  /** The only catalogue: tables may be named with it. */
  catalog: string
}

/** A column of what a statement gives. */
export interface ResultColumn {
  name: string
  /** As Trino calls it in its list of columns, without parameters: `row`. */
  type: string
  /** Of a decimal: all of its digits and those behind the point. */
  digits?: { precision: number; scale: number }
  /** As Hive's DDL writes it: of the column of a table that is made of the rows. */
  hiveType: string
}

/** A row: texts as Athena prints them; null is NULL. */
export type ResultRow = (string | null)[]
