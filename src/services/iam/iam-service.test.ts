import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { NormalizedSchema } from '@smithy/core/schema'
import { iamOperations, iamService } from './iam-service.ts'
import { iamFixture } from './testing.ts'

const { directory } = await iamFixture()
const service = iamService({ directory })
const schemas = await service.loadSchemas()

test('IAM builds operations that its model knows, under their names', () => {
  for (const name of Object.keys(iamOperations)) {
    const schema = schemas[`${name}$`]
    assert.ok(Array.isArray(schema) && schema[2] === name, name)
  }
})

test('IAM tells reads from writes as CloudTrail classifies them', () => {
  for (const [name, { readOnly }] of Object.entries(iamOperations)) {
    assert.equal(readOnly, /^(Get|List|Simulate)/.test(name), name)
  }
})

test('IAM asks for a permission before every operation', () => {
  for (const [name, { permissions }] of Object.entries(iamOperations))
    assert.equal(typeof permissions, 'function', name)
})

test('docs/iam.md tells what is built from what is not', () => {
  const guide = readFileSync(new URL('../../../docs/iam.md', import.meta.url), 'utf8')
  const operationsIn = (text: string) =>
    [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).filter((name) => `${name}$` in schemas)
  const [, notThere = ''] = guide.split(/^## What is not there$|^## Where/m)
  const suchAs = notThere.replaceAll(/^\|[^|]*\|([^|]*)\|.*$/gm, '$1')
  const isBuilt = (name: string) => name in iamOperations
  assert.ok(operationsIn(suchAs).length > 10)
  assert.deepEqual(operationsIn(suchAs).filter(isBuilt), [])
  const elsewhere = operationsIn(guide).filter((name) => !operationsIn(suchAs).includes(name))
  assert.ok(elsewhere.length > 3)
  assert.ok(elsewhere.every(isBuilt), String(elsewhere))
})

test('Records leave secret access keys out: the model marks them sensitive', () => {
  const accessKey = NormalizedSchema.of(schemas.AccessKey$ as never)
  const members = Object.fromEntries(accessKey.structIterator())
  assert.ok(members.SecretAccessKey?.getMergedTraits().sensitive)
})

test('The constraints of IAM leave the letters of names and paths to the operations', async () => {
  const table = await service.loadConstraints()
  assert.deepEqual(table.CreateUserRequest?.UserName?.length, [1, 64])
  assert.equal(table.CreateUserRequest?.UserName?.required, true)
  for (const member of ['UserName', 'Path']) assert.equal(table.CreateUserRequest?.[member]?.pattern, undefined)
  assert.notEqual(table.Tag?.Key?.pattern, undefined)
})
