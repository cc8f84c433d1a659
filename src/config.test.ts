import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configure, settingsFrom } from './config.ts'

test('settingsFrom reads each setting in its own values', () => {
  assert.deepEqual(settingsFrom(['cloudtrail.throttle=true', 'kms.import=any', 'kms.throttle=false']), {
    'cloudtrail.throttle': true,
    'kms.import': 'any',
    'kms.throttle': false,
  })
})

test('settingsFrom names what it knows when it is given something else', () => {
  for (const pair of ['kms.import=true', 'kms.import', 'toString=x', 'x=y', 'cloudtrail.throttle=']) {
    assert.throws(() => settingsFrom([pair]), {
      name: 'ConfigError',
      message: /is no setting.*kms\.import=symmetric\|any/,
    })
  }
})

test('configure takes the settings that are given over the defaults', () => {
  const { settings } = configure({ ephemeral: true, dev: true, settings: { 'kms.import': 'any' } })
  assert.equal(settings['kms.import'], 'any')
  assert.equal(settings['kms.throttle'], false)
})
