import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatBasic, formatExtended, parseSigningDate } from './signing-date.ts'

test('a signing date is read in ISO 8601 basic format and in those of the Date header', () => {
  const expected = { timeMs: Date.parse('2013-05-24T00:00:09Z'), basic: '20130524T000009Z' }
  for (const text of [
    '20130524T000009Z',
    'Fri, 24 May 2013 00:00:09 GMT',
    'Fri, 24 May 2013 00:00:09 -0000',
    'Fri, 24 May 2013 00:00:09 +0000',
  ]) {
    assert.deepEqual(parseSigningDate(text), expected, text)
  }
})

test('a signing date that no calendar has, or in another form, is invalid', () => {
  for (const text of [
    ...['', '201', '20130524', '2013-05-24T00:00:09Z', '20130524T000009', '20130524t000009z', ' 20130524T000009Z'],
    ...['20130524T000009Z\n', '20130524T000009Z,20130524T000009Z', '00000524T000009Z', '20131324T000009Z'],
    ...['20130024T000009Z', '20130500T000009Z', '20130532T000009Z', '20130229T000009Z', '20130431T000009Z'],
    ...['20130524T240000Z', '20130524T006000Z', '20130524T000060Z', '２0130524T000009Z'],
    ...['Fri, 24 Mai 2013 00:00:09 GMT', 'Fri, 24 May 2013 00:00:09 +0100', 'Fri, 32 May 2013 00:00:09 GMT'],
    ...['24 May 2013 00:00:09 GMT', 'Friday, 24-May-13 00:00:09 GMT'],
  ]) {
    assert.equal(parseSigningDate(text), undefined, text)
  }
  assert.ok(parseSigningDate('20240229T235959Z'))
})

test('every second from 1970 to 9999 reads back as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59Z') / 1000 }), (seconds) => {
      const basic = formatBasic(seconds * 1000 + 999)
      assert.deepEqual(parseSigningDate(basic), { timeMs: seconds * 1000, basic })
      assert.equal(Date.parse(formatExtended(seconds * 1000 + 999)), seconds * 1000)
      const http = new Date(seconds * 1000).toUTCString()
      assert.deepEqual(parseSigningDate(http), { timeMs: seconds * 1000, basic })
    }),
  )
})
