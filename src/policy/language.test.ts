import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPolicy } from './language.ts'

const positionsOf = (text: string) =>
  readPolicy(text).statements.map(({ start, end }) => [start.line, start.column, end.line, end.column])

test('readPolicy gives every element of a statement in one form', () => {
  const { version, id, statements } = readPolicy(`{
    "Version": "2012-10-17", "Id": "mine",
    "Statement": {
      "Sid": "One", "Effect": "Deny", "Principal": { "AWS": "111122223333", "Service": ["a.amazonaws.com"] },
      "NotAction": "s3:*", "NotResource": ["*"],
      "Condition": { "NumericLessThan": { "a": 5.50 }, "bool": { "b": [true, "false"] } }
    }
  }`)
  const [statement] = statements
  assert.deepEqual([version, id, statements.length], ['2012-10-17', 'mine', 1])
  assert.deepEqual(statement && { ...statement, conditions: [], start: 0, end: 0 }, {
    index: 0,
    sid: 'One',
    effect: 'Deny',
    principal: new Map([
      ['AWS', ['111122223333']],
      ['Service', ['a.amazonaws.com']],
    ]),
    notPrincipal: undefined,
    action: undefined,
    notAction: ['s3:*'],
    resource: undefined,
    notResource: ['*'],
    conditions: [],
    start: 0,
    end: 0,
  })
  assert.deepEqual(
    statement?.conditions.map(({ operatorName, key, values }) => [operatorName, key, values]),
    [
      ['NumericLessThan', 'a', ['5.50']],
      ['bool', 'b', ['true', 'false']],
    ],
  )
})

test('readPolicy says what is wrong and where', () => {
  const inStatement = (element: string) =>
    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",\n${element}}]}`
  for (const [text, detail] of [
    ['nothing', 'line 1, column 1: expected a value'],
    ['{"Statement": [{}],\n "Statement": []}', 'line 2, column 2: member "Statement" is given twice'],
    ['[]', 'line 1, column 1: a policy is a JSON object'],
    ['{}', 'line 1, column 1: there is no Statement'],
    ['{"Statement":[]}', 'line 1, column 14: Statement is empty'],
    ['{"Statement":"x"}', 'line 1, column 14: Statement is an object or a list of objects'],
    ['{"Statement":[1]}', 'line 1, column 15: a statement is a JSON object'],
    ['{"Version":"2010-01-01","Statement":{}}', 'line 1, column 12: Version is neither 2012-10-17 nor 2008-10-17'],
    ['{"Statement":{}}', 'line 1, column 14: the statement has no Effect'],
    ['{"Statement":{"Effect":"Maybe"}}', 'line 1, column 24: Effect is neither "Allow" nor "Deny"'],
    ['{"Id":1,"Statement":{"Effect":"Deny"}}', 'line 1, column 7: Id is a string'],
    [inStatement('"Efect":"x"'), 'line 2, column 9: unknown element "Efect"'],
    [inStatement('"NotAction":"x"'), 'line 2, column 13: Action and NotAction exclude each other'],
    [inStatement('"NotResource":"x"'), 'line 2, column 15: Resource and NotResource exclude each other'],
    [
      inStatement('"Principal":"*","NotPrincipal":"*"'),
      'line 2, column 32: Principal and NotPrincipal exclude each other',
    ],
    [inStatement('"Principal":"x"'), 'line 2, column 13: a principal is "*" or an object'],
    [inStatement('"Principal":{"Aws":"x"}'), 'line 2, column 20: unknown principal type "Aws"'],
    [inStatement('"Principal":{"AWS":[1]}'), 'line 2, column 21: AWS is a string or a list of strings'],
    [inStatement('"Sid":{}'), 'line 2, column 7: Sid is a string'],
    [inStatement('"Condition":[]'), 'line 2, column 13: Condition is an object'],
    [inStatement('"Condition":{"Bool":"x"}'), 'line 2, column 21: an operator holds an object of keys'],
    [inStatement('"Condition":{"Is":{"a":"b"}}'), 'line 2, column 19: unknown operator "Is"'],
    [
      inStatement('"Condition":{"Bool":{"a":{}}}'),
      'line 2, column 26: a condition value is a string, a number or a boolean',
    ],
    [
      inStatement('"Condition":{"Bool":{"a":[null]}}'),
      'line 2, column 27: a condition value is a string, a number or a boolean',
    ],
  ] as const) {
    assert.throws(() => readPolicy(text), { name: 'PolicyError', message: 'Syntax errors in policy.', detail })
  }
})

test('readPolicy passes over operators without keys', () => {
  const text = '{"Statement":{"Effect":"Allow","Condition":{"Whatever":{},"Bool":{"a":"true"}}}}'
  assert.equal(readPolicy(text).statements[0]?.conditions.length, 1)
})

test('readPolicy places a lone statement as the documented example of a simulation does', () => {
  const text =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",' +
    '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
  assert.deepEqual(positionsOf(text), [[1, 38, 1, 167]])
})

test('readPolicy places statements of a list from bracket or statement before to their own end', () => {
  const text = [
    '{',
    '    "Version": "2012-10-17",',
    '    "Statement": [',
    '        {',
    '            "Effect": "Allow", "Action": "codecommit:ListRepositories", "Resource": "*"',
    '        },',
    '        { "Effect": "Deny", "Action": ["}{][,", "a\\"]"], "Resource": "*" } , {"Effect": "Deny"}',
    '    ]',
    '}',
  ].join('\n')
  assert.deepEqual(positionsOf(text), [
    [3, 19, 6, 10],
    [6, 10, 7, 75],
    [7, 75, 7, 96],
  ])
})
