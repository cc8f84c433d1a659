import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MemberConstraint } from '../../core/operation.ts'
import type { MemberModel, ServiceModel } from '../../core/services/service-model.ts'
import type { OperationSchema } from '../protocols/schema.ts'
import { jsonService, operationOf, queryService, schemasOf, testOperation } from '../protocols/testing.ts'
import { compileValidator, type Overrides } from './validate.ts'

const models = { kms: schemasOf('kms'), iam: schemasOf('iam'), cloudtrail: schemasOf('cloudtrail') }

function messageOf(
  service: 'kms' | 'cloudtrail' | 'iam',
  schema: OperationSchema,
  input: object,
  overrides?: Overrides,
) {
  const definition = service === 'iam' ? queryService(service) : jsonService(service)
  return compileValidator(schema, definition, overrides)(input as Record<string, unknown>)?.message
}

/** An operation with one member, `Thing`. */
const operation = (thing: MemberModel['shape'] | MemberModel, shapes: ServiceModel['shapes'] = {}): OperationSchema =>
  testOperation({
    DoRequest: { type: 'structure', members: { Thing: typeof thing === 'string' ? { shape: thing } : thing } },
    ...shapes,
  })

function failureOf(schema: OperationSchema, constraint: MemberConstraint, Thing: unknown) {
  return compileValidator(schema, jsonService('test'), { Thing: constraint })({ Thing })?.message
}

const one = (item: string) => `1 validation error detected: ${item}`

test('a valid input passes', () => {
  const input = {
    KeyId: 'alias/a',
    Plaintext: new Uint8Array(4096),
    EncryptionContext: { a: 'b' },
    GrantTokens: ['t'],
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    DryRun: false,
  }
  assert.equal(messageOf('kms', operationOf(models.kms, 'Encrypt'), input), undefined)
})

test('a required member that is absent is a null value', () => {
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'Encrypt'), { KeyId: 'k' }),
    one("Value null at 'plaintext' failed to satisfy constraint: Member must not be null"),
  )
})

test('several failures come in one message, in the order of the members', () => {
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'Encrypt'), { KeyId: 'k'.repeat(2049), Plaintext: new Uint8Array(4097) }),
    `2 validation errors detected: Value '${'k'.repeat(2049)}' at 'keyId' failed to satisfy constraint: Member must have ` +
      "length less than or equal to 2048; Value at 'plaintext' failed to satisfy constraint: Member must have length less " +
      'than or equal to 4096',
  )
})

test('members are reported in the order of the model, not in that of the SDK', () => {
  const message = messageOf('iam', operationOf(models.iam, 'CreateRole'), { Path: '', RoleName: '' })
  assert.match(message ?? '', /^\d validation errors detected: .*'path'.*'roleName'.*'assumeRolePolicyDocument'/)
})

test('a pattern is reported before a length', () => {
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'CreateAlias'), { AliasName: ' '.repeat(257), TargetKeyId: 'k' }),
    `2 validation errors detected: Value '${' '.repeat(257)}' at 'aliasName' failed to satisfy constraint: Member must satisfy ` +
      `regular expression pattern: ^[a-zA-Z0-9:/_-]+$; Value '${' '.repeat(257)}' at 'aliasName' failed to satisfy constraint: ` +
      'Member must have length less than or equal to 256',
  )
})

test('a number outside its range is printed', () => {
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'GenerateRandom'), { NumberOfBytes: 1025 }),
    one(
      "Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ),
  )
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'GenerateRandom'), { NumberOfBytes: 0 }),
    one("Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1"),
  )
})

test('the error for a value outside an enumeration lists the set', () => {
  assert.match(
    messageOf('kms', operationOf(models.kms, 'GenerateMac'), {
      KeyId: 'k',
      Message: new Uint8Array(1),
      MacAlgorithm: 'INVALID',
    }) ?? '',
    /^1 validation error detected: Value 'INVALID' at 'macAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: \[HMAC_SHA_\d+(, HMAC_SHA_\d+){3}\]$/,
  )
})

test('a structure in a list has a path with its position, from 1', () => {
  const Tags = [{ TagKey: 'a', TagValue: 'b' }, { TagKey: 'x'.repeat(129), TagValue: 'b' }, { TagKey: 'c' }]
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'TagResource'), { KeyId: 'k', Tags }),
    `2 validation errors detected: Value '${'x'.repeat(129)}' at 'tags.2.member.tagKey' failed to satisfy constraint: Member ` +
      "must have length less than or equal to 128; Value null at 'tags.3.member.tagValue' failed to satisfy constraint: " +
      'Member must not be null',
  )
})

test('a structure in a structure has a dotted path', () => {
  const Recipient = { KeyEncryptionAlgorithm: 'X' }
  assert.match(
    messageOf('kms', operationOf(models.kms, 'Decrypt'), { CiphertextBlob: new Uint8Array(1), Recipient }) ?? '',
    /Value 'X' at 'recipient\.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set/,
  )
})

test('a structure in a map has a path with its key', () => {
  const schema = operation('Things', {
    Things: { type: 'map', key: { shape: 'String' }, value: { shape: 'Inner' } },
    Inner: { type: 'structure', required: ['DataType'], members: { DataType: { shape: 'String' } } },
  })
  assert.equal(
    failureOf(schema, {}, { attr1: {}, attr2: { DataType: 'x' } }),
    one("Value null at 'thing.attr1.member.dataType' failed to satisfy constraint: Member must not be null"),
  )
  assert.equal(
    failureOf(schema, {}, { attr1: null }),
    one(
      "Value '{attr1=null}' at 'thing' failed to satisfy constraint: Map value must satisfy constraint: [Member must not be null]",
    ),
  )
})

test('the items of a list fail together, with everything they must keep', () => {
  assert.equal(
    failureOf(operation('Strings'), { member: { length: [0, 10], pattern: 'subnet-[0-9a-z]*' } }, ['subnet-1', 'x']),
    one(
      "Value '[subnet-1, x]' at 'thing' failed to satisfy constraint: Member must satisfy constraint: [Member must have length " +
        'less than or equal to 10, Member must have length greater than or equal to 0, Member must satisfy regular expression ' +
        'pattern: subnet-[0-9a-z]*]',
    ),
  )
  assert.match(
    messageOf('kms', operationOf(models.kms, 'CreateGrant'), {
      KeyId: 'k',
      GranteePrincipal: 'p',
      Operations: ['Decrypt', 'Drop'],
    }) ?? '',
    /^1 validation error detected: Value '\[Decrypt, Drop\]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: \[Member must satisfy enum value set: \[Decrypt, /,
  )
})

test('the keys and values of a map fail together, and no value may be null', () => {
  const constraint = { key: { length: [2, 9] as const }, value: { length: [null, 1] as const } }
  assert.equal(
    failureOf(operation('StringMap'), constraint, { a: 'b' }),
    one(
      "Value '{a=b}' at 'thing' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less " +
        'than or equal to 9, Member must have length greater than or equal to 2]',
    ),
  )
  assert.equal(
    failureOf(operation('StringMap'), constraint, { aa: null }),
    one(
      "Value '{aa=null}' at 'thing' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length " +
        'less than or equal to 1, Member must not be null]',
    ),
  )
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'Encrypt'), {
      KeyId: 'k',
      Plaintext: new Uint8Array(1),
      EncryptionContext: { a: null },
    }),
    one(
      "Value '{a=null}' at 'encryptionContext' failed to satisfy constraint: Map value must satisfy constraint: [Member must " +
        'not be null]',
    ),
  )
})

test('lengths count characters, bytes, items and entries', () => {
  const length = (min: number, max: number): MemberConstraint => ({ length: [min, max] })
  const passes = (schema: OperationSchema, min: number, max: number, value: unknown) =>
    failureOf(schema, length(min, max), value) === undefined
  assert.ok(passes(operation('String'), 2, 2, '😀😀'))
  assert.ok(!passes(operation('String'), 3, 9, '😀😀'))
  assert.ok(!passes(operation('String'), 0, 1, '😀😀'))
  assert.ok(passes(operation('String'), 4, 4, 'a😀bc'))
  assert.ok(!passes(operation('String'), 0, 2, 'abc'))
  assert.ok(passes(operation('Blob'), 2, 2, new Uint8Array(2)))
  assert.ok(!passes(operation('Blob'), 3, 3, new Uint8Array(2)))
  assert.ok(passes(operation('Strings'), 2, 2, ['a', 'b']))
  assert.ok(!passes(operation('Strings'), 0, 1, ['a', 'b']))
  assert.ok(passes(operation('StringMap'), 1, 1, { a: 'b' }))
  assert.ok(!passes(operation('StringMap'), 2, 3, { a: 'b' }))
})

test('lists of structures are printed with all members, absent ones as null', () => {
  const members = { MetricName: { shape: 'String' }, Unit: { shape: 'String' }, Dimensions: { shape: 'StringMap' } }
  const schema = operation('Metrics', {
    Metrics: { type: 'list', member: { shape: 'Metric' } },
    Metric: { type: 'structure', members },
  })
  assert.equal(
    failureOf(schema, { length: [0, 1] }, [{ MetricName: 'm', Dimensions: { a: 'b' } }, { Unit: 'u' }]),
    one(
      "Value '[Metric(metricName=m, unit=null, dimensions={a=b}), Metric(metricName=null, unit=u, dimensions=null)]' at 'thing' " +
        'failed to satisfy constraint: Member must have length less than or equal to 1',
    ),
  )
})

test('sensitive values are never printed, wherever they stand', () => {
  const shapes: ServiceModel['shapes'] = {
    Secret: { type: 'string', sensitive: true },
    Secrets: { type: 'list', member: { shape: 'Secret' } },
    SecretMap: { type: 'map', key: { shape: 'String' }, value: { shape: 'Secret' } },
    Pair: { type: 'structure', members: { Name: { shape: 'String' }, Password: { shape: 'Secret' } } },
    Pairs: { type: 'list', member: { shape: 'Pair' } },
  }
  const cases: [schema: OperationSchema, value: unknown, printed: string][] = [
    [operation('Secret', shapes), 'hunter2', 'Value at'],
    [operation({ shape: 'String', sensitive: true }), 'hunter2', 'Value at'],
    [operation('Secrets', shapes), ['hunter2'], 'Value at'],
    [operation('SecretMap', shapes), { a: 'hunter2' }, 'Value at'],
    [
      operation('Pairs', shapes),
      [{ Name: 'n', Password: 'hunter2' }],
      "Value '[Pair(name=n, password=***Sensitive Data Redacted***)]' at",
    ],
    [operation('Blob'), new TextEncoder().encode('hunter2'), 'Value at'],
  ]
  for (const [schema, value, printed] of cases) {
    const message = failureOf(schema, { length: [100, null] }, value) ?? ''
    assert.equal(
      message,
      one(`${printed} 'thing' failed to satisfy constraint: Member must have length greater than or equal to 100`),
    )
  }
})

test('members that an operation keeps secret are not printed either', () => {
  const input = { KeyId: '', Plaintext: new Uint8Array(1), GrantTokens: Array(11).fill('a token') }
  const validate = compileValidator(operationOf(models.kms, 'Encrypt'), jsonService('kms'), {}, ['GrantTokens'])
  const message = validate(input)?.message ?? ''
  assert.match(message, /Value '' at 'keyId'.*; Value at 'grantTokens' failed/)
  assert.doesNotMatch(message, /a token/)
})

test('IAM prints neither values nor the sets of enumerations', () => {
  assert.equal(
    messageOf('iam', operationOf(models.iam, 'UpdateAccessKey'), {
      AccessKeyId: 'A'.repeat(20),
      Status: 'on',
      UserName: 'a b',
    }),
    "2 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must satisfy regular expression " +
      "pattern: [\\w+=,.@-]+; Value at 'status' failed to satisfy constraint: Member must satisfy enum value set",
  )
})

test('the code of the error is the one of the service', () => {
  const refusal = compileValidator(operationOf(models.iam, 'DeleteUser'), queryService('iam'))({ UserName: '' })
  assert.equal(refusal?.code, 'ValidationError')
  assert.equal(refusal?.status, 400)
})

test('an override narrows one member, at any depth', () => {
  const window = { PendingWindowInDays: { range: [7, 30] as const } }
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'ScheduleKeyDeletion'), { KeyId: 'k', PendingWindowInDays: 6 }),
    undefined,
  )
  assert.equal(
    messageOf('kms', operationOf(models.kms, 'ScheduleKeyDeletion'), { KeyId: 'k', PendingWindowInDays: 6 }, window),
    one(
      "Value '6' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 7",
    ),
  )
  const input = { KeyId: 'k', Tags: [{ TagKey: 'abc', TagValue: '' }] }
  const noTagOf = { 'Tags.member.TagKey': { length: [1, 2] as const } }
  assert.match(
    messageOf('kms', operationOf(models.kms, 'TagResource'), input, noTagOf) ?? '',
    /^1 .* 'tags\.1\.member\.tagKey' .* equal to 2$/,
  )
  const required = { Description: { required: true } }
  assert.match(
    messageOf('kms', operationOf(models.kms, 'CreateKey'), {}, required) ?? '',
    /^1 validation error detected: Value null at 'description'/,
  )
})

test('an override leaves the same structure elsewhere as it was', () => {
  const schema = testOperation({
    DoRequest: { type: 'structure', members: { Left: { shape: 'Inner' }, Right: { shape: 'Inner' } } },
    Inner: { type: 'structure', members: { Name: { shape: 'String' } } },
  })
  const validate = compileValidator(schema, jsonService('test'), { 'Left.Name': { length: [2, null] } })
  const short = { Name: 'a' }
  assert.equal(validate({ Right: short }), undefined)
  assert.match(
    validate({ Left: short, Right: short })?.message ?? '',
    /^1 validation error detected: Value 'a' at 'left\.name'/,
  )
})

test('an override of no member is a mistake in the declaration', () => {
  assert.throws(
    () => messageOf('kms', operationOf(models.kms, 'ListKeys'), {}, { Limits: { range: [1, 5] } }),
    /constraints of no member: Limits/,
  )
})

test('a message lists at most ten failures', () => {
  const Tags = Array.from({ length: 50 }, () => ({ TagKey: '' }))
  const message = messageOf('kms', operationOf(models.kms, 'TagResource'), { KeyId: 'k', Tags }) ?? ''
  assert.match(message, /^10 validation errors detected: /)
  assert.equal(message.split('; ').length, 10)
})

test('structures that contain themselves are validated to any depth', () => {
  assert.equal(
    failureOf(
      operation('Node', {
        Node: { type: 'structure', required: ['Name'], members: { Name: { shape: 'Name' }, Next: { shape: 'Node' } } },
        Name: { type: 'string', min: 1, max: 2 },
      }),
      {},
      { Name: 'a', Next: { Name: 'b', Next: { Name: 'abc' } } },
    ),
    one(
      "Value 'abc' at 'thing.next.next.name' failed to satisfy constraint: Member must have length less than or equal to 2",
    ),
  )
})

test('an operation without input has nothing to validate', () => {
  assert.equal(messageOf('iam', operationOf(models.iam, 'GetAccountSummary'), {}), undefined)
})

test('an absent structure is not looked into', () => {
  assert.equal(
    messageOf('cloudtrail', operationOf(models.cloudtrail, 'LookupEvents'), { LookupAttributes: [] }),
    undefined,
  )
})
