import type { Table } from '@aws-sdk/client-glue'
import { duckdbType } from '../../../kit/sql-queries/hive-types.ts'
import type { SourceTable, Statement } from '../../../kit/sql-queries/sources.ts'
import { SqlError } from '../../../kit/sql-queries/sql-error.ts'
import type { SqlQuery } from '../../../kit/sql-queries/sql-queries.ts'
import { isProjected, mostValues, projectedLocation, projectedValues, projectionOf } from '../domain/projection.ts'
import { type CallersServices, catalogRefusal } from './callers-services.ts'

interface Asked {
  query: SqlQuery
  services: CallersServices
  statement: Statement
  table: Table
  source: SourceTable
}

/** A partition that may have rows for a statement; a table without partitions is one, without values. */
export interface FoundPartition {
  values: (string | undefined)[]
  location: string
}

/** What Hive calls a value that is NULL. */
const hiveNull = '__HIVE_DEFAULT_PARTITION__'

/**
 * Finds the partitions of a table that a statement reads: those that its conditions on partition columns leave, of those that are
 * projected or registered. @throws SqlError, QueryRefusedError.
 */
export async function partitionsOf(asked: Asked): Promise<FoundPartition[]> {
  const { table, source } = asked
  const location = table.StorageDescriptor?.Location ?? ''
  if (source.partitionColumns.length === 0) return [{ values: [], location }]
  return isProjected(table.Parameters ?? {}) ? projectedPartitions(asked, location) : registeredPartitions(asked)
}

async function registeredPartitions({ query, services, statement, table, source }: Asked): Promise<FoundPartition[]> {
  const found: FoundPartition[] = []
  let token: string | undefined
  do {
    const input = {
      DatabaseName: source.schema,
      TableName: source.name,
      ...(token !== undefined && { NextToken: token }),
    }
    const page = await services.glue('GetPartitions', input).catch((error) => {
      throw catalogRefusal(error)
    })
    for (const { Values = [], StorageDescriptor } of page.Partitions ?? []) {
      const location = StorageDescriptor?.Location ?? table.StorageDescriptor?.Location ?? ''
      found.push({ values: Values.map((value) => (value === hiveNull ? undefined : value)), location })
    }
    token = page.NextToken
  } while (token !== undefined)
  const kept = await query.keepPartitions({ ...questionOf(statement, source), values: valuesOf(found) })
  return kept.flatMap((index) => found[index] ?? [])
}

const questionOf = (statement: Statement, source: SourceTable) => ({
  ...{ statement, table: { schema: source.schema, name: source.name } },
  keys: source.partitionColumns.map(({ name, type }) => ({ name, type: duckdbType(type) })),
})

const valuesOf = (partitions: readonly { values: readonly (string | undefined)[] }[]) =>
  partitions.map(({ values }) => values.map((value) => value ?? null))

/** Each column's values are looked at by themselves first, so that there are few combinations. */
async function projectedPartitions(
  { query, statement, table, source }: Asked,
  location: string,
): Promise<FoundPartition[]> {
  const properties = table.Parameters ?? {}
  const question = questionOf(statement, source)
  const equal = await query.equalValues(question)
  let combinations: string[][] = [[]]
  for (const key of question.keys) {
    const projection = projectionOf(properties, key.name)
    const values = projectedValues(key.name, projection, equal[key.name], statement.nowMs)
    const asked = { ...question, keys: [key], values: values.map((value) => [value]) }
    const kept = (await query.keepPartitions(asked)).flatMap((index) => values[index] ?? [])
    if (combinations.length * kept.length > mostValues) {
      throw new SqlError(
        'CONSTRAINT_VIOLATION',
        'The statement reads too many projected partitions: name fewer of them.',
      )
    }
    combinations = combinations.flatMap((values) => kept.map((value) => [...values, value]))
  }
  const names = question.keys.map(({ name }) => name)
  const kept =
    names.length > 1 ? await query.keepPartitions({ ...question, values: combinations }) : combinations.keys()
  return [...kept].flatMap((index) => {
    const values = combinations[index]
    if (!values) return []
    return { values, location: projectedLocation(properties['storage.location.template'], location, names, values) }
  })
}
