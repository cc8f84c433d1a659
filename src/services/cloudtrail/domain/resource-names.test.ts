import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelArn, dashboardArn, eventDataStoreArn, trailArn } from './resource-names.ts'

const place = { partition: 'aws', region: 'eu-west-1', accountId: '111122223333' }
const arnOf = (resource: string) => `arn:aws:cloudtrail:eu-west-1:111122223333:${resource}`
const elsewhere = 'arn:aws:cloudtrail:us-east-1:444455556666:'
const id = '01234567-89ab-cdef-0123-456789abcdef'

test('trailArn takes names and ARNs', () => {
  for (const name of ['abc', 'My-Trail_1.log', 'a'.repeat(128)]) {
    assert.equal(trailArn(place, name), arnOf(`trail/${name}`))
  }
  assert.equal(trailArn(place, `${elsewhere}trail/abc`), `${elsewhere}trail/abc`)
})

test('trailArn refuses names in the words of CloudTrail', () => {
  const letters =
    'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).'
  for (const [name, message] of [
    ['ab', 'Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.'],
    [
      'a'.repeat(129),
      'Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters.',
    ],
    ['-abc', 'Trail name must starts with a letter or number.'],
    ['abc-', 'Trail name must ends with a letter or number.'],
    ['my trail', letters],
    ['my--trail', letters],
    ['192.168.5.4', letters],
    [`${elsewhere}trail/-a-`, 'Trail name must starts with a letter or number.'],
  ] as const) {
    assert.throws(() => trailArn(place, name), { code: 'InvalidTrailNameException', status: 400, message })
  }
})

test('trailArn refuses ARNs of anything but trails', () => {
  for (const arn of [
    'arn:aws:s3:::trail/abc',
    `${elsewhere}channel/${id}`,
    'arn:aws:cloudtrail::111122223333:trail/abc',
    'arn:aws:cloudtrail:us-east-1:x:trail/abc',
    'arn:trail',
  ]) {
    assert.throws(() => trailArn(place, arn), { code: 'CloudTrailARNInvalidException', status: 400 })
  }
})

test('eventDataStoreArn and channelArn take ARNs and their last parts, and nothing else', () => {
  assert.equal(eventDataStoreArn(place, id), arnOf(`eventdatastore/${id}`))
  assert.equal(eventDataStoreArn(place, `${elsewhere}eventdatastore/${id}`), `${elsewhere}eventdatastore/${id}`)
  assert.equal(channelArn(place, id), arnOf(`channel/${id}`))
  assert.equal(channelArn(place, `${elsewhere}channel/${id}`), `${elsewhere}channel/${id}`)
  for (const text of ['abc', `${elsewhere}trail/${id}`, 'arn:aws:s3:::x']) {
    assert.throws(() => eventDataStoreArn(place, text), { code: 'EventDataStoreARNInvalidException', status: 400 })
    assert.throws(() => channelArn(place, text), { code: 'ChannelARNInvalidException', status: 400 })
  }
})

test('dashboardArn takes names and ARNs', () => {
  assert.equal(dashboardArn(place, 'mine'), arnOf('dashboard/mine'))
  assert.equal(dashboardArn(place, `${elsewhere}dashboard/x`), `${elsewhere}dashboard/x`)
})
