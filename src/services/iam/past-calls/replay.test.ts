import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../../core/audit.ts'
import { runAtOnce } from '../../../core/turns.ts'
import { readCall } from './recorded-call.ts'
import { type ProposalType, replayCalls } from './replay.ts'

const accountId = '111122223333'
const user = `arn:aws:iam::${accountId}:user/ada`
const key = `arn:aws:kms:eu-west-1:${accountId}:key/1`

function encrypted(more: Partial<AuditRecord> = {}) {
  const record: AuditRecord = {
    ...{ eventVersion: '1.11', eventTime: '2026-03-01T12:00:00Z', eventSource: 'kms.amazonaws.com' },
    userIdentity: { type: 'IAMUser', principalId: 'AIDA', arn: user, accountId, userName: 'ada' },
    ...{ eventName: 'Encrypt', awsRegion: 'eu-west-1', sourceIPAddress: '10.0.0.1', eventID: 'e' },
    ...{ requestParameters: null, responseElements: null, readOnly: true, resources: [{ ARN: key }] },
    ...{ eventType: 'AwsApiCall', managementEvent: true, recipientAccountId: accountId, eventCategory: 'Management' },
    ...more,
  }
  const call = readCall(JSON.stringify(record), user)
  assert.ok(call)
  return call
}

const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })

function replayed(
  calls: ReturnType<typeof encrypted>[],
  proposed: string,
  { type = 'identity', present = documentOf(allow('*')) }: { type?: ProposalType; present?: string } = {},
) {
  const state = { policies: { identity: [{ name: 'present', document: present }] }, tags: {} }
  const policy = { name: 'the proposed policy', document: proposed }
  return runAtOnce(replayCalls(calls, () => state, { type, policy }))
}

test('an equal policy changes nothing, and one that lacks the action names the calls', () => {
  const calls = [encrypted({ eventID: '1' }), encrypted({ eventID: '2', eventTime: '2026-03-02T12:00:00Z' })]
  const same = replayed(calls, documentOf(allow('kms:Encrypt')))
  assert.deepEqual([same.calls, same.wouldDeny, same.wouldAllow], [2, [], []])
  const { wouldDeny } = replayed(calls, documentOf(allow('kms:Decrypt')))
  assert.equal(wouldDeny.length, 1)
  const [{ reason, ...change } = { reason: '' }] = wouldDeny
  assert.match(reason, /^Denied: no identity-based policy allows kms:Encrypt\. Nearest: statement 1 of the proposed/)
  assert.deepEqual(change, {
    ...{ action: 'kms:Encrypt', resource: key, calls: 2, eventIds: ['1', '2'], alreadyNow: false },
    ...{ firstAt: '2026-03-01T12:00:00.000Z', lastAt: '2026-03-02T12:00:00.000Z' },
  })
})

test('a boundary and a service control policy limit, and allow nothing by themselves', () => {
  const denied = encrypted({ errorCode: 'AccessDenied' })
  for (const type of ['boundary', 'scp'] as const) {
    const limit = documentOf(allow('kms:Decrypt'))
    assert.equal(replayed([encrypted()], limit, { type }).wouldDeny.length, 1, type)
    const none = { type, present: documentOf(allow('s3:*')) }
    assert.deepEqual(replayed([denied], documentOf(allow('*')), none).wouldAllow, [], type)
  }
})

test('what the present policies decide alike is marked', () => {
  const present = documentOf(allow('s3:*'))
  const [change] = replayed([encrypted()], documentOf(allow('s3:*')), { present }).wouldDeny
  assert.equal(change?.alreadyNow, true)
})

test('a resource of another account that took the call is taken to allow it; one that refused is not', () => {
  const resources = [{ ARN: 'arn:aws:kms:eu-west-1:444455556666:key/1' }]
  const policy = documentOf(allow('kms:Encrypt'))
  assert.deepEqual(replayed([encrypted({ resources })], policy).wouldDeny, [])
  assert.equal(replayed([encrypted({ resources })], documentOf(allow('s3:*'))).wouldDeny.length, 1)
  assert.deepEqual(replayed([encrypted({ resources, errorCode: 'AccessDenied' })], policy).wouldAllow, [])
})

test('keys that records hold decide, and others are reported', () => {
  const conditioned = (Condition: object) => replayed([encrypted()], documentOf(allow('kms:*', { Condition })))
  const time = { DateLessThan: { 'aws:CurrentTime': '2026-03-01T13:00:00Z' } }
  const held = conditioned({ ...time, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })
  assert.deepEqual([held.wouldDeny, held.unknownKeys], [[], []])
  const unknown = conditioned({ StringEquals: { 'aws:SourceVpc': 'vpc-1' } })
  assert.equal(unknown.wouldDeny.length, 1)
  assert.deepEqual(
    unknown.unknownKeys.map((name) => name.toLowerCase()),
    ['aws:sourcevpc'],
  )
})

test('whether a call came over TLS is what its record says, and not known of one that a service made', () => {
  const secure = documentOf(allow('kms:*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }))
  const clientProvidedHostHeader = 'localhost'
  const plain = encrypted({ tlsDetails: { clientProvidedHostHeader } })
  const overTls = encrypted({ tlsDetails: { tlsVersion: 'TLSv1.3', clientProvidedHostHeader } })
  assert.deepEqual(
    [plain, overTls].map((call) => replayed([call], secure).wouldDeny.length),
    [1, 0],
  )
  const userIdentity = { ...plain.record.userIdentity, invokedBy: 'ssm.amazonaws.com' }
  const { unknownKeys } = replayed([encrypted({ userIdentity })], secure)
  assert.deepEqual(
    unknownKeys.map((name) => name.toLowerCase()),
    ['aws:securetransport'],
  )
})
