import assert from 'node:assert/strict'
import { test } from 'node:test'
import { globalContext, type RequestFacts } from './context.ts'
import {
  accountId,
  alice,
  aliceWithMfa,
  anonymous,
  federated,
  outsider,
  roleSession,
  root,
  trailService,
  userIn,
} from './testing.ts'

const facts: RequestFacts = {
  timeMs: Date.parse('2026-03-01T12:00:30.789Z'),
  requestedRegion: 'eu-west-1',
  secureTransport: true,
  calledVia: [],
  sourceIp: '203.0.113.9',
  userAgent: 'aws-cli/2',
  resourceAccountId: accountId,
}

/** What a caller's context has beside what every request has. */
function principalPart(caller: typeof alice, more: Partial<RequestFacts> = {}) {
  const everyRequest = globalContext(anonymous, { ...facts, ...more })
  const own = globalContext(caller, { ...facts, ...more })
  const isOwn = (key: string) => !(key in everyRequest) || /Principal|userid/.test(key)
  return Object.fromEntries(Object.entries(own).filter(([key]) => isOwn(key)))
}

test('globalContext has the keys of every request', () => {
  assert.deepEqual(globalContext(anonymous, facts), {
    'aws:CurrentTime': '2026-03-01T12:00:30Z',
    'aws:EpochTime': '1772366430',
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': 'eu-west-1',
    'aws:ViaAWSService': 'false',
    'aws:SourceIp': '203.0.113.9',
    'aws:UserAgent': 'aws-cli/2',
    'aws:ResourceAccount': accountId,
    'aws:PrincipalType': 'Anonymous',
    'aws:userid': 'anonymous',
    'aws:PrincipalAccount': 'anonymous',
  })
})

test('globalContext leaves out what a request does not have', () => {
  const { timeMs, requestedRegion } = facts
  const context = globalContext(anonymous, { timeMs, requestedRegion, secureTransport: false, calledVia: [] })
  for (const key of ['aws:SourceIp', 'aws:UserAgent', 'aws:Referer', 'aws:ResourceAccount', 'aws:CalledVia']) {
    assert.ok(!(key in context), key)
  }
  assert.equal(context['aws:SecureTransport'], 'false')
  assert.ok(!('aws:SourceIp' in globalContext(trailService, { ...facts, sourceIp: 'cloudtrail.amazonaws.com' })))
  assert.equal(globalContext(anonymous, { ...facts, referer: 'https://a' })['aws:Referer'], 'https://a')
})

test('globalContext knows each kind of caller', () => {
  const signed = { 'aws:PrincipalAccount': accountId, 'aws:PrincipalIsAWSService': 'false' }
  const { arn, userId, userName } = userIn(accountId)
  assert.deepEqual(principalPart(root), {
    ...signed,
    'aws:PrincipalType': 'Account',
    'aws:PrincipalArn': `arn:aws:iam::${accountId}:root`,
    'aws:userid': accountId,
  })
  const ofUser = {
    ...signed,
    'aws:PrincipalType': 'User',
    'aws:PrincipalArn': arn,
    'aws:userid': userId,
    'aws:username': userName,
  }
  assert.deepEqual(principalPart(alice), ofUser)
  assert.equal(principalPart(outsider)['aws:PrincipalAccount'], '444455556666')
  const issued = { 'aws:TokenIssueTime': '2026-03-01T12:00:00Z', 'aws:MultiFactorAuthPresent': 'false' }
  assert.deepEqual(principalPart(aliceWithMfa), {
    ...ofUser,
    ...issued,
    'aws:MultiFactorAuthPresent': 'true',
    'aws:MultiFactorAuthAge': '30',
  })
  assert.deepEqual(principalPart(roleSession), {
    ...signed,
    ...issued,
    'aws:PrincipalType': 'AssumedRole',
    'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/teams/deploy`,
    'aws:userid': 'AROAQ3EGRIYFEXAMPLE12:night',
  })
  assert.deepEqual(principalPart(federated), {
    ...signed,
    ...issued,
    'aws:PrincipalType': 'FederatedUser',
    'aws:PrincipalArn': `arn:aws:sts::${accountId}:federated-user/guest`,
    'aws:userid': `${accountId}:guest`,
  })
})

test('globalContext knows services and what they act for', () => {
  const ofService = {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': 'cloudtrail.amazonaws.com',
    'aws:PrincipalServiceNamesList': ['cloudtrail.amazonaws.com'],
  }
  assert.deepEqual(principalPart(trailService), ofService)
  const sourceArn = `arn:aws:cloudtrail:eu-west-1:${accountId}:trail/all`
  const forTrail = {
    ...trailService,
    principal: { ...trailService.principal, sourceArn, sourceAccount: accountId } as typeof trailService.principal,
  }
  assert.deepEqual(principalPart(forTrail), {
    ...ofService,
    'aws:SourceArn': sourceArn,
    'aws:SourceAccount': accountId,
  })
})

test('globalContext lets session tags win over the principal’s own, whatever their case', () => {
  const { session } = roleSession
  assert.ok(session)
  const tagged = {
    ...roleSession,
    principalTags: { Team: 'red', cost: '1' },
    session: { ...session, tags: { team: 'blue' }, sourceIdentity: 'carol' },
  }
  const context = globalContext(tagged, facts)
  const tags = Object.entries(context).filter(([key]) => key.startsWith('aws:PrincipalTag/'))
  assert.deepEqual(Object.fromEntries(tags), { 'aws:PrincipalTag/team': 'blue', 'aws:PrincipalTag/cost': '1' })
  assert.equal(context['aws:SourceIdentity'], 'carol')
})

test('globalContext tells through which services a call came', () => {
  const calledVia = ['cloudformation.amazonaws.com', 'dynamodb.amazonaws.com']
  const context = globalContext(alice, { ...facts, calledVia })
  assert.equal(context['aws:ViaAWSService'], 'true')
  assert.deepEqual(context['aws:CalledVia'], calledVia)
  assert.equal(context['aws:CalledViaFirst'], calledVia[0])
  assert.equal(context['aws:CalledViaLast'], calledVia[1])
})

test('globalContext places accounts in their organizations', () => {
  const place = { id: 'o-1', paths: ['o-1/r-1/ou-1/'] }
  const context = globalContext(alice, { ...facts, principalOrganization: place, resourceOrganization: place })
  assert.equal(context['aws:PrincipalOrgID'], 'o-1')
  assert.deepEqual(context['aws:ResourceOrgPaths'], place.paths)
  assert.ok(!('aws:SourceOrgID' in context))
})
