import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeParametersRequest, ParameterStringFilter } from '@aws-sdk/client-ssm'
import { countReads } from '../../../../test/fixtures/counted-reads.ts'
import { maxRowsLookedAt } from '../../../kit/bounded-list.ts'
import type { StoredParameter } from '../domain/parameter.ts'
import { someParameter } from '../domain/testing.ts'
import { parameters, versionId, versions } from '../storage/collections.ts'
import { accountId, region, ssmFixture } from '../testing.ts'

const scope = { accountId, region }

const nameOf = (index: number) => `/app/${String(index).padStart(5, '0')}/p`

/** An account with so many parameters, of which `change` makes some others. */
async function filled(count: number, change: (index: number) => Partial<StoredParameter>) {
  const { store, call } = await ssmFixture()
  await store.transaction(async (tx) => {
    for (let index = 0; index < count; index++) {
      const parameter = someParameter({ qualified: nameOf(index), name: nameOf(index), ...change(index) })
      await tx.in(parameters).put(scope, parameter.qualified, parameter)
      const { version, type, dataType, tier, policies, modifiedAtMs, modifiedBy } = parameter
      const stored = { version, type, dataType, tier, policies, modifiedAtMs, modifiedBy, value: 'v' }
      await tx.in(versions).put(scope, versionId(parameter.qualified, version), stored)
    }
  })
  return { call, rowsRead: countReads(store) }
}

const marked = [11, 1400, 2900]

const some: Partial<StoredParameter> = {
  type: 'SecureString',
  keyId: 'alias/marked',
  tier: 'Advanced',
  tags: [{ Key: 'team', Value: 'blue' }],
  labels: { live: 1 },
}

const describeFilters: ParameterStringFilter[] = [
  { Key: 'Name', Option: 'Equals', Values: marked.map(nameOf) },
  { Key: 'Name', Option: 'BeginsWith', Values: marked.map((index) => nameOf(index).slice(0, -1)) },
  { Key: 'Path', Option: 'OneLevel', Values: marked.map((index) => nameOf(index).slice(0, -2)) },
  { Key: 'Path', Option: 'Recursive', Values: marked.map((index) => nameOf(index).slice(0, -2)) },
  { Key: 'Type', Values: ['SecureString'] },
  { Key: 'Type', Option: 'BeginsWith', Values: ['Sec'] },
  { Key: 'KeyId', Values: ['alias/marked'] },
  { Key: 'KeyId', Option: 'BeginsWith', Values: ['alias/'] },
  { Key: 'Tier', Values: ['Advanced'] },
  { Key: 'tag:team' },
  { Key: 'tag:team', Values: ['blue', 'red'] },
  { Key: 'tag:team', Option: 'BeginsWith', Values: ['bl'] },
]

test('DescribeParameters reads what a filter leaves, of however many parameters', async () => {
  const { call, rowsRead } = await filled(3000, (index) => (marked.includes(index) ? some : {}))
  for (const filter of describeFilters) {
    rowsRead()
    const { Parameters = [], NextToken } = await call('DescribeParameters', {
      ParameterFilters: [filter],
      MaxResults: 10,
    })
    assert.deepEqual([Parameters.map(({ Name }) => Name), NextToken], [marked.map(nameOf), undefined])
    assert.ok(rowsRead() <= 12, JSON.stringify(filter))
  }
  const all: ParameterStringFilter = { Key: 'Name', Option: 'BeginsWith', Values: ['/app/'] }
  rowsRead()
  assert.equal((await call('DescribeParameters', { ParameterFilters: [all], MaxResults: 10 })).Parameters?.length, 10)
  assert.equal(rowsRead(), 11)
})

test('DescribeParameters looks at a bounded number of parameters where no index finds what fits', async () => {
  const { call, rowsRead } = await filled(2500, (index) => (index === 2300 ? { dataType: 'aws:ec2:image' } : {}))
  const filters: ParameterStringFilter[] = [
    { Key: 'Name', Option: 'Contains', Values: ['2300'] },
    { Key: 'DataType', Values: ['aws:ec2:image'] },
  ]
  for (const filter of filters) {
    const request: DescribeParametersRequest = { ParameterFilters: [filter], MaxResults: 10 }
    const found: (string | undefined)[] = []
    let pages = 0
    do {
      rowsRead()
      const { Parameters = [], NextToken } = await call('DescribeParameters', request)
      assert.ok(rowsRead() <= maxRowsLookedAt + 100)
      found.push(...Parameters.map(({ Name }) => Name))
      request.NextToken = NextToken
      pages++
    } while (request.NextToken)
    assert.deepEqual([found, pages], [[nameOf(2300)], 3])
  }
})

test('GetParametersByPath reads what a label or type leaves under a path, of however many parameters', async () => {
  const { call, rowsRead } = await filled(3000, (index) =>
    marked.includes(index) ? { ...some, type: 'StringList' } : {},
  )
  const filters: ParameterStringFilter[] = [
    { Key: 'Label', Values: ['live'] },
    { Key: 'Type', Values: ['StringList'] },
    { Key: 'KeyId', Values: ['alias/marked'] },
  ]
  for (const filter of filters) {
    rowsRead()
    const request = { Path: '/app', Recursive: true, ParameterFilters: [filter] }
    const { Parameters = [], NextToken } = await call('GetParametersByPath', request)
    assert.deepEqual([Parameters.map(({ Name }) => Name), NextToken], [marked.map(nameOf), undefined])
    // Each one shown, and its value.
    assert.ok(rowsRead() <= 7, JSON.stringify(filter))
  }
})
