import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDate } from './dates.ts'

test('readDate reads the W3C forms of ISO 8601 and seconds since 1970', () => {
  for (const [text, iso] of [
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['2026-03', '2026-03-01T00:00:00.000Z'],
    ['2026-03-04', '2026-03-04T00:00:00.000Z'],
    ['2026-03-04T05:06Z', '2026-03-04T05:06:00.000Z'],
    ['2026-03-04T05:06:07Z', '2026-03-04T05:06:07.000Z'],
    ['2026-03-04T05:06:07.25Z', '2026-03-04T05:06:07.250Z'],
    ['2026-03-04T05:06:07+01:30', '2026-03-04T03:36:07.000Z'],
    ['2026-03-04T05:06:07-01:30', '2026-03-04T06:36:07.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['1772600767', '2026-03-04T05:06:07.000Z'],
    ['-1', '1969-12-31T23:59:59.000Z'],
  ] as const) {
    assert.equal(readDate(text), Date.parse(iso), text)
  }
})

test('readDate returns undefined for what is not a date', () => {
  for (const text of [
    '',
    'tomorrow',
    '2026-13-01',
    '2026-02-30',
    '2025-02-29',
    '2026-3-4',
    '2026-03-04T24:00Z',
    '2026-03-04T05:60Z',
    '2026-03-04T05:06',
    '2026-03-04T05:06:07+24:00',
    '2026-03-04 05:06:07Z',
    '1.5',
    '1234567890123',
    ' 2026',
  ]) {
    assert.equal(readDate(text), undefined, text)
  }
})

test('readDate reads back every time that is written as ISO 8601', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      assert.equal(readDate(date.toISOString()), date.getTime())
    }),
  )
})
