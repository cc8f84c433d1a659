import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  baseTypeOf,
  isAttributeName,
  isNumberText,
  isXmlText,
  shownAttributes,
  sizeOfAttributes,
} from './message-attributes.ts'

test('Names of message attributes have letters, digits, hyphens, underscores and single dots, and are not of AWS', () => {
  for (const name of ['kind', 'a-b_c.d', 'x'.repeat(256)]) assert.ok(isAttributeName(name), name)
  for (const name of ['', '.a', 'a.', 'a..b', 'AWS.x', 'amazon.y', 'a b', 'x'.repeat(257)]) {
    assert.ok(!isAttributeName(name), name)
  }
})

test('Data types are String, Number and Binary, with a label of the sender behind a dot', () => {
  assert.deepEqual(['String', 'Number.int', 'Binary.gif', 'String.Array'].map(baseTypeOf), [
    'String',
    'Number',
    'Binary',
    'String',
  ])
  assert.deepEqual(['Strings', 'string', 'Boolean', '', 'String.'].map(baseTypeOf), Array(5).fill(undefined))
})

test('Numbers may have a sign, a fraction and an exponent', () => {
  assert.ok(['1', '-1.5', '+.5', '1e9', '2E-3'].every(isNumberText))
  assert.ok(!['', 'x', '1x', '0x10', 'Infinity', '1e'].some(isNumberText))
})

test('Texts have the characters of XML', () => {
  assert.ok(isXmlText('a\t\n\rü😀'))
  for (const text of ['\u0000', '\u001f', '\ufffe', '\ud800']) assert.ok(!isXmlText(text))
})

test('The size of attributes is that of names, types and values; binary values are kept as base64', () => {
  const attributes = [
    { name: 'ü', dataType: 'String', value: 'ab' },
    { name: 'raw', dataType: 'Binary', value: Buffer.from('xyz').toString('base64') },
  ]
  assert.equal(sizeOfAttributes(attributes), 2 + 6 + 2 + (3 + 6 + 3))
  assert.deepEqual(shownAttributes(attributes), {
    ü: { DataType: 'String', StringValue: 'ab' },
    raw: { DataType: 'Binary', BinaryValue: Buffer.from('xyz') },
  })
})
