import type { Partition, PartitionInput, Table } from '@aws-sdk/client-glue'
import type { Ddl, DdlPartition } from '../../domain/ddl-statements.ts'
import { folderOf, type Location, printLocation, readLocation } from '../../domain/location.ts'
import { ddlFailure } from '../../domain/query-failure.ts'
import type { RunContext } from '../run-context.ts'
import { type DdlResult, databaseOf, existingTable, nothing } from './catalog.ts'

/** How many partitions are made or removed by a call. */
const createdAtOnce = 100
const deletedAtOnce = 25

const keysOf = ({ PartitionKeys = [] }: Table) => PartitionKeys.map(({ Name = '' }) => Name)

/** The values of a partition in the order of the table's columns. @throws QueryRefusedError */
function valuesOf(table: Table, { values }: DdlPartition): string[] {
  const keys = keysOf(table)
  const named = Object.keys(values)
  if (named.length !== keys.length || named.some((name) => !keys.includes(name))) {
    throw ddlFailure(
      `ValidationFailureSemanticException partition spec {${named.join(', ')}} doesn't contain all (${keys.length}) partition columns`,
    )
  }
  return keys.map((key) => values[key] ?? '')
}

const partitionInput = (table: Table, Values: string[], location: string): PartitionInput => ({
  Values,
  StorageDescriptor: { ...table.StorageDescriptor, Location: location },
  Parameters: {},
})

/** Where a partition is without a location of its own. */
const ownLocation = (table: Table, values: readonly string[]): string =>
  `${(table.StorageDescriptor?.Location ?? '').replace(/\/$/, '')}/${keysOf(table)
    .map((key, index) => `${key}=${encodeURIComponent(values[index] ?? '')}`)
    .join('/')}`

export async function addPartitions(run: RunContext, ddl: Extract<Ddl, { kind: 'addPartitions' }>): Promise<DdlResult> {
  const table = await existingTable(run, ddl.table)
  const inputs = ddl.partitions.map((partition) => {
    const values = valuesOf(table, partition)
    if (partition.location !== undefined && !readLocation(partition.location)) {
      throw ddlFailure(`Invalid location: ${partition.location}`)
    }
    return partitionInput(table, values, partition.location ?? ownLocation(table, values))
  })
  await createPartitions(run, databaseOf(run, ddl.table), ddl.table.name, inputs, ddl.ifNotExists)
  return nothing
}

/** @returns how many are new. @throws QueryRefusedError */
export async function createPartitions(
  run: RunContext,
  DatabaseName: string,
  TableName: string,
  inputs: readonly PartitionInput[],
  ifNotExists: boolean,
): Promise<number> {
  let count = 0
  for (let from = 0; from < inputs.length; from += createdAtOnce) {
    const PartitionInputList = inputs.slice(from, from + createdAtOnce)
    const { Errors = [] } = await run.services.glue('BatchCreatePartition', {
      DatabaseName,
      TableName,
      PartitionInputList,
    })
    const wrong = Errors.find(
      ({ ErrorDetail }) => !(ifNotExists && ErrorDetail?.ErrorCode === 'AlreadyExistsException'),
    )
    if (wrong) throw ddlFailure(`${wrong.ErrorDetail?.ErrorMessage} [${wrong.PartitionValues?.join(', ')}]`)
    count += PartitionInputList.length - Errors.length
  }
  return count
}

export async function dropPartitions(
  run: RunContext,
  ddl: Extract<Ddl, { kind: 'dropPartitions' }>,
): Promise<DdlResult> {
  const table = await existingTable(run, ddl.table)
  const place = { DatabaseName: databaseOf(run, ddl.table), TableName: ddl.table.name }
  const values = ddl.partitions.map((partition) => ({ Values: valuesOf(table, partition) }))
  for (let from = 0; from < values.length; from += deletedAtOnce) {
    const PartitionsToDelete = values.slice(from, from + deletedAtOnce)
    const { Errors = [] } = await run.services.glue('BatchDeletePartition', { ...place, PartitionsToDelete })
    const wrong = Errors.find(
      ({ ErrorDetail }) => !(ddl.ifExists && ErrorDetail?.ErrorCode === 'EntityNotFoundException'),
    )
    if (wrong) throw ddlFailure(`Partition not found [${wrong.PartitionValues?.join(', ')}]`)
  }
  return nothing
}

/** All partitions that are registered. */
export async function* registered(run: RunContext, DatabaseName: string, TableName: string): AsyncGenerator<Partition> {
  let token: string | undefined
  do {
    const page = await run.services.glue('GetPartitions', {
      ...{ DatabaseName, TableName, ExcludeColumnSchema: true, ...(token !== undefined && { NextToken: token }) },
    })
    yield* page.Partitions
    token = page.NextToken
  } while (token !== undefined)
}

/** Registers the partitions whose folders, `key=value`, are below the table's location. */
export async function repairTable(run: RunContext, ddl: Extract<Ddl, { kind: 'repairTable' }>): Promise<DdlResult> {
  const table = await existingTable(run, ddl.table)
  const database = databaseOf(run, ddl.table)
  const root = readLocation(table.StorageDescriptor?.Location ?? '')
  const keys = keysOf(table)
  if (!root || keys.length === 0) return nothing
  const known = new Set<string>()
  for await (const { Values = [] } of registered(run, database, ddl.table.name)) known.add(JSON.stringify(Values))
  const found: { values: string[]; place: Location }[] = []
  await findFolders(run, folderOf(root), keys, [], found)
  const missing = found.filter(({ values }) => !known.has(JSON.stringify(values)))
  const inputs = missing.map(({ values, place }) => partitionInput(table, values, printLocation(place)))
  await createPartitions(run, database, ddl.table.name, inputs, true)
  if (missing.length === 0) return nothing
  const names = missing.map(
    ({ values }) => `${ddl.table.name}:${keys.map((key, index) => `${key}=${values[index]}`).join('/')}`,
  )
  const lines = [
    `Partitions not in metastore:\t${names.join('\t')}`,
    ...names.map((name) => `Repair: Added partition to metastore ${name}`),
  ]
  return { columns: ['result'], lines }
}

async function findFolders(
  run: RunContext,
  { bucket, key }: Location,
  keys: readonly string[],
  values: readonly string[],
  found: { values: string[]; place: Location }[],
): Promise<void> {
  const name = keys[values.length]
  if (name === undefined) {
    found.push({ values: [...values], place: { bucket, key } })
    return
  }
  for await (const folder of run.services.foldersBelow({ bucket, key })) {
    const [, folderName = '', value = ''] = /([^/=]+)=([^/]*)\/$/.exec(folder) ?? []
    if (folderName.toLowerCase() !== name) continue
    await findFolders(run, { bucket, key: folder }, keys, [...values, decodeURIComponent(value)], found)
  }
}
