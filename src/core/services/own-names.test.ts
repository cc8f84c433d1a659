import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownNames } from './own-names.ts'

test('Names that begin with the service are its own, and others are refused', () => {
  assert.deepEqual(ownNames('setting', 'kms', { 'kms.import': 1 }), { 'kms.import': 1 })
  assert.deepEqual(ownNames('setting', 'kms'), {})
  for (const name of ['kmsx.import', 'ssm.throttle', 'kms', 'import']) {
    assert.throws(() => ownNames('setting', 'kms', { [name]: 1 }), {
      message: `the service kms brings the setting "${name}": its name must begin with "kms."`,
    })
  }
})
