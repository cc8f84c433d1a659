import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountOfId } from '../core/identifiers.ts'
import type { SessionContext, SignedPrincipal } from '../core/principal.ts'
import { randomSealer } from '../storage/testing.ts'
import { createSessionTokens } from './session-token.ts'

const accountId = '111122223333'

const principal: SignedPrincipal = {
  kind: 'assumed-role',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/deploy/ci`,
  roleArn: `arn:aws:iam::${accountId}:role/teams/deploy`,
  roleId: 'AROARTX3GSDSQDEPLOY11',
  roleName: 'deploy',
  sessionName: 'ci',
}

const session: SessionContext = {
  issuedAtMs: Date.parse('2026-03-01T12:00:00Z'),
  expiresAtMs: Date.parse('2026-03-01T13:00:00Z'),
  mfaAuthenticated: false,
  issuedBy: 'AssumeRole',
  sourceIdentity: 'alice',
  policies: ['{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}'],
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  tags: { team: 'blue' },
  transitiveTagKeys: ['team'],
}

test('SessionTokens open their own tokens with everything that was sealed', () => {
  const tokens = createSessionTokens(randomSealer())
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = tokens.issue(principal, session)
  assert.deepEqual(tokens.open(sessionToken, accessKeyId), { principal, session, secretAccessKey })
  assert.match(accessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.equal(accountOfId(accessKeyId), accountId)
  assert.match(secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.equal(expiration.getTime(), session.expiresAtMs)
})

test('SessionTokens of another node with the same sealer open the token without having seen it', () => {
  const sealer = randomSealer()
  const { accessKeyId, secretAccessKey, sessionToken } = createSessionTokens(sealer).issue(principal, session)
  assert.equal(createSessionTokens(sealer).open(sessionToken, accessKeyId)?.secretAccessKey, secretAccessKey)
})

test('SessionTokens refuse tokens of another server and of another key, before and after the right key was seen', () => {
  const tokens = createSessionTokens(randomSealer())
  const first = tokens.issue(principal, session)
  const second = tokens.issue(principal, session)
  assert.equal(createSessionTokens(randomSealer()).open(first.sessionToken, first.accessKeyId), undefined)
  assert.equal(tokens.open(first.sessionToken, second.accessKeyId), undefined)
  assert.ok(tokens.open(first.sessionToken, first.accessKeyId))
  assert.equal(tokens.open(first.sessionToken, second.accessKeyId), undefined)
  assert.ok(tokens.open(first.sessionToken, first.accessKeyId))
})

test('SessionTokens refuse text that is not a token', () => {
  const tokens = createSessionTokens(randomSealer())
  for (const text of ['', 'AQ==', 'not base64!', 'A'.repeat(400), Buffer.alloc(400, 1).toString('base64')]) {
    assert.equal(tokens.open(text, 'ASIARTX3GSDSQAAAAAAA'), undefined, text.slice(0, 12))
  }
})

test('SessionTokens are at least 300 characters of base64 and hide what they carry', () => {
  const tokens = createSessionTokens(randomSealer())
  const { sessionToken, secretAccessKey } = tokens.issue(
    { kind: 'root', accountId, arn: 'r' },
    { ...session, policies: [] },
  )
  assert.ok(sessionToken.length >= 300)
  assert.match(sessionToken, /^[A-Za-z0-9+/]+={0,2}$/)
  const bytes = Buffer.from(sessionToken, 'base64').toString('latin1')
  for (const part of [secretAccessKey, accountId, 'ReadOnlyAccess']) assert.ok(!bytes.includes(part), part)
})

test('SessionTokens grow to the size that is asked for and still open', () => {
  const tokens = createSessionTokens(randomSealer())
  for (const size of [300, 1000, 1001, 1002, 1003, 4096]) {
    const { sessionToken, accessKeyId } = tokens.issue(principal, session, size)
    assert.ok(sessionToken.length >= Math.max(size, 300) && sessionToken.length < Math.max(size, 600) + 4, String(size))
    assert.deepEqual(tokens.open(sessionToken, accessKeyId)?.session, session)
  }
})

test('SessionTokens carry any session back as it was', () => {
  const tokens = createSessionTokens(randomSealer())
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(fc.array(text), fc.array(text), fc.dictionary(text, text), (policies, transitiveTagKeys, pairs) => {
      const tags = Object.fromEntries(Object.entries(pairs))
      const issued = { ...session, policies, transitiveTagKeys, tags }
      const { sessionToken, accessKeyId } = tokens.issue(principal, issued)
      assert.deepEqual(tokens.open(sessionToken, accessKeyId)?.session, issued)
    }),
    { numRuns: 30 },
  )
})

test('SessionTokens refuse a token with any byte, character or length changed', () => {
  const tokens = createSessionTokens(randomSealer())
  const { sessionToken, accessKeyId } = tokens.issue(principal, session)
  const bytes = Buffer.from(sessionToken, 'base64')
  const place = fc.nat({ max: bytes.length - 1 })
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 255 }), (index, mask) => {
      const flipped = Buffer.from(bytes)
      flipped[index] = (flipped[index] ?? 0) ^ mask
      assert.equal(tokens.open(flipped.toString('base64'), accessKeyId), undefined)
    }),
  )
  fc.assert(
    fc.property(
      fc.nat({ max: sessionToken.length - 1 }),
      fc.string({ minLength: 1, maxLength: 1 }),
      (index, letter) => {
        fc.pre(sessionToken[index] !== letter)
        const changed = sessionToken.slice(0, index) + letter + sessionToken.slice(index + 1)
        assert.equal(tokens.open(changed, accessKeyId), undefined)
      },
    ),
  )
  for (const changed of [sessionToken.slice(0, -4), sessionToken.slice(4), `${sessionToken}AAAA`, ` ${sessionToken}`]) {
    assert.equal(tokens.open(changed, accessKeyId), undefined)
  }
  assert.ok(tokens.open(sessionToken, accessKeyId))
})

test('SessionTokens remember a bounded number of tokens and open forgotten ones again', () => {
  let unsealings = 0
  const sealer = randomSealer()
  const counting = {
    seal: sealer.seal,
    open: (sealed: Uint8Array, context: string) => {
      unsealings++
      return sealer.open(sealed, context)
    },
  }
  const tokens = createSessionTokens(counting)
  const first = tokens.issue(principal, session)
  const open = () => tokens.open(first.sessionToken, first.accessKeyId)
  assert.deepEqual(open(), open())
  assert.equal(unsealings, 1)
  for (let other = 0; other < 2000; other++) {
    const { sessionToken, accessKeyId } = tokens.issue(principal, session)
    tokens.open(sessionToken, accessKeyId)
    if (other === 1000) open()
  }
  open()
  assert.equal(unsealings, 2001, 'what is used again is kept')
  for (let other = 0; other < 2000; other++) {
    const { sessionToken, accessKeyId } = tokens.issue(principal, session)
    tokens.open(sessionToken, accessKeyId)
  }
  assert.ok(open())
  assert.equal(unsealings, 4002, 'what is not used is forgotten')
})
