import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ServiceSchema } from '../../gateway/protocols/schema.ts'
import { compileValidator } from '../../gateway/validation/validate.ts'
import { iam } from './iam.ts'
import { iamOperations } from './iam-service.ts'

const service = iam.definition
const model = await service.loadModel()
const schemas = new ServiceSchema('iam', model)

test('IAM builds operations that its model knows, under their names', () => {
  for (const name of Object.keys(iamOperations)) {
    assert.equal(schemas.operation(name)?.name, name)
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
    [...text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).filter((name) => name in model.operations)
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
  const accessKey = schemas.operation('CreateAccessKey')?.output?.members.get('AccessKey')
  assert.ok(accessKey?.members.get('SecretAccessKey')?.traits.sensitive)
})

test('The constraints of IAM leave the letters of names and paths to the operations', () => {
  const createUser = schemas.operation('CreateUser')
  assert.ok(createUser)
  const messageOf = (input: Record<string, unknown>) => compileValidator(createUser, service)(input)?.message ?? ''
  assert.equal(messageOf({ UserName: '§', Path: '§' }), '')
  assert.match(messageOf({ UserName: 'a'.repeat(65) }), /at 'userName' .* less than or equal to 64/)
  assert.match(messageOf({}), /at 'userName' .* must not be null/)
  assert.match(messageOf({ UserName: 'a', Tags: [{ Key: '§', Value: '' }] }), /regular expression pattern/)
})
