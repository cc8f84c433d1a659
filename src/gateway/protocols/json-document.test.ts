import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJsonBody } from './json-document.ts'

const read = (text: string) => readJsonBody(Buffer.from(text))
const refused = (message = '') => ({ code: 'SerializationException', status: 400, message })
const tooDeep = refused('The request is nested too deeply: it may have 64 levels.')
const tooMany = refused('The request has too many values: it may have 10000.')

test('a body is the JSON value that it holds, and an empty one holds none', () => {
  assert.deepEqual(read(' {"a":[1,"x\\\\",{"b":null}],"c":"\\"]}{[,"} '), { a: [1, 'x\\', { b: null }], c: '"]}{[,' })
  assert.equal(read(''), undefined)
})

test('what is not JSON and what is not UTF-8 is refused without a word', () => {
  for (const text of ['{', '"', '"\\"', '{"a":1,}', '\ufeff{}', 'nan', ']', '}'.repeat(100), ' ']) {
    assert.throws(() => read(text), refused(), text)
  }
  assert.throws(() => readJsonBody(Buffer.from([0x22, 0xff, 0x22])), refused())
})

test('nesting is bounded, and brackets inside of strings nest nothing', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  assert.ok(read(nested(64)))
  assert.throws(() => read(nested(65)), tooDeep)
  assert.throws(() => read('{"a":'.repeat(65)), tooDeep)
  const text = `${'['.repeat(1000)}\\"${'{'.repeat(1000)}`
  assert.equal(read(`"${text}"`), JSON.parse(`"${text}"`))
  assert.deepEqual(read(`[${'[],'.repeat(1000)}0]`), [...Array.from({ length: 1000 }, () => []), 0])
})

test('the number of values is bounded, and commas inside of strings part nothing', () => {
  assert.equal((read(`[${'0,'.repeat(9_997)}0]`) as unknown[]).length, 9_998)
  assert.throws(() => read(`[${'0,'.repeat(10_000)}0]`), tooMany)
  assert.throws(() => read(`[${'{},'.repeat(5_000)}0]`), tooMany)
  assert.equal(read(`"${','.repeat(500_000)}"`), ','.repeat(500_000))
})

test('a secret of quotes alone is read, and a megabyte of them refused', () => {
  assert.equal(read(JSON.stringify('"'.repeat(65_536))), '"'.repeat(65_536))
  assert.throws(() => read(JSON.stringify('"'.repeat(500_000))), tooMany)
})

test('an archive of megabytes is read, and megabytes of white space refused', () => {
  const archive = 'QUJD'.repeat(1024 * 1024)
  assert.deepEqual(read(`{"ZipFile":"${archive}"}`), { ZipFile: archive })
  assert.throws(() => read(`{${' '.repeat(2 * 1024 * 1024)}}`), tooMany)
})

test('an operation may allow more values than others', () => {
  const events = Buffer.from(JSON.stringify(Array(10_000).fill({ timestamp: 1, message: 'm' })))
  assert.throws(() => readJsonBody(events), { code: 'SerializationException', message: /it may have 10000/ })
  assert.equal((readJsonBody(events, 50_000) as unknown[]).length, 10_000)
  assert.throws(() => readJsonBody(events, 20_000), { message: /it may have 20000/ })
})
