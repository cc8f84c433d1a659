import assert from 'node:assert/strict'
import { test } from 'node:test'
import { merged } from './merged.ts'

test('What services bring is merged by name', () => {
  assert.deepEqual(merged('setting', [{ 'a.x': 1 }, {}, { 'b.x': 2 }]), { 'a.x': 1, 'b.x': 2 })
})

test('A name that two services bring is refused, whatever the name', () => {
  assert.throws(() => merged('setting', [{ 'a.x': 1 }, { 'a.x': 1 }]), {
    message: 'two services bring the setting "a.x"',
  })
  assert.deepEqual(merged('setting', [{ toString: 1 }]), { toString: 1 })
})
