import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as iam from '@aws-sdk/client-iam'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as secretsManager from '@aws-sdk/client-secrets-manager'
import * as ssm from '@aws-sdk/client-ssm'
import * as sts from '@aws-sdk/client-sts'
import { NormalizedSchema } from '@smithy/core/schema'
import { compileJavaPattern } from '../../core/java-pattern.ts'
import type { MemberConstraint } from '../../core/operation.ts'
import type { Schema } from '../protocols/schema.ts'
import { inputStructures, jsonService, operationsOf, schemasOf } from '../protocols/testing.ts'
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

const services = Object.entries(clients).map(([name, module]) => {
  const schemas = schemasOf(name)
  return { name, module, schemas, structures: inputStructures(schemas) }
})

/** A constraint and those inside it. */
const withParts = (constraint: MemberConstraint): MemberConstraint[] => [
  constraint,
  ...[constraint.member, constraint.key, constraint.value].flatMap((part) => (part ? withParts(part) : [])),
]

const constraintsOf = (structures: ReadonlyMap<string, Schema>) =>
  [...structures.values()].flatMap(({ members }) => [...members.values()]).flatMap(({ limits }) => withParts(limits))

/** What the SDK's schema and ours both say of a shape: kinds, members and what is required, without the names of shapes. */
function outline(schema: NormalizedSchema, seen: ReadonlySet<unknown> = new Set()): unknown {
  if (schema.isStructSchema()) {
    if (seen.has(schema.getSchema())) return 'again'
    const inside = new Set([...seen, schema.getSchema()])
    const [, , , , names, , required = 0] = schema.getSchema() as unknown as [0, 0, 0, 0, string[], 0, number?]
    const members = [...schema.structIterator()].map(([name, member]) => [name, outline(member, inside)])
    return { members: Object.fromEntries(members), required: names.slice(0, required).sort() }
  }
  if (schema.isListSchema()) return [outline(schema.getValueSchema(), seen)]
  if (schema.isMapSchema()) return { of: outline(schema.getValueSchema(), seen) }
  if (schema.getMergedTraits().sensitive) return 'sensitive'
  if (schema.isBlobSchema()) return 'blob'
  if (schema.isTimestampSchema()) return 'timestamp'
  if (schema.isBooleanSchema()) return 'boolean'
  return schema.isNumericSchema() ? 'number' : 'string'
}

function ownOutline(schema: Schema, seen: ReadonlySet<unknown> = new Set()): unknown {
  if (schema.shape.type === 'structure') {
    if (seen.has(schema.shape)) return 'again'
    const inside = new Set([...seen, schema.shape])
    const members = [...schema.members].map(([name, member]) => [name, ownOutline(member, inside)])
    return { members: Object.fromEntries(members), required: [...schema.required].sort() }
  }
  if (schema.kind === 'list') return [ownOutline(schema.value, seen)]
  if (schema.kind === 'map') return { of: ownOutline(schema.value, seen) }
  if (schema.traits.sensitive) return 'sensitive'
  return schema.kind === 'integer' || schema.kind === 'fraction' ? 'number' : schema.kind
}

for (const { name, module, schemas, structures } of services) {
  test(`the model of ${name} and the SDK's client know the same operations, with the same members`, () => {
    const known = Object.keys(module).filter((key) => Array.isArray(module[key]) && module[key][0] === 9)
    assert.deepEqual([...schemas.operationNames], known.map((key) => key.slice(0, -1)).sort())
    for (const { name: operation, input, output } of operationsOf(schemas)) {
      const [, , , , sdkInput, sdkOutput] = module[`${operation}$`] as unknown[]
      for (const [own, sdk] of [
        [input, sdkInput],
        [output, sdkOutput],
      ] as const) {
        const theirs = NormalizedSchema.of((typeof sdk === 'function' ? sdk() : sdk) as never)
        // The SDK has no word for an output that is declared and has no members.
        if (own && !theirs.isUnitSchema()) assertCovers(ownOutline(own), outline(theirs), operation)
      }
    }
  })

  test(`the limits of ${name} fit the kinds of their members`, () => {
    for (const [structure, { members }] of structures) {
      for (const [member, { kind, limits }] of members) {
        const place = `${structure}.${member}`
        if (limits.range) assert.ok(kind === 'integer' || kind === 'fraction', place)
        if (limits.pattern || limits.enum) assert.equal(kind, 'string', place)
        if (limits.length) assert.ok(!['integer', 'fraction', 'boolean', 'structure'].includes(kind), place)
      }
    }
  })

  test(`validators of all operations of ${name} compile`, () => {
    for (const schema of operationsOf(schemas)) {
      assert.equal(typeof compileValidator(schema, jsonService(name)), 'function')
    }
  })
}

/** One of the two may be newer, and know members that the other does not; what both know must be the same. */
function assertCovers(own: unknown, sdk: unknown, place: string): void {
  if (!isRecord(own) || !isRecord(sdk)) {
    if (Array.isArray(own) && Array.isArray(sdk)) assertCovers(own[0], sdk[0], `${place}[]`)
    else assert.deepEqual(own, sdk, place)
    return
  }
  for (const key of Object.keys(own)) if (key in sdk) assertCovers(own[key], sdk[key], `${place}.${key}`)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

test('every pattern of the models runs in time that grows with the length of the value alone', () => {
  const patterns = new Set(
    services.flatMap(({ structures }) => constraintsOf(structures).map(({ pattern }) => pattern)),
  )
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
        // Milliseconds; backtracking would take minutes. The bound is wide enough for a busy machine.
        assert.ok(performance.now() - started < 1000, `${pattern} on ${prefix}${unit}…`)
      }
    }
  }
})
