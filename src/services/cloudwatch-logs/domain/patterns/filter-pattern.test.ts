import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ServiceError } from '../../../../core/service-error.ts'
import { compileFilterPattern, messageTest } from './filter-pattern.ts'

const matches = (pattern: string, message: string) => {
  const compiled = compileFilterPattern(pattern)
  const found = compiled.matches(message)
  assert.equal(messageTest(compiled)(Buffer.from(message)), found, `${pattern} with its literals first: ${message}`)
  assert.equal(compiled.extract(message) !== undefined, found)
  return found
}

/** Each pattern with messages that match and messages that do not. */
function check(cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[]) {
  for (const [pattern, matching, others] of cases) {
    for (const message of matching) assert.equal(matches(pattern, message), true, `${pattern} matches ${message}`)
    for (const message of others) assert.equal(matches(pattern, message), false, `${pattern} does not match ${message}`)
  }
}

test('terms must all occur, in any order; phrases as they are; excluded ones must not', () => {
  check([
    ['', ['', 'anything'], []],
    ['" "', ['anything'], []],
    ['ERROR', ['[ERROR] x', 'ERRORS'], ['error', 'EROR']],
    ['disk full', ['the full disk', 'disk is full'], ['disk', 'full']],
    ['"disk full"', ['the disk full of'], ['disk is full']],
    ['"say \\"hi\\""', ['they say "hi"'], ['they say hi']],
    ['ERROR -retry', ['ERROR 1'], ['ERROR retry', 'retry']],
    ['-"retry later"', ['ERROR retry', ''], ['retry later']],
    ['?ERROR ?WARN', ['ERROR', 'WARN'], ['INFO']],
    ['INFO ?ERROR', ['INFO'], ['ERROR']],
    ['größe_1', ['die größe_1'], ['grösse_1']],
    ['%[Ee]rror|fail% x', ['Error x', 'x fail'], ['Error', 'x']],
    ['-%\\d{3}%', ['12'], ['123']],
  ])
})

test('JSON patterns compare members, by text, number, wildcard and expression', () => {
  const event = JSON.stringify({
    name: 'DeleteTrail',
    n: 5,
    big: 1500,
    ok: true,
    nothing: null,
    text: '5',
    'my-key': 'x',
    'a.b': 'dotted',
    user: { type: 'Root', groups: [{ id: 'g1' }, { id: 'g2' }] },
    list: ['a', 'b'],
    ip: '10.0.0.7',
  })
  const yes = [
    '{ $.name = "DeleteTrail" }',
    '{$.name=DeleteTrail}',
    '{ $.name = "Delete*" && $.n = 5 }',
    '{ $.name = *Trail }',
    '{ $.name = "D*e*l" }',
    '{ $.name != "x" }',
    '{ $.n > 4 && $.n >= 5 && $.n < 6 && $.n <= 5 && $.n != 4 }',
    '{ $.big = 1.5e3 }',
    '{ $.text = 5 }',
    '{ $.ok IS TRUE }',
    '{ $.nothing IS NULL }',
    '{ $.missing NOT EXISTS }',
    '{ $.user.type = "Root" && $.user.missing NOT EXISTS }',
    '{ $.user.groups[1].id = "g2" }',
    '{ $.user.groups[*].id = "g2" }',
    '{ $.list[0] = "a" }',
    '{ $.my-key = "x" }',
    `{ $.['a.b'] = "dotted" }`,
    '{ $["a.b"] = "dotted" }',
    '{ $.ip = 10.0.* }',
    '{ $.ip = %^10\\.0\\.0\\.[1-9]$% }',
    '{ ($.n = 1 || $.n = 5) && ($.name = "x" || ($.ok IS TRUE)) }',
    '{ $.n = 5 || $.n = 1 && $.n = 2 }',
  ]
  const no = [
    '{ $.name = "Delete" }',
    '{ $.name = "deletetrail" }',
    '{ $.missing = "x" }',
    '{ $.missing != "x" }',
    '{ $.n = 6 }',
    '{ $.name > 4 }',
    '{ $.ok IS FALSE }',
    '{ $.missing IS NULL }',
    '{ $.nothing NOT EXISTS }',
    '{ $.list = "a" }',
    '{ $.user = "*" }',
    '{ $.user.groups[2].id = "g2" }',
    '{ $.ip = 10.1.* }',
    '{ ($.n = 5 || $.n = 1) && $.n = 2 }',
  ]
  check([
    ...yes.map((pattern) => [pattern, [event], []] as const),
    ...no.map((pattern) => [pattern, [], [event]] as const),
  ])
})

test('scenario 21: JSON patterns do not match what is not JSON, and a null member is there', () => {
  check([
    ['{ $.a = 1 }', ['{"a":1}', ' {"a":1}\n'], ['a 1', '{"a":1', '"a"', '']],
    ['{ $.a NOT EXISTS }', ['{}'], ['{"a":null}', 'no JSON']],
    ['{ $.a IS NULL }', ['{"a":null}'], ['{}', 'no JSON']],
  ])
})

test('space-delimited patterns compare fields by their places', () => {
  const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
  check([
    ['[ip, id, user, time, request, status, size]', [line], ['one two', `${line} more`]],
    ['[ip, id, user, time, request = *.html*, status = 4*, size > 1000]', [line], [line.replace('404', '200')]],
    ['[..., size = 1534]', [line], [line.replace('1534', '1')]],
    ['[ip = 127.0.0.1, ..., status = 404, size]', [line], [line.replace('404', '403')]],
    ['[ip, ...]', [line, 'one'], ['']],
    ['[..., status = 404 || status = 410, size]', [line], [line.replace('404', '401')]],
    ['[..., status != 404 && status != 410, size]', [line.replace('404', '200')], [line]],
    ['[ip = %^127%, ...]', [line], [line.replace('127', '10')]],
    ['[..., request = "GET*", status, size]', [line], [line.replace('GET', 'PUT')]],
  ])
  assert.deepEqual(compileFilterPattern('[ip, ..., request, status, size]').extract(line), {
    $ip: '127.0.0.1',
    $request: 'GET /index.html HTTP/1.0',
    $status: '404',
    $size: '1534',
  })
})

test('values of fields are read for metrics, also those that the pattern does not name', () => {
  const json = compileFilterPattern('{ $.a = 1 }')
  assert.deepEqual(json.extract('{"a":1,"b":{"c":2.5}}'), { '$.a': '1' })
  assert.equal(json.valueOf('{"a":1,"b":{"c":2.5}}', '$.b.c'), '2.5')
  assert.equal(json.valueOf('{"a":1}', '$.b'), undefined)
  assert.equal(compileFilterPattern('[a, b]').valueOf('1 2', '$b'), '2')
  assert.equal(compileFilterPattern('x').valueOf('x', '$.a'), undefined)
})

test('what is not a pattern is refused', () => {
  const refused = (pattern: string, message?: string) =>
    assert.throws(() => compileFilterPattern(pattern), {
      code: 'InvalidParameterException',
      ...(message !== undefined && { message }),
    })
  refused('a:b', "Invalid character(s) in term ':'")
  refused('(x)', "Invalid character(s) in term '('")
  refused('{ $."a" = 1 }', `Invalid character(s) in term '"'`)
  for (const pattern of [
    ...['"open', '%open', 'a"b"', '{', '{}', '{ $ = 1 }', '{ $.a }', '{ $.a = }', '{ $.a == 1 }', '{ $.a > "x" }'],
    ...[
      '{ $.a = 1 ',
      '{ $.a = 1 } x',
      '{ ($.a = 1 }',
      '{ $.a = 1 && }',
      '{ $.a IS MAYBE }',
      '{ $.a NOT }',
      '{ a = 1 }',
    ],
    ...['[', '[]', '[a', '[a,]', '[a, a]', '[..., ...]', '[a = 1 && b = 2]', '[a] b', '[a >> 1]'],
    ...['%a(b)%', '%[a%', '%a{2,1}%', '%a{x}%', '%*a%', '%a!%', '%^*%', '%%', '%a||b%', '%\\q%', '%[z-a]%', '%é%'],
    ...['%a{2000}{2000}%', '%a{3000}%', '%a% %b% %c%'],
  ]) {
    refused(pattern)
  }
})

test('wildcards fit as the same expressions of JavaScript do', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', ' '), maxLength: 12 })
  const value = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 12 })
  fc.assert(
    fc.property(text, value, (pattern, found) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's')
      const compiled = compileFilterPattern(`{ $.a = "${pattern}" }`)
      assert.equal(compiled.matches(JSON.stringify({ a: found })), expression.test(found))
    }),
    { numRuns: 2000 },
  )
})

test('any text is a pattern or is refused as none, and any message is compared', () => {
  const words = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '$',
      '.',
      'a',
      '"',
      '%',
      '=',
      '!=',
      '&&',
      '||',
      ' ',
      ',',
      '...',
      '*',
      '1',
      '\\',
      '-',
      '?',
    ],
    ...['IS NULL', 'NOT EXISTS', '{2,3}', '|', '^', '+', '\n', 'é', '\u{1f600}', '\0'],
  )
  const patterns = fc.oneof(
    fc.array(words, { maxLength: 24 }).map((parts) => parts.join('')),
    fc.string(),
  )
  let compiled = 0
  fc.assert(
    fc.property(patterns, fc.string(), fc.json(), (text, message, json) => {
      try {
        const pattern = compileFilterPattern(text)
        compiled++
        for (const one of [message, json]) {
          const found = pattern.matches(one)
          assert.equal(pattern.extract(one) !== undefined, found)
          assert.equal(messageTest(pattern)(Buffer.from(one)), pattern.matches(Buffer.from(one).toString()))
        }
      } catch (error) {
        assert.ok(error instanceof ServiceError && error.code === 'InvalidParameterException', `${text}: ${error}`)
      }
    }),
    { numRuns: 5000 },
  )
  assert.ok(compiled > 50, `only ${compiled} were patterns`)
})

test('patterns and messages may be nested as deeply as they can be', () => {
  const brackets = `{ ${'('.repeat(500)}$.a = 1${')'.repeat(500)} }`
  assert.equal(matches(brackets, '{"a":1}'), true)
  const deep = `{"a":${'['.repeat(200_000)}1${']'.repeat(200_000)}}`
  const pattern = compileFilterPattern('{ $.a NOT EXISTS || $.b NOT EXISTS }')
  // Whether such a value has a text depends on the stack.
  assert.ok(pattern.extract(deep))
  assert.ok([undefined, 400_001].includes(pattern.valueOf(deep, '$.a')?.length))
})
