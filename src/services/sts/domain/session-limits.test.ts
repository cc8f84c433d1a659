import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionContext } from '../../../core/principal.ts'
import { sessionMayCall, sessionRefusal } from './session-limits.ts'

const session = (issuedBy: SessionContext['issuedBy'], mfaAuthenticated = false): SessionContext => ({
  issuedBy,
  mfaAuthenticated,
  issuedAtMs: 0,
  expiresAtMs: 1,
  policies: [],
  policyArns: [],
  tags: {},
  transitiveTagKeys: [],
})

const stsOperations = [
  'AssumeRole',
  'DecodeAuthorizationMessage',
  'GetAccessKeyInfo',
  'GetCallerIdentity',
  'GetFederationToken',
  'GetSessionToken',
]

const callable = (from: SessionContext) => stsOperations.filter((operation) => sessionMayCall(from, 'sts', operation))

test('a role session may call everything but what makes tokens of users', () => {
  const role = session('AssumeRole')
  assert.deepEqual(callable(role), [
    'AssumeRole',
    'DecodeAuthorizationMessage',
    'GetAccessKeyInfo',
    'GetCallerIdentity',
  ])
  assert.ok(sessionMayCall(role, 'iam', 'CreateUser'))
  assert.ok(sessionMayCall(role, 'kms', 'Decrypt'))
})

test('the session of GetSessionToken may call IAM with multi-factor authentication alone, and of STS two operations', () => {
  assert.deepEqual(callable(session('GetSessionToken')), ['AssumeRole', 'GetCallerIdentity'])
  assert.equal(sessionMayCall(session('GetSessionToken'), 'iam', 'ListUsers'), false)
  assert.equal(sessionMayCall(session('GetSessionToken', true), 'iam', 'ListUsers'), true)
  assert.deepEqual(callable(session('GetSessionToken', true)), ['AssumeRole', 'GetCallerIdentity'])
  assert.ok(sessionMayCall(session('GetSessionToken'), 'kms', 'Decrypt'))
})

test('a federated user may call neither IAM nor STS, but ask who it is', () => {
  for (const federated of [session('GetFederationToken'), session('GetFederationToken', true)]) {
    assert.deepEqual(callable(federated), ['GetCallerIdentity'])
    assert.equal(sessionMayCall(federated, 'iam', 'GetUser'), false)
    assert.ok(sessionMayCall(federated, 's3', 'GetObject'))
  }
})

test('sessionRefusal words each refusal as AWS does and lets the rest pass', () => {
  const { code, status, message } = sessionRefusal(session('GetFederationToken'), 'iam', 'ListUsers') ?? assert.fail()
  assert.deepEqual(
    { code, status, message },
    { code: 'InvalidClientTokenId', status: 403, message: 'The security token included in the request is invalid.' },
  )
  const refusal = sessionRefusal(session('AssumeRole'), 'sts', 'GetSessionToken') ?? assert.fail()
  assert.equal(refusal.code, 'AccessDenied')
  assert.equal(refusal.status, 403)
  assert.equal(refusal.message, 'Cannot call GetSessionToken with session credentials')
  assert.equal(sessionRefusal(session('AssumeRole'), 'sts', 'AssumeRole'), undefined)
})
