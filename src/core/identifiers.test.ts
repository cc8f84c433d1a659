import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountOfId, newAccessKeyId, newEntityId, newSecretAccessKey } from './identifiers.ts'

test('accountOfId reads the account out of ids that AWS made', () => {
  assert.equal(accountOfId('ASIAQNZGKIQY56JQ7WML'), '029608264753')
  assert.equal(accountOfId('AKIARTX3GSDSQAAAAAAA'), '111122223333')
  assert.equal(accountOfId('AKIARTX3GSDSAAAAAAAA'), '111122223332')
})

test('accountOfId answers nothing for ids that hold no account', () => {
  for (const id of [
    'AKIAIOSFODNN7EXAMPLE',
    'test',
    '',
    'AKIARTX3GSDS',
    'AKIARTX3GSDS1AAAAAAA',
    'AKIA77777777AAAAAAAA',
  ]) {
    assert.equal(accountOfId(id), undefined, id)
  }
})

const accountIds = fc.integer({ min: 0, max: 999_999_999_999 }).map((number) => String(number).padStart(12, '0'))

test('accountOfId gives back the account an id was made for', () => {
  fc.assert(
    fc.property(accountIds, (accountId) => {
      assert.equal(accountOfId(newEntityId('AIDA', accountId)), accountId)
      assert.equal(accountOfId(newAccessKeyId('ASIA', accountId)), accountId)
    }),
  )
})

test('newEntityId and newAccessKeyId have the lengths and letters of AWS', () => {
  assert.match(newEntityId('AROA', '111122223333'), /^AROARTX3GSDS[Q-Z2-7][A-Z2-7]{8}$/)
  assert.match(newAccessKeyId('AKIA', '111122223333'), /^AKIARTX3GSDS[Q-Z2-7][A-Z2-7]{7}$/)
  assert.match(newAccessKeyId('AKIA', '000000000000'), /^AKIAQAAAAAAA[A-P][A-Z2-7]{7}$/)
  assert.notEqual(newEntityId('AIDA', '111122223333'), newEntityId('AIDA', '111122223333'))
})

test('newEntityId refuses what is not an account id', () => {
  assert.throws(() => newEntityId('AIDA', '1234'), /not an account id/)
})

test('newSecretAccessKey has 40 characters of base64', () => {
  assert.match(newSecretAccessKey(), /^[A-Za-z0-9+/]{40}$/)
  assert.notEqual(newSecretAccessKey(), newSecretAccessKey())
})
