import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern } from './compile-pattern.ts'

const reasonOf = (pattern: string): string => {
  try {
    compilePattern(pattern)
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'EventPatternError', String(error))
    return error.message
  }
  assert.fail(`accepted ${pattern}`)
}

const at = (pattern: string, column: number, line = 1) =>
  `\n at [Source: (String)"${pattern}"; line: ${line}, column: ${column}]`

test('a value that is not in a list is refused with its name and its place', () => {
  // https://github.com/buildkite/docs/pull/896 shows the live service's answer to such a pattern.
  const pattern =
    '{\n  "detail-type": ["a"],\n  "detail": {\n    "pipeline": {\n      "slug": "some-pipeline"\n    }\n  }\n}'
  assert.equal(reasonOf(pattern), `"slug" must be an object or an array${at(pattern, 16, 5)}`)
  assert.equal(reasonOf('{"source":"x"}'), `"source" must be an object or an array${at('{"source":"x"}', 12)}`)
  assert.equal(reasonOf('{"a":12}'), `"a" must be an object or an array${at('{"a":12}', 8)}`)
})

test('patterns are refused with the reasons of AWS', () => {
  const cases: [pattern: string, reason: string][] = [
    ['[]', 'Filter is not an object'],
    ['"a"', 'Filter is not an object'],
    ['{}', 'Empty objects are not allowed'],
    ['{"a":{}}', 'Empty objects are not allowed'],
    ['{"a":[]}', 'Empty arrays are not allowed'],
    ['{"a":[["b"]]}', 'Match value must be String, number, true, false, or null'],
    ['{"a":[{}]}', 'Match expression name not found'],
    ['{"a":[{"like":"b"}]}', 'Unrecognized match type like'],
    ['{"a":[{"prefix":["b"]}]}', 'prefix match pattern must be a string'],
    ['{"a":[{"suffix":["b"]}]}', 'suffix match pattern must be a string'],
    ['{"a":[{"exactly":1}]}', 'exact match pattern must be a string'],
    ['{"a":[{"equals-ignore-case":["b"]}]}', 'equals-ignore-case match pattern must be a string'],
    ['{"a":[{"wildcard":1}]}', 'wildcard match pattern must be a string'],
    ['{"a":[{"wildcard":"b**"}]}', 'Consecutive wildcard characters at pos 2'],
    ['{"a":[{"wildcard":"b\\\\c"}]}', 'Invalid escape character at pos 2'],
    ['{"a":[{"prefix":"a","suffix":"b"}]}', 'Only one key allowed in match expression'],
    ['{"a":[{"prefix":{"wildcard":"b"}}]}', 'Unsupported prefix pattern: wildcard'],
    ['{"a":[{"suffix":{}}]}', 'Suffix expression name not found'],
    ['{"a":[{"anything-but":null}]}', 'Value of anything-but must be an array or single string/number value.'],
    [
      '{"a":[{"anything-but":{"prefix":true}}]}',
      'Value of anything-but must be an array or single string/number value.',
    ],
    ['{"a":[{"anything-but":[null]}]}', 'Inside anything but list, start|null|boolean is not supported.'],
    [
      '{"a":[{"anything-but":["b",1]}]}',
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    ],
    ['{"a":[{"anything-but":{"cidr":"b"}}]}', 'Unsupported anything-but pattern: cidr'],
    ['{"a":[{"anything-but":{"prefix":""}}]}', 'Null prefix/suffix not allowed'],
    ['{"a":[{"anything-but":{"prefix":[1]}}]}', 'prefix/suffix match pattern must be a string'],
    ['{"a":[{"anything-but":{"wildcard":["*",1]}}]}', 'wildcard match pattern must be a string'],
    [
      '{"a":[{"anything-but":{"equals-ignore-case":[1]}}]}',
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    ],
    ['{"a":[{"exists":"yes"}]}', 'exists match pattern must be either true or false.'],
    ['{"a":[{"numeric":1}]}', 'Value of numeric must be an array.'],
    ['{"a":[{"numeric":[]}]}', 'Invalid member in numeric match: ]'],
    ['{"a":[{"numeric":[5]}]}', 'Invalid member in numeric match: 5'],
    ['{"a":[{"numeric":["<"]}]}', 'Value of < must be numeric'],
    ['{"a":[{"numeric":["=","5"]}]}', 'Value of equals must be numeric'],
    ['{"a":[{"numeric":["!=",5]}]}', 'Unrecognized numeric range operator: !='],
    ['{"a":[{"numeric":["=",5,6]}]}', 'Too many elements in numeric expression'],
    ['{"a":[{"numeric":[">",5,">",6]}]}', 'Bad numeric range operator: >'],
    ['{"a":[{"numeric":[">",5,6]}]}', 'Bad value in numeric range: 6'],
    ['{"a":[{"numeric":[">",5,"<","6"]}]}', 'Value of < must be numeric'],
    ['{"a":[{"numeric":[">",5,"<",6,7]}]}', 'Too many terms in numeric range expression'],
    ['{"a":[{"numeric":[">",6,"<",5]}]}', 'Bottom must be less than top'],
    ['{"a":[{"numeric":[">",6000000000]}]}', 'Value must be between -5.0E9 and 5.0E9, inclusive'],
    ['{"a":[{"cidr":1}]}', 'prefix match pattern must be a string'],
    ['{"$or":{"a":[1]}}', 'It must be an Array followed with $or.'],
    ['{"$or":[{"a":[1]}]}', 'There must have at least 2 Objects in $or relationship.'],
    ['{"$or":[{"a":[1]},1]}', 'Only JSON object is allowed in array of $or relationship.'],
    ['{"$or":[{"a":[1]},{"prefix":[1]}]}', 'prefix is Ruler reserved fieldName which cannot be used inside $or.'],
    [
      '{"a":[b]}',
      "Unrecognized token 'b': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    ],
    ["{'a':[1]}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"],
    ['{"a":[1}', "Unexpected character ('}' (code 125)): was expecting comma to separate Array entries"],
    ['', 'Unexpected end-of-input'],
  ]
  for (const [pattern, reason] of cases) assert.equal(reasonOf(pattern).split('\n')[0], reason, pattern)
})

test('refusals that AWS words without a place have none', () => {
  const cases: [pattern: string, reason: string][] = [
    ['{"a":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
    ['{"a":[{"cidr":"10.0.0.0/a"}]}', 'Malformed CIDR, mask bits must be an integer'],
    ['{"a":[{"cidr":"10.0.0.0/-1"}]}', 'Malformed CIDR, mask bits must not be negative'],
    ['{"a":[{"cidr":"10.0.0.0/32"}]}', 'IPv4 mask bits must be < 32'],
    ['{"a":[{"cidr":"::/128"}]}', 'IPv6 mask bits must be < 128'],
    ['{"a":[{"cidr":"here/8"}]}', 'Nonstandard IP address: here'],
    [
      `{"a":[{"wildcard":"${'*a'.repeat(101)}"}]}`,
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    ],
    [
      `{"a":[{"wildcard":"*${'a'.repeat(101)}"}]}`,
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    ],
  ]
  for (const [pattern, reason] of cases) assert.equal(reasonOf(pattern), reason, pattern)
})

test('a refusal repeats no more than the first 500 characters of the pattern', () => {
  const pattern = `{"a":["${'b'.repeat(600)}"],"c":1}`
  const hidden = pattern.length - 500
  assert.match(
    reasonOf(pattern),
    new RegExp(`b"\\[truncated ${hidden} chars\\]; line: 1, column: ${pattern.length}\\]$`),
  )
})

test('$or makes alternatives, at most 1,000, each with the fields around it', () => {
  const two = (name: string) => `{"${name}1":[1]},{"${name}2":[1]}`
  const pattern = compilePattern(`{"source":["s"],"$or":[${two('a')}],"detail":{"$or":[${two('b')}]}}`)
  assert.deepEqual(
    pattern.alternatives.map(({ fields }) => fields.map(({ path }) => path.join('.'))),
    [
      ['source', 'a1', 'detail.b1'],
      ['source', 'a2', 'detail.b1'],
      ['source', 'a1', 'detail.b2'],
      ['source', 'a2', 'detail.b2'],
    ],
  )
  const nested = (depth: number): string =>
    depth === 0 ? '"x":[1]' : `"n${depth}":{"$or":[${two('a')}]},${nested(depth - 1)}`
  assert.equal(compilePattern(`{${nested(9)}}`).alternatives.length, 512)
  assert.equal(reasonOf(`{${nested(10)}}`), 'Rule is too complex - there are more than 1000 rule combinations')
  assert.throws(() => compilePattern(`{${nested(8)}}`, { combinations: 150 }), /more than 150 rule combinations/)
})

test('a text that is nested too deeply is refused', () => {
  assert.match(reasonOf(`${'{"a":'.repeat(2000)}[1]${'}'.repeat(2000)}`), /^The pattern is nested too deeply/)
})
