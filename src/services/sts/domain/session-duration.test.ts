import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRoleDuration, roleSessionSeconds, sessionTimes, tokenSeconds } from './session-duration.ts'

test('roleSessionSeconds is an hour by default and at most when roles are chained', () => {
  assert.equal(roleSessionSeconds(undefined, false), 3600)
  assert.equal(roleSessionSeconds(undefined, true), 3600)
  assert.equal(roleSessionSeconds(43_200, false), 43_200)
  assert.equal(roleSessionSeconds(3600, true), 3600)
  assert.throws(() => roleSessionSeconds(3601, true), {
    code: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  })
})

test('checkRoleDuration refuses more than the role allows', () => {
  checkRoleDuration(7200, { maxSessionSeconds: 7200 })
  assert.throws(() => checkRoleDuration(7201, { maxSessionSeconds: 7200 }), {
    code: 'ValidationError',
    status: 400,
    message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  })
})

test('tokenSeconds is twelve hours by default and cut to one for a root user', () => {
  assert.equal(tokenSeconds(undefined, { kind: 'user' }), 43_200)
  assert.equal(tokenSeconds(129_600, { kind: 'user' }), 129_600)
  assert.equal(tokenSeconds(undefined, { kind: 'root' }), 3600)
  assert.equal(tokenSeconds(129_600, { kind: 'root' }), 3600)
  assert.equal(tokenSeconds(900, { kind: 'root' }), 900)
})

test('sessionTimes begin at a whole second', () => {
  const at = Date.parse('2026-03-01T12:00:00Z')
  assert.deepEqual(sessionTimes(at + 999, 900), { issuedAtMs: at, expiresAtMs: at + 900_000 })
})
