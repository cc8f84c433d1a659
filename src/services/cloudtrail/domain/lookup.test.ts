import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LookupEventsRequest } from '@aws-sdk/client-cloudtrail'
import { pageSize, readLookup } from './lookup.ts'

const attribute = (AttributeKey: string, AttributeValue: string) =>
  ({ LookupAttributes: [{ AttributeKey, AttributeValue }] }) as LookupEventsRequest

const refused = (request: LookupEventsRequest, code: string) =>
  assert.throws(() => readLookup(request), { name: 'ServiceError', code, status: 400 })

test('a request without members asks for every management event', () => {
  const everything = { category: 'management', startMs: undefined, endMs: undefined }
  assert.deepEqual(readLookup({}), everything)
  assert.deepEqual(readLookup({ LookupAttributes: [] }), everything)
})

test('at most one attribute, of a key that exists, can be looked up', () => {
  const keys = [
    'EventId',
    'EventName',
    'ReadOnly',
    'Username',
    'ResourceType',
    'ResourceName',
    'EventSource',
    'AccessKeyId',
  ]
  for (const key of keys) assert.deepEqual(readLookup(attribute(key, 'v')).attribute, { key, value: 'v' })
  refused(attribute('eventname', 'v'), 'InvalidLookupAttributesException')
  refused(attribute('toString', 'v'), 'InvalidLookupAttributesException')
  const [one] = attribute('EventName', 'v').LookupAttributes ?? []
  assert.ok(one)
  refused({ LookupAttributes: [one, one] }, 'InvalidLookupAttributesException')
})

test('a value has 1 to 2000 characters, of which underscores, spaces, commas and line breaks count twice', () => {
  const accepts = (value: string) => assert.equal(readLookup(attribute('EventName', value)).attribute?.value, value)
  accepts('a')
  accepts('a'.repeat(2000))
  refused(attribute('EventName', ''), 'InvalidLookupAttributesException')
  refused(attribute('EventName', 'a'.repeat(2001)), 'InvalidLookupAttributesException')
  for (const double of ['_', ' ', ',', '\n']) {
    accepts(double.repeat(1000))
    refused(attribute('EventName', `a${double.repeat(1000)}`), 'InvalidLookupAttributesException')
  }
})

test('insight events can be looked up by id, name and source alone', () => {
  const EventCategory = 'insight'
  assert.equal(readLookup({ EventCategory }).category, 'insight')
  assert.equal(readLookup({ EventCategory, ...attribute('EventSource', 'x') }).category, 'insight')
  refused({ EventCategory, ...attribute('Username', 'x') }, 'InvalidLookupAttributesException')
  refused({ EventCategory: 'management' as never }, 'InvalidEventCategoryException')
})

test('the start must not be after the end, and both must be times', () => {
  const at = (ms: number) => new Date(ms)
  assert.deepEqual(readLookup({ StartTime: at(5), EndTime: at(5) }), { category: 'management', startMs: 5, endMs: 5 })
  refused({ StartTime: at(6), EndTime: at(5) }, 'InvalidTimeRangeException')
  refused({ StartTime: at(Number.NaN) }, 'InvalidTimeRangeException')
  refused({ EndTime: at(8.64e15 + 1) }, 'InvalidTimeRangeException')
})

test('a page has 1 to 50 events, 50 unless asked otherwise', () => {
  assert.deepEqual([pageSize(), pageSize(1), pageSize(50)], [50, 1, 50])
  for (const size of [0, -1, 51]) {
    assert.throws(() => pageSize(size), { code: 'InvalidMaxResultsException', status: 400 })
  }
})
