import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as secretsManager from '@aws-sdk/client-secrets-manager'
import * as ssm from '@aws-sdk/client-ssm'
import * as sts from '@aws-sdk/client-sts'
import { compileJavaPattern } from '../../core/java-pattern.ts'
import type { ConstraintTable, MemberConstraint } from '../../core/operation.ts'
import { kindOf, requiredMembers } from '../protocols/schema.ts'
import { inputStructures, jsonService, operationsOf } from '../protocols/testing.ts'
import { compileValidator } from './validate.ts'

const clients: Record<string, Record<string, unknown>> = {
  kms,
  iam,
  sts,
  cloudtrail,
  lambda,
  ssm,
  'secrets-manager': secretsManager,
}

const services = Object.entries(clients).map(([name, schemas]) => {
  const file = new URL(`../../services/${name}/constraints.generated.json`, import.meta.url)
  const table: ConstraintTable = JSON.parse(readFileSync(file, 'utf8'))
  return { name, schemas, table, structures: inputStructures(schemas) }
})

/** A constraint and those inside it. */
const withParts = (constraint: MemberConstraint): MemberConstraint[] => [
  constraint,
  ...[constraint.member, constraint.key, constraint.value].flatMap((part) => (part ? withParts(part) : [])),
]

const constraintsOf = (table: ConstraintTable) =>
  Object.values(table)
    .flatMap((members) => Object.values(members))
    .flatMap(withParts)

for (const { name, schemas, table, structures } of services) {
  test(`every structure and member of the ${name} table is one of the SDK's`, () => {
    assert.ok(Object.keys(table).length > 10)
    for (const [structure, members] of Object.entries(table)) {
      const schema = structures.get(structure)
      assert.ok(schema, structure)
      const known = new Map(schema.structIterator())
      for (const member of Object.keys(members)) assert.ok(known.has(member), `${structure}.${member}`)
    }
  })

  test(`the ${name} table and the SDK agree on what is required`, () => {
    for (const [structure, schema] of structures) {
      const members = Object.entries(table[structure] ?? {})
      const required = members.filter(([, constraint]) => constraint.required).map(([member]) => member)
      // Structures newer than the table are known from the SDK alone.
      if (members.length > 0) assert.deepEqual(new Set(required), requiredMembers(schema), structure)
    }
  })

  test(`every enumeration of the ${name} table is one of the SDK's, which may be newer and know more values`, () => {
    const objects = Object.values(schemas).filter((value) => typeof value === 'object' && value !== null)
    const known = objects.map((value) => new Set(Object.values(value)))
    for (const { enum: values } of constraintsOf(table)) {
      if (values)
        assert.ok(
          known.some((set) => values.every((value) => set.has(value))),
          values.join(),
        )
    }
  })

  test(`the limits of the ${name} table fit the kinds of their members`, () => {
    for (const [structure, members] of Object.entries(table)) {
      for (const [member, schema] of structures.get(structure)?.structIterator() ?? []) {
        const constraint = members[member]
        if (constraint?.range) assert.equal(kindOf(schema), 'number', `${structure}.${member}`)
        if (constraint?.pattern || constraint?.enum) assert.equal(kindOf(schema), 'string', `${structure}.${member}`)
        if (constraint?.length)
          assert.ok(!['number', 'boolean', 'structure'].includes(kindOf(schema)), `${structure}.${member}`)
      }
    }
  })

  test(`validators of all operations of ${name} compile`, () => {
    for (const schema of operationsOf(schemas).values()) {
      assert.equal(typeof compileValidator(schema, jsonService(name), table), 'function')
    }
  })
}

test('every pattern of the tables runs in time that grows with the length of the value alone', () => {
  const patterns = new Set(services.flatMap(({ table }) => constraintsOf(table).map(({ pattern }) => pattern)))
  patterns.delete(undefined)
  assert.ok(patterns.size > 50)
  const prefixes = [
    '',
    '/',
    'v1',
    's3://a',
    'https://',
    'http://a?',
    'o-aaaaaaaaaa/r-aaaa',
    'arn:aws:a:a:111122223333:',
    'a.a.',
  ]
  const repeated = [
    'a',
    'A',
    '0',
    '-',
    '.',
    '_',
    '/',
    '/a',
    'a-',
    'a.',
    '-a',
    ':',
    ' ',
    'é',
    '漢',
    '\n',
    '😀',
    '/a/kms/xks/v1',
  ]
  for (const pattern of patterns) {
    const compiled = compileJavaPattern(String(pattern))
    for (const prefix of prefixes) {
      for (const unit of repeated) {
        const text = `${prefix}${unit.repeat(100_000 / unit.length)}\u0000`
        const started = performance.now()
        compiled.test(text)
        // Milliseconds; backtracking would take minutes. The bound leaves room for a busy machine.
        assert.ok(performance.now() - started < 1000, `${pattern} on ${prefix}${unit}…`)
      }
    }
  }
})
