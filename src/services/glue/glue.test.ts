import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  GetPartitionsResponse,
  GetTableResponse,
  GetTablesResponse,
  GetTableVersionsResponse,
} from '@aws-sdk/client-glue'
import { alice, arnOf, policyOf } from '../../testing/callers.ts'
import { serviceFixture } from '../../testing/service-fixture.ts'
import { glue } from './glue.ts'
import { partitions, tables, tableVersions } from './storage/collections.ts'

const scope = { accountId: '111122223333', region: 'us-east-1' }

async function glueFixture() {
  const fixture = await serviceFixture([glue])
  const call = <R>(operation: string, input: object, as?: Parameters<typeof fixture.call>[3]) =>
    fixture.call('glue', operation, input, as) as Promise<R>
  await call('CreateDatabase', { DatabaseInput: { Name: 'Logs', Description: 'd' }, Tags: { team: 'a' } })
  const TableInput = {
    ...{ Name: 'Events', TableType: 'EXTERNAL_TABLE', LastAccessTime: new Date(1000) },
    StorageDescriptor: { Columns: [{ Name: 'ID', Type: 'string' }], Location: 's3://b/events/' },
    PartitionKeys: [
      { Name: 'Year', Type: 'int' },
      { Name: 'day', Type: 'string' },
    ],
  }
  const place = { DatabaseName: 'logs', TableName: 'events' }
  return { ...fixture, glue: call, TableInput, place }
}

test('names of databases, tables and columns are in lower case', async () => {
  const { glue, TableInput } = await glueFixture()
  await glue('CreateTable', { DatabaseName: 'LOGS', TableInput })
  const { Table } = await glue<GetTableResponse>('GetTable', { DatabaseName: 'logs', Name: 'EVENTS' })
  assert.deepEqual([Table?.Name, Table?.DatabaseName, Table?.VersionId], ['events', 'logs', '0'])
  assert.deepEqual(Table?.StorageDescriptor?.Columns, [{ Name: 'id', Type: 'string' }])
  assert.deepEqual(Table?.LastAccessTime, new Date(1000))
  await assert.rejects(glue('CreateTable', { DatabaseName: 'logs', TableInput }), {
    ...{ code: 'AlreadyExistsException', message: 'Table already exists.' },
  })
  await assert.rejects(glue('GetTable', { DatabaseName: 'none', Name: 'x' }), { message: 'Database none not found.' })
  await assert.rejects(glue('GetTable', { DatabaseName: 'logs', Name: 'x' }), { code: 'EntityNotFoundException' })
})

test('a table that is changed keeps its versions, unless the request says otherwise', async () => {
  const { glue, TableInput, place } = await glueFixture()
  await glue('CreateTable', { DatabaseName: 'logs', TableInput })
  const change = (Description: string, more: object = {}) =>
    glue('UpdateTable', { DatabaseName: 'logs', TableInput: { ...TableInput, Description }, ...more })
  await change('one')
  await change('two', { SkipArchive: true })
  const { TableVersions = [] } = await glue<GetTableVersionsResponse>('GetTableVersions', place)
  assert.deepEqual(
    TableVersions.map(({ VersionId, Table }) => [VersionId, Table?.Description]),
    [
      ['2', 'two'],
      ['0', undefined],
    ],
  )
  await assert.rejects(change('three', { VersionId: '1' }), { code: 'VersionMismatchException' })
  await assert.rejects(glue('DeleteTableVersion', { ...place, VersionId: '2' }), { code: 'InvalidInputException' })
  await glue('DeleteTableVersion', { ...place, VersionId: '0' })
  const first = await glue<GetTableVersionsResponse>('GetTableVersions', { ...place, MaxResults: 1 })
  assert.equal(first.NextToken, undefined)
})

test('partitions are found by expression, and each of a batch is answered', async () => {
  const { glue, TableInput, place } = await glueFixture()
  await glue('CreateTable', { DatabaseName: 'logs', TableInput })
  const PartitionInputList = [2024, 2025, 2026].flatMap((year) =>
    ['01', '02'].map((day) => ({ Values: [String(year), day] })),
  )
  await glue('BatchCreatePartition', { ...place, PartitionInputList })
  const again = await glue<{ Errors: { ErrorDetail: { ErrorCode: string } }[] }>('BatchCreatePartition', {
    ...{ ...place, PartitionInputList: [{ Values: ['2024', '01'] }, { Values: ['1'] }, { Values: ['2023', '31'] }] },
  })
  assert.deepEqual(
    again.Errors.map(({ ErrorDetail }) => ErrorDetail.ErrorCode),
    ['AlreadyExistsException', 'InvalidInputException'],
  )
  const find = async (Expression: string) => {
    const { Partitions = [] } = await glue<GetPartitionsResponse>('GetPartitions', { ...place, Expression })
    return Partitions.map(({ Values = [] }) => Values.join('/'))
  }
  assert.deepEqual(await find("year > 2024 AND day = '01'"), ['2025/01', '2026/01'])
  assert.deepEqual(await find("year IN (2023, 2026) AND NOT day LIKE '0_'"), ['2023/31'])
  assert.deepEqual(await find("year BETWEEN 2023 AND 2024 AND (day <> '01' OR year = 1)"), ['2023/31', '2024/02'])
  await assert.rejects(find('year ~ 2'), { code: 'InvalidInputException' })
  await assert.rejects(find('other = 1'), { code: 'InvalidInputException' })
  await glue('UpdatePartition', {
    ...place,
    PartitionValueList: ['2023', '31'],
    PartitionInput: { Values: ['2023', '30'] },
  })
  const missing = { ...place, PartitionsToDelete: [{ Values: ['2023', '31'] }, { Values: ['2023', '30'] }] }
  const { Errors } = await glue<{ Errors: object[] }>('BatchDeletePartition', missing)
  assert.equal(Errors.length, 1)
  let page: GetPartitionsResponse = await glue('GetPartitions', { ...place, MaxResults: 4 })
  const all = [...(page.Partitions ?? [])]
  page = await glue('GetPartitions', { ...place, MaxResults: 4, NextToken: page.NextToken })
  all.push(...(page.Partitions ?? []))
  assert.deepEqual([all.length, page.NextToken], [6, undefined])
})

test('what belongs to a database that is deleted goes with it', async () => {
  const { glue, TableInput, place, settle, store } = await glueFixture()
  for (const Name of ['a', 'b', 'events'])
    await glue('CreateTable', { DatabaseName: 'logs', TableInput: { ...TableInput, Name } })
  const PartitionInputList = Array.from({ length: 90 }, (_, n) => ({ Values: ['2024', String(n)] }))
  await glue('BatchCreatePartition', { ...place, PartitionInputList })
  const { TableList = [] } = await glue<GetTablesResponse>('GetTables', { DatabaseName: 'logs', Expression: 'a|ev*' })
  assert.deepEqual(
    TableList.map(({ Name }) => Name),
    ['a', 'events'],
  )
  await glue('DeleteDatabase', { Name: 'logs' })
  await glue('CreateDatabase', { DatabaseInput: { Name: 'logs' } })
  assert.deepEqual(await glue('GetTables', { DatabaseName: 'logs' }), { TableList: [] })
  await settle()
  await settle()
  for (const collection of [tables, tableVersions, partitions])
    assert.equal(await store.in(collection as typeof tables).count(scope), 0)
})

test('a call needs its permission on the catalogue, the database and the table', async () => {
  const { glue, TableInput, permissions, putUser } = await glueFixture()
  await glue('CreateTable', { DatabaseName: 'logs', TableInput })
  const asked = await permissions('glue', 'GetTable', { DatabaseName: 'logs', Name: 'events' })
  const arn = 'arn:aws:glue:us-east-1:111122223333:'
  assert.deepEqual(
    asked.map(({ action, resource }) => [action, resource]),
    [
      ['glue:GetTable', `${arn}catalog`],
      ['glue:GetTable', `${arn}database/logs`],
      ['glue:GetTable', `${arn}table/logs/events`],
    ],
  )
  await putUser(alice, [policyOf({ Effect: 'Allow', Action: 'glue:GetTable', Resource: `${arn}table/logs/events` })])
  const read = () => glue('GetTable', { DatabaseName: 'logs', Name: 'events' }, { caller: alice })
  await assert.rejects(read(), { code: 'AccessDeniedException' })
  // The catalogue's policy allows the rest.
  const PolicyInJson = policyOf({
    ...{ Effect: 'Allow', Principal: { AWS: arnOf(alice) }, Action: 'glue:GetTable' },
    Resource: [`${arn}catalog`, `${arn}database/*`],
  })
  const { PolicyHash } = await glue<{ PolicyHash: string }>('PutResourcePolicy', { PolicyInJson })
  await read()
  assert.equal((await glue<{ PolicyInJson: string }>('GetResourcePolicy', {})).PolicyInJson, PolicyInJson)
  await assert.rejects(glue('PutResourcePolicy', { PolicyInJson, PolicyExistsCondition: 'NOT_EXIST' }), {
    code: 'ConditionCheckFailureException',
  })
  await glue('DeleteResourcePolicy', { PolicyHashCondition: PolicyHash })
  await assert.rejects(read(), { code: 'AccessDeniedException' })
})

test('databases have tags, and the catalogue no key of its own', async () => {
  const { glue } = await glueFixture()
  const ResourceArn = 'arn:aws:glue:us-east-1:111122223333:database/logs'
  await glue('TagResource', { ResourceArn, TagsToAdd: { b: '2' } })
  await glue('UntagResource', { ResourceArn, TagsToRemove: ['team'] })
  assert.deepEqual(await glue('GetTags', { ResourceArn }), { Tags: { b: '2' } })
  const sealed = { EncryptionAtRest: { CatalogEncryptionMode: 'SSE-KMS', SseAwsKmsKeyId: 'k' } }
  await assert.rejects(glue('PutDataCatalogEncryptionSettings', { DataCatalogEncryptionSettings: sealed }), {
    code: 'InvalidInputException',
  })
})
