import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDataType, checkNesting } from './value-rules.ts'

test('a value nests when it opens and closes braces, in time that its length alone decides', () => {
  for (const value of ['{{ssm:x}}', 'a{{}}b', '{{\n}}']) {
    assert.throws(() => checkNesting(value), { code: 'ValidationException' }, value)
  }
  for (const value of ['{x}', '}}{{', '{{', '{ {x} }', '{'.repeat(8192)]) checkNesting(value)
})

test('the data type of an integration wants a secret value with a url, under its own path', () => {
  const path = '/d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/mine'
  const value = JSON.stringify({ description: '', headers: {}, payload: '', url: 'https://example.com' })
  const check = (type: 'String' | 'SecureString', content: string, name: string) =>
    checkDataType('aws:ssm:integration', type, content, name)
  check('SecureString', value, path)
  const refused = { code: 'ValidationException' }
  assert.throws(() => check('String', value, path), refused)
  assert.throws(() => check('SecureString', value, '/mine'), refused)
  assert.throws(() => check('SecureString', 'no json', path), refused)
  assert.throws(() => check('SecureString', 'null', path), refused)
})
