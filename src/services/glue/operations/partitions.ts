import type {
  BatchCreatePartitionRequest,
  BatchCreatePartitionResponse,
  BatchDeletePartitionRequest,
  BatchDeletePartitionResponse,
  BatchGetPartitionRequest,
  BatchGetPartitionResponse,
  BatchUpdatePartitionRequest,
  BatchUpdatePartitionResponse,
  CreatePartitionRequest,
  CreatePartitionResponse,
  DeletePartitionRequest,
  DeletePartitionResponse,
  GetPartitionRequest,
  GetPartitionResponse,
  GetPartitionsRequest,
  GetPartitionsResponse,
  PartitionInput,
  Partition as ShownPartition,
  UpdatePartitionRequest,
  UpdatePartitionResponse,
} from '@aws-sdk/client-glue'
import type { Validated } from '../../../core/operation.ts'
import { ServiceError } from '../../../core/service-error.ts'
import type { DocumentReader, Transaction } from '../../../core/store.ts'
import { idOf, keptPartition, type Partition, shownTimes, type Table } from '../domain/catalog.ts'
import { partitionExists, partitionNotFound, wrongValueCount } from '../domain/errors.ts'
import { partitionFilter } from '../domain/partition-expression.ts'
import type { GlueContext } from '../glue-context.ts'
import { partitions } from '../storage/collections.ts'
import { pageOf } from './pages.ts'
import { scopeOf } from './permissions.ts'
import { findTable } from './tables.ts'

const keysOf = ({ input }: Table) =>
  (input.PartitionKeys ?? []).map(({ Name = '', Type = 'string' }) => ({ name: Name, type: Type.toLowerCase() }))

const partitionId = ({ id }: Table, values: readonly string[]) => idOf(id, ...values)

function shown({ call }: GlueContext, table: Table, partition: Partition): ShownPartition {
  return {
    ...{ Values: [...partition.values], DatabaseName: table.database, TableName: table.name },
    ...{ CreationTime: new Date(partition.createdAtMs), ...shownTimes(partition), CatalogId: call.accountId },
    ...(partition.storage && { StorageDescriptor: partition.storage }),
    ...(partition.parameters && { Parameters: partition.parameters }),
  }
}

async function findPartition(
  reader: DocumentReader,
  context: GlueContext,
  table: Table,
  values: readonly string[],
): Promise<Partition> {
  const found = await reader.in(partitions).get(scopeOf(context), partitionId(table, values))
  if (!found) throw partitionNotFound()
  return found
}

async function addPartition(tx: Transaction, context: GlueContext, table: Table, input: PartitionInput): Promise<void> {
  const partition = keptPartition(input, context.call.clock.nowMs())
  if (partition.values.length !== keysOf(table).length) throw wrongValueCount()
  const id = partitionId(table, partition.values)
  if (await tx.in(partitions).get(scopeOf(context), id)) throw partitionExists()
  await tx.in(partitions).put(scopeOf(context), id, partition)
}

async function changePartition(
  tx: Transaction,
  context: GlueContext,
  table: Table,
  values: readonly string[],
  input: PartitionInput,
): Promise<void> {
  const { createdAtMs } = await findPartition(tx, context, table, values)
  const changed = keptPartition({ ...input, Values: input.Values ?? [...values] }, createdAtMs)
  if (changed.values.length !== keysOf(table).length) throw wrongValueCount()
  const [from, to] = [partitionId(table, values), partitionId(table, changed.values)]
  if (from !== to && (await tx.in(partitions).get(scopeOf(context), to))) throw partitionExists()
  if (from !== to) await tx.in(partitions).delete(scopeOf(context), from)
  await tx.in(partitions).put(scopeOf(context), to, changed)
}

async function removePartition(tx: Transaction, context: GlueContext, table: Table, values: readonly string[]) {
  const removed = await tx.in(partitions).delete(scopeOf(context), partitionId(table, values))
  if (!removed) throw partitionNotFound()
}

/** Does each of a batch, and returns the refusals of those that cannot be done. */
async function eachOf<T, E>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  entryOf: (item: T) => E,
): Promise<(E & { ErrorDetail: { ErrorCode: string; ErrorMessage: string } })[]> {
  const errors = []
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      errors.push({ ...entryOf(item), ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } })
    }
  }
  return errors
}

/**
 * @throws ServiceError AlreadyExistsException, EntityNotFoundException, InvalidInputException.
 * @see https://docs.aws.amazon.com/glue/latest/webapi/API_CreatePartition.html
 */
export async function createPartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionInput: input }: Validated<CreatePartitionRequest>,
): Promise<CreatePartitionResponse> {
  return context.call.transaction(async (tx) => {
    await addPartition(tx, context, await findTable(tx, context, DatabaseName, TableName), input)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html */
export async function batchCreatePartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionInputList }: Validated<BatchCreatePartitionRequest>,
): Promise<BatchCreatePartitionResponse> {
  return context.call.transaction(async (tx) => {
    const table = await findTable(tx, context, DatabaseName, TableName)
    const Errors = await eachOf(
      PartitionInputList,
      (input) => addPartition(tx, context, table, input),
      ({ Values = [] }) => ({ PartitionValues: Values }),
    )
    return Errors.length > 0 ? { Errors } : {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartition.html */
export async function getPartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionValues }: Validated<GetPartitionRequest>,
): Promise<GetPartitionResponse> {
  const { store } = context.call
  const table = await findTable(store, context, DatabaseName, TableName)
  return { Partition: shown(context, table, await findPartition(store, context, table, PartitionValues)) }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_BatchGetPartition.html */
export async function batchGetPartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionsToGet }: Validated<BatchGetPartitionRequest>,
): Promise<BatchGetPartitionResponse> {
  const { store } = context.call
  const table = await findTable(store, context, DatabaseName, TableName)
  const found = await Promise.all(
    PartitionsToGet.map(({ Values = [] }) => store.in(partitions).get(scopeOf(context), partitionId(table, Values))),
  )
  return { Partitions: found.flatMap((partition) => (partition ? [shown(context, table, partition)] : [])) }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html */
export async function getPartitions(
  context: GlueContext,
  input: Validated<GetPartitionsRequest>,
): Promise<GetPartitionsResponse> {
  const {
    DatabaseName,
    TableName,
    Expression,
    NextToken: token,
    MaxResults: limit,
    ExcludeColumnSchema,
    Segment,
  } = input
  const { store } = context.call
  const table = await findTable(store, context, DatabaseName, TableName)
  const filter = Expression ? partitionFilter(Expression, keysOf(table)) : undefined
  // A scan in segments reads all of them in the first.
  if (Segment && (Segment.SegmentNumber ?? 0) > 0) return { Partitions: [] }
  const { rows, ...next } = await pageOf<Partition>(context, {
    ...{ token, limit: limit ?? 1000, list: [table.id, Expression] },
    ...(filter && { fits: ({ values }: Partition) => filter(values) }),
    read: (afterId, count) => {
      const options = { idPrefix: idOf(table.id, ''), limit: count, ...(afterId !== undefined && { afterId }) }
      return store.in(partitions).list(scopeOf(context), options)
    },
  })
  const all = rows.map((partition) => shown(context, table, partition))
  const withoutColumns = ({ StorageDescriptor, ...partition }: ShownPartition): ShownPartition => {
    const { Columns: _columns, ...storage } = StorageDescriptor ?? {}
    return { ...partition, StorageDescriptor: storage }
  }
  return { Partitions: ExcludeColumnSchema ? all.map(withoutColumns) : all, ...next }
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_UpdatePartition.html */
export async function updatePartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionValueList, PartitionInput: input }: Validated<UpdatePartitionRequest>,
): Promise<UpdatePartitionResponse> {
  return context.call.transaction(async (tx) => {
    const table = await findTable(tx, context, DatabaseName, TableName)
    await changePartition(tx, context, table, PartitionValueList, input)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_BatchUpdatePartition.html */
export async function batchUpdatePartition(
  context: GlueContext,
  { DatabaseName, TableName, Entries }: Validated<BatchUpdatePartitionRequest>,
): Promise<BatchUpdatePartitionResponse> {
  return context.call.transaction(async (tx) => {
    const table = await findTable(tx, context, DatabaseName, TableName)
    const Errors = await eachOf(
      Entries,
      ({ PartitionValueList = [], PartitionInput: input = {} }) =>
        changePartition(tx, context, table, PartitionValueList, input),
      ({ PartitionValueList = [] }) => ({ PartitionValueList }),
    )
    return Errors.length > 0 ? { Errors } : {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_DeletePartition.html */
export async function deletePartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionValues }: Validated<DeletePartitionRequest>,
): Promise<DeletePartitionResponse> {
  return context.call.transaction(async (tx) => {
    await removePartition(tx, context, await findTable(tx, context, DatabaseName, TableName), PartitionValues)
    return {}
  })
}

/** @see https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeletePartition.html */
export async function batchDeletePartition(
  context: GlueContext,
  { DatabaseName, TableName, PartitionsToDelete }: Validated<BatchDeletePartitionRequest>,
): Promise<BatchDeletePartitionResponse> {
  return context.call.transaction(async (tx) => {
    const table = await findTable(tx, context, DatabaseName, TableName)
    const Errors = await eachOf(
      PartitionsToDelete,
      ({ Values = [] }) => removePartition(tx, context, table, Values),
      ({ Values = [] }) => ({ PartitionValues: Values }),
    )
    return Errors.length > 0 ? { Errors } : {}
  })
}
