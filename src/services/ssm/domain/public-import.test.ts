import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readImport } from './public-import.ts'

const good = { Name: '/aws/service/a/b', Value: 'x' }
const nowMs = Date.parse('2026-03-01T12:00:00Z')

test('readImport takes what is left out to be the usual', () => {
  assert.deepEqual(readImport([good], nowMs), [
    {
      region: '*',
      parameter: { qualified: '/aws/service/a/b', value: 'x', version: 1, modifiedAtMs: nowMs, dataType: 'text' },
    },
  ])
})

test('readImport says which entry is wrong, and how', () => {
  const cases: [entries: unknown, message: string | RegExp][] = [
    [undefined, 'parameters must be a list.'],
    [[good, null], 'parameters[1] must be an object.'],
    [[{ ...good, Name: '/mine' }], 'parameters[0].Name must be a name under /aws/service/.'],
    [[{ ...good, Name: '/aws/service/a b' }], /^parameters\[0\]\.Name/],
    [[{ ...good, Name: '/aws/service/' }], /^parameters\[0\]\.Name/],
    [[{ ...good, Value: '' }], /^parameters\[0\]\.Value must be a text of 1 to 8192 bytes/],
    [[{ ...good, Value: 'x'.repeat(8193) }], /^parameters\[0\]\.Value/],
    [[{ ...good, Version: 1.5 }], /^parameters\[0\]\.Version must be a whole number/],
    [[{ ...good, Region: 'mars' }], /^parameters\[0\]\.Region must be a region/],
    [[{ ...good, LastModifiedDate: 'never' }], /^parameters\[0\]\.LastModifiedDate must be a time/],
    [[{ ...good, DataType: 'x' }], /^parameters\[0\]\.DataType must be text or aws:ec2:image/],
    [[{ ...good, Extra: 1 }], /^parameters\[0\]\.Extra is none of Name, Value/],
  ]
  for (const [entries, message] of cases) {
    assert.throws(() => readImport(entries, nowMs), { code: 'ValidationException', message }, JSON.stringify(entries))
  }
})
