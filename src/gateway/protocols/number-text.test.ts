import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFraction, readInteger } from './number-text.ts'

test('readInteger reads whole numbers that are held exactly, and nothing else', () => {
  assert.deepEqual(['0', '-7', '+12', '999999999999999'].map(readInteger), [0, -7, 12, 999_999_999_999_999])
  for (const text of ['', '1.0', '1e3', ' 1', '0x10', '1000000000000000', 'NaN'])
    assert.equal(readInteger(text), undefined)
})

test('readFraction reads decimal numbers as they are written, and nothing else', () => {
  assert.deepEqual(['1', '-0.5', '1.5e-3', '2E10', '12345678901234567'].map(readFraction), [
    1,
    -0.5,
    0.0015,
    2e10,
    Number('12345678901234567'),
  ])
  for (const text of ['', '.5', '1.', 'Infinity', 'NaN', '1e', '1e1234', '1,5'])
    assert.equal(readFraction(text), undefined)
})
