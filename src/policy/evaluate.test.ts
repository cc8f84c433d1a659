// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyType } from './decision.ts'
import { evaluate } from './evaluate.ts'
import {
  accountId,
  alice,
  aliceWithSessionToken,
  anonymous,
  federated,
  federatedByRoot,
  logsService,
  named,
  nothing,
  otherAccountId,
  outsideRoot,
  outsider,
  policyOf,
  type RequestSketch,
  requestOf,
  roleSession,
  root,
  rootOf,
  type StatementSketch,
  serviceLinkedSession,
  trailService,
  userIn,
} from './testing.ts'

const account = { AWS: `arn:aws:iam::${accountId}:root` }
const everything = {}
const onlyGet = { Action: 's3:Get*' }
const roleArn = `arn:aws:iam::${accountId}:role/teams/deploy`
const roleSessionArn = `arn:aws:sts::${accountId}:assumed-role/deploy/night`
const guestArn = `arn:aws:sts::${accountId}:federated-user/guest`
const deny = (statement: object = {}) => ({ Effect: 'Deny', ...statement })

/** `allow`, or who denied and whether by a Deny. */
function verdict(sketch: RequestSketch): string {
  const { allowed, deniedBy, explicitDeny } = evaluate(requestOf(sketch))
  if (allowed) return 'allow'
  return explicitDeny ? `deny in ${deniedBy}` : `no ${deniedBy}`
}

/** Each case: what it shows, the request, the verdict. */
function assertVerdicts(cases: readonly (readonly [title: string, sketch: RequestSketch, expected: string])[]): void {
  for (const [title, sketch, expected] of cases) assert.equal(verdict(sketch), expected, title)
}

test('identity policies decide within an account', () => {
  assertVerdicts([
    ['nothing allows', {}, 'no identity'],
    ['a statement allows', { identity: onlyGet }, 'allow'],
    ['a statement about another action', { identity: onlyGet, action: 's3:PutObject' }, 'no identity'],
    ['a Deny wins', { identity: [everything, deny({ Action: 's3:GetObject' })] }, 'deny in identity'],
    ['a Deny elsewhere', { identity: [everything, deny({ Action: 's3:PutObject' })] }, 'allow'],
    ['root needs none', { caller: root }, 'allow'],
    ['a role session', { caller: roleSession, identity: onlyGet }, 'allow'],
    ['a session of the user', { caller: aliceWithSessionToken, identity: onlyGet }, 'allow'],
  ])
})

test('actions match without regard to case, with wildcards, and by exclusion', () => {
  const ask = (statement: StatementSketch, action: string) => verdict({ identity: statement, action })
  assert.equal(ask({ Action: 'S3:getobject' }, 's3:GetObject'), 'allow')
  assert.equal(ask({ Action: 's3:*Object' }, 's3:GetObject'), 'allow')
  assert.equal(ask({ Action: 's3:?etObject' }, 's3:GetObject'), 'allow')
  assert.equal(ask({ Action: 's3:Get' }, 's3:GetObject'), 'no identity')
  assert.equal(ask({ Action: ['sqs:*', 's3:GetObject'] }, 's3:GetObject'), 'allow')
  assert.equal(ask({ Action: [] }, 's3:GetObject'), 'no identity')
  assert.equal(ask({ NotAction: 's3:Put*' }, 's3:GetObject'), 'allow')
  assert.equal(ask({ NotAction: 's3:Put*' }, 'kms:Decrypt'), 'allow')
  assert.equal(ask({ NotAction: ['s3:Put*', 'S3:GETOBJECT'] }, 's3:GetObject'), 'no identity')
})

test('resources match part by part, and by exclusion', () => {
  const queue = 'arn:aws:sqs:eu-west-1:111122223333:orders'
  for (const [statement, resource, expected] of [
    [{ Resource: queue }, queue, 'allow'],
    [{ Resource: 'arn:aws:sqs:*:111122223333:ord*' }, queue, 'allow'],
    [{ Resource: 'arn:aws:sqs:eu-west-?:*:*' }, queue, 'allow'],
    [{ Resource: 'arn:aws:sqs:eu-west-1:111122223333:ORDERS' }, queue, 'no identity'],
    [{ Resource: 'arn:aws:sqs:*:orders' }, queue, 'no identity'],
    [{ Resource: 'arn:aws:sqs:*' }, queue, 'allow'],
    [{ Resource: 'arn:aws:s3:::a/*' }, 'arn:aws:s3:::a/b/c:d', 'allow'],
    [{ Resource: 'arn:aws:s3:::a/*' }, 'arn:aws:s3:::a', 'no identity'],
    [{ Resource: ['arn:aws:s3:::x', 'arn:aws:s3:::a'] }, 'arn:aws:s3:::a', 'allow'],
    [{ Resource: '*' }, '*', 'allow'],
    [{ Resource: 'arn:aws:s3:::*' }, '*', 'no identity'],
    [{ NotResource: 'arn:aws:s3:::*' }, '*', 'allow'],
    [{ NotResource: 'arn:aws:s3:::a/*' }, 'arn:aws:s3:::b/c', 'allow'],
    [{ NotResource: ['arn:aws:s3:::b/*', 'arn:aws:s3:::a/*'] }, 'arn:aws:s3:::b/c', 'no identity'],
    [{ NotResource: '*' }, 'arn:aws:s3:::b', 'no identity'],
    [{ Resource: [] }, 'arn:aws:s3:::b', 'no identity'],
  ] as const) {
    assert.equal(verdict({ identity: statement, resource }), expected, `${JSON.stringify(statement)} on ${resource}`)
  }
})

test('a statement that names a resource in any of its spellings is about it', () => {
  const group = 'arn:aws:logs:eu-west-1:111122223333:log-group:app'
  const verdictFor = (identity: StatementSketch | StatementSketch[]) => {
    const request = requestOf({ identity, resource: `${group}:log-stream:` })
    const permission = { ...request.permission, otherArns: [group] }
    const { allowed, explicitDeny } = evaluate({ ...request, permission })
    return allowed ? 'allow' : explicitDeny ? 'deny' : 'no'
  }
  assert.equal(verdictFor({ Resource: group }), 'allow')
  assert.equal(verdictFor({ Resource: `${group}:*` }), 'allow')
  assert.equal(verdictFor({ Resource: `${group}x` }), 'no')
  assert.equal(verdictFor([everything, deny({ Resource: group })]), 'deny')
  assert.equal(verdictFor([everything, deny({ Resource: `${group}:*` })]), 'deny')
  assert.equal(verdictFor({ NotResource: group }), 'no')
  assert.equal(verdictFor({ NotResource: `${group}:*` }), 'no')
  assert.equal(verdictFor({ NotResource: `${group}x` }), 'allow')
  const many = Array.from({ length: 800 }, (_, n) => `arn:aws:logs:*:*:log-group:${'*a'.repeat(20)}${n}`)
  assert.equal(verdictFor({ Resource: [...many, group] }), 'allow')
})

test('variables in resources are filled from the request, and match nothing when it has no such key', () => {
  const team = { 'aws:PrincipalTag/team': 'red' }
  const ask = (Resource: string, context = {}) =>
    verdict({ identity: { Resource }, resource: 'arn:aws:s3:::bucket/red/x', context })
  assert.equal(ask('arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*', team), 'allow')
  assert.equal(
    ask('arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*', { 'aws:PrincipalTag/team': 'blue' }),
    'no identity',
  )
  assert.equal(ask('arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*'), 'no identity')
  assert.equal(ask("arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'red'}/*"), 'allow')
  assert.equal(ask('arn:aws:s3:::bucket/${aws:PrincipalTag/team}*', { 'aws:PrincipalTag/team': '*' }), 'no identity')
  assert.equal(ask('arn:aws:s3:${aws:PrincipalTag/team}::bucket/*', { 'aws:PrincipalTag/team': '' }), 'no identity')
  assert.equal(ask('arn:aws:s3:${region}::bucket/*', { region: '' }), 'no identity')
  assert.equal(
    verdict({
      identity: [everything, deny({ Resource: undefined, NotResource: 'arn:aws:s3:::${aws:PrincipalTag/team}/*' })],
    }),
    'deny in identity',
  )
})

test('version 2008-10-17, and none, know no variables', () => {
  for (const Version of ['2008-10-17', undefined]) {
    const identity = JSON.stringify({
      Version,
      Statement: { Effect: 'Allow', Action: '*', Resource: 'arn:aws:s3:::b/${aws:username}' },
    })
    const context = { 'aws:username': 'alice' }
    assert.equal(verdict({ identity, context, resource: 'arn:aws:s3:::b/alice' }), 'no identity')
    assert.equal(verdict({ identity, context, resource: 'arn:aws:s3:::b/${aws:username}' }), 'allow')
  }
})

test('every condition of a statement must hold', () => {
  const Condition = { StringEquals: { a: '1', b: ['2', '3'] }, Bool: { c: 'true' } }
  const ask = (context: Record<string, string>) => verdict({ identity: { Condition }, context })
  assert.equal(ask({ a: '1', b: '3', c: 'true' }), 'allow')
  assert.equal(ask({ A: '1', B: '3', C: 'true' }), 'allow')
  assert.equal(ask({ a: '1', b: '3' }), 'no identity')
  assert.equal(ask({ a: '1', b: '4', c: 'true' }), 'no identity')
  assert.equal(ask({ a: '0', b: '3', c: 'true' }), 'no identity')
})

test('a Deny on a tag that is missing applies unless the tag is asked to be there', () => {
  const key = 'aws:RequestTag/team'
  const ask = (Condition: object) => verdict({ identity: [everything, deny({ Condition })] })
  assert.equal(ask({ StringNotEquals: { [key]: 'red' } }), 'deny in identity')
  assert.equal(ask({ StringNotEqualsIfExists: { [key]: 'red' } }), 'deny in identity')
  assert.equal(ask({ StringNotEquals: { [key]: 'red' }, Null: { [key]: 'false' } }), 'allow')
})

test('ForAllValues allows a request without the key', () => {
  const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }
  assert.equal(verdict({ identity: { Condition } }), 'allow')
  assert.equal(verdict({ identity: { Condition }, context: { 'aws:TagKeys': ['team', 'cost'] } }), 'no identity')
})

test('boundaries and session policies limit what identity policies allow', () => {
  assertVerdicts([
    ['boundary allows', { identity: everything, boundary: onlyGet }, 'allow'],
    ['boundary does not', { identity: everything, boundary: onlyGet, action: 'kms:Encrypt' }, 'no boundary'],
    ['boundary alone gives nothing', { boundary: everything }, 'no identity'],
    ['boundary denies', { identity: everything, boundary: [everything, deny()] }, 'deny in boundary'],
    ['session allows', { caller: roleSession, identity: everything, session: [onlyGet] }, 'allow'],
    [
      'session does not',
      { caller: roleSession, identity: everything, session: [onlyGet], action: 's3:PutObject' },
      'no session',
    ],
    ['session alone gives nothing', { caller: roleSession, session: [everything] }, 'no identity'],
    ['one session policy is enough', { identity: everything, session: [{ Action: 'kms:*' }, onlyGet] }, 'allow'],
    ['session policies that are gone allow nothing', { identity: everything, session: [] }, 'no session'],
    ['session denies', { identity: everything, session: [[everything, deny()]] }, 'deny in session'],
    ['boundary comes first', { identity: everything, boundary: nothing, session: [nothing] }, 'no boundary'],
  ])
})

test('a resource policy that names the caller itself allows at once', () => {
  const limited = { boundary: { Action: 'iam:*' }, session: [{ Action: 'iam:*' }] }
  const direct = (caller: typeof root, Principal: unknown) => ({ caller, policy: { Principal }, ...limited })
  assertVerdicts([
    ['user ARN', direct(alice, { AWS: userIn(accountId).arn }), 'allow'],
    ['user id', direct(alice, { AWS: userIn(accountId).userId }), 'allow'],
    ['another user', direct(alice, { AWS: `arn:aws:iam::${accountId}:user/bob` }), 'no identity'],
    ['user ARN without its path', direct(alice, { AWS: `arn:aws:iam::${accountId}:user/alice` }), 'no identity'],
    ['session ARN', direct(roleSession, { AWS: roleSessionArn }), 'allow'],
    ['another session', direct(roleSession, { AWS: `${roleSessionArn}x` }), 'no identity'],
    ['federated user ARN', direct(federated, { AWS: guestArn }), 'allow'],
    ['*', direct(alice, '*'), 'allow'],
    ['* of AWS', direct(roleSession, { AWS: ['x', '*'] }), 'allow'],
    ['no partial wildcards', direct(alice, { AWS: `arn:aws:iam::${accountId}:user/*` }), 'no identity'],
    ['a Deny beside it', { policy: { Principal: '*' }, identity: deny() }, 'deny in identity'],
  ])
})

test('a resource policy that names a role reaches its sessions within boundary and session policies', () => {
  for (const AWS of [roleArn, 'AROAQ3EGRIYFEXAMPLE12']) {
    const caller = roleSession
    const policy = { Principal: { AWS } }
    assertVerdicts([
      ['alone', { caller, policy }, 'allow'],
      ['boundary allows', { caller, policy, boundary: onlyGet, session: [onlyGet] }, 'allow'],
      ['boundary does not', { caller, policy, boundary: { Action: 'iam:*' } }, 'no boundary'],
      ['session does not', { caller, policy, session: [{ Action: 'iam:*' }] }, 'no session'],
    ])
  }
  const policy = { Principal: { AWS: userIn(accountId).arn } }
  assertVerdicts([
    ['a federated user of the user, without session policy', { caller: federated, policy }, 'no session'],
    ['with one', { caller: federated, policy, session: [onlyGet] }, 'allow'],
  ])
})

test('a resource policy that names the account leaves the decision to identity policies', () => {
  for (const Principal of [account, { AWS: accountId }, { AWS: [otherAccountId, accountId] }]) {
    assertVerdicts([
      ['nothing allows', { policy: { Principal } }, 'no identity'],
      ['identity allows', { policy: { Principal }, identity: onlyGet }, 'allow'],
      [
        'identity allows, boundary does not',
        { policy: { Principal }, identity: onlyGet, boundary: nothing },
        'no boundary',
      ],
      ['root', { policy: { Principal }, caller: root }, 'allow'],
    ])
  }
  assert.equal(verdict({ policy: { Principal: { AWS: otherAccountId } }, identity: onlyGet }), 'allow')
})

test('another account must be let in by the resource and sent by its own policies', () => {
  const policy = { Principal: { AWS: `arn:aws:iam::${otherAccountId}:root` } }
  const asked = { caller: outsider, owner: accountId }
  assertVerdicts([
    ['both', { ...asked, policy, identity: onlyGet }, 'allow'],
    ['resource alone', { ...asked, policy }, 'no identity'],
    [
      'named itself, yet not sent',
      { ...asked, policy: { Principal: { AWS: userIn(otherAccountId).arn } } },
      'no identity',
    ],
    ['*, yet not sent', { ...asked, policy: { Principal: '*' } }, 'no identity'],
    ['sent alone', { ...asked, policy: { Principal: account }, identity: onlyGet }, 'no resource'],
    ['sent, and no policy at all', { ...asked, identity: onlyGet }, 'no resource'],
    ['neither', asked, 'no identity'],
    ['root is sent by being root', { caller: outsideRoot, owner: accountId, policy }, 'allow'],
    ['root is not let in by that', { caller: outsideRoot, owner: accountId }, 'no resource'],
    ['a boundary limits', { ...asked, policy, identity: onlyGet, boundary: nothing }, 'no boundary'],
    ['a session policy limits', { ...asked, policy, identity: onlyGet, session: [nothing] }, 'no session'],
    ['a Deny of the resource', { ...asked, policy: [policy, deny(policy)], identity: onlyGet }, 'deny in resource'],
  ])
})

test('a key policy decides whether identity policies count', () => {
  const ask = (sketch: RequestSketch) =>
    verdict({
      action: 'kms:Encrypt',
      resource: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      kind: 'key-policy',
      ...sketch,
    })
  const administrator = { Action: 'kms:*' }
  const otherUser = { Principal: { AWS: `arn:aws:iam::${accountId}:user/bob` } }
  const own = { Principal: { AWS: userIn(accountId).arn } }
  for (const [title, sketch, expected] of [
    ['account and identity', { policy: { Principal: account }, identity: administrator }, 'allow'],
    ['account alone', { policy: { Principal: account } }, 'no identity'],
    ['identity alone', { policy: otherUser, identity: administrator }, 'no resource'],
    ['not even root', { policy: otherUser, caller: root }, 'no resource'],
    ['root by the account', { policy: { Principal: account }, caller: root }, 'allow'],
    ['the user itself', { policy: own }, 'allow'],
    ['the user itself, past its boundary', { policy: own, boundary: onlyGet }, 'allow'],
    ['an identity Deny counts always', { policy: own, identity: deny() }, 'deny in identity'],
    ['a grant', { policy: otherUser, permission: { granted: 'direct' } }, 'allow'],
    ['a grant to the account', { policy: otherUser, permission: { granted: 'account' } }, 'no identity'],
    [
      'a grant to the account, and identity',
      { policy: otherUser, identity: administrator, permission: { granted: 'account' } },
      'allow',
    ],
    [
      'a grant to the account, for its root',
      { policy: otherUser, caller: root, permission: { granted: 'account' } },
      'allow',
    ],
    [
      'a grant does not help against a Deny',
      { policy: deny({ Principal: '*' }), permission: { granted: 'direct' } },
      'deny in resource',
    ],
    ['a role', { policy: { Principal: { AWS: roleArn } }, caller: roleSession }, 'allow'],
    [
      'a role, past its session policy',
      { policy: { Principal: { AWS: roleArn } }, caller: roleSession, session: [onlyGet] },
      'no session',
    ],
    [
      'a session, past its session policy',
      { policy: { Principal: { AWS: roleSessionArn } }, caller: roleSession, session: [onlyGet] },
      'allow',
    ],
    [
      'a grant for a role, past its session policy',
      { policy: otherUser, caller: roleSession, session: [onlyGet], permission: { granted: 'role' } },
      'no session',
    ],
    [
      'a grant for a session, past its session policy',
      { policy: otherUser, caller: roleSession, session: [onlyGet], permission: { granted: 'direct' } },
      'allow',
    ],
    [
      'a statement without resource',
      { policy: JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: '*' } }) },
      'no resource',
    ],
    ['a service', { caller: trailService, policy: { Principal: { Service: 'cloudtrail.amazonaws.com' } } }, 'allow'],
    [
      'tags and aliases, which a key policy does not see',
      {
        policy: { ...own, Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } } },
        context: { 'aws:ResourceTag/team': 'blue' },
      },
      'no resource',
    ],
    [
      'tags and aliases, which an identity policy sees',
      {
        policy: { Principal: account },
        identity: { ...administrator, Condition: { StringLike: { 'kms:ResourceAliases': 'alias/*' } } },
        context: { 'kms:ResourceAliases': ['alias/a'] },
      },
      'allow',
    ],
    [
      'another account, granted',
      { caller: outsider, owner: accountId, policy: otherUser, permission: { granted: 'direct' } },
      'allow',
    ],
    [
      'another account, granted as a whole',
      { caller: outsider, owner: accountId, policy: otherUser, permission: { granted: 'account' } },
      'no identity',
    ],
    [
      'another account, granted as a whole, and identity',
      {
        ...{ caller: outsider, owner: accountId, policy: otherUser, identity: administrator },
        permission: { granted: 'account' },
      },
      'allow',
    ],
  ] as const satisfies readonly (readonly [string, RequestSketch, string])[]) {
    assert.equal(ask(sketch), expected, title)
  }
})

test('a trust policy decides who may assume a role', () => {
  const ask = (sketch: RequestSketch) =>
    verdict({
      action: 'sts:AssumeRole',
      resource: roleArn,
      kind: 'trust-policy',
      ...sketch,
      policy: trust(sketch.policy),
    })
  const trust = (sketch: RequestSketch['policy']) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', ...Object(sketch) },
    })
  const federatedTrust = { Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' }
  const webIdentity = { caller: anonymous, owner: accountId, action: 'sts:AssumeRoleWithWebIdentity' }
  for (const [title, sketch, expected] of [
    ['the user itself', { policy: { Principal: { AWS: userIn(accountId).arn } } }, 'allow'],
    ['the account and identity', { policy: { Principal: account }, identity: everything }, 'allow'],
    ['the account alone', { policy: { Principal: account } }, 'no identity'],
    ['identity alone', { policy: { Principal: { AWS: otherAccountId } }, identity: everything }, 'no trust'],
    ['root neither', { policy: { Principal: { AWS: otherAccountId } }, caller: root }, 'no trust'],
    [
      'another account',
      { caller: outsider, owner: accountId, policy: { Principal: { AWS: otherAccountId } } },
      'no identity',
    ],
    [
      'another account, sent',
      { caller: outsider, owner: accountId, policy: { Principal: { AWS: otherAccountId } }, identity: everything },
      'allow',
    ],
    [
      'a service',
      { caller: trailService, owner: accountId, policy: { Principal: { Service: 'cloudtrail.amazonaws.com' } } },
      'allow',
    ],
    ['* means every caller who signs', { policy: { Principal: '*' } }, 'allow'],
    ['* does not mean the unsigned', { ...webIdentity, policy: { Principal: '*', Action: '*' } }, 'no trust'],
    [
      'an identity provider',
      { ...webIdentity, policy: federatedTrust, context: { 'aws:FederatedProvider': 'accounts.google.com' } },
      'allow',
    ],
    [
      'another identity provider',
      { ...webIdentity, policy: federatedTrust, context: { 'aws:FederatedProvider': 'evil.example' } },
      'no trust',
    ],
    [
      'a signed request has no provider',
      { policy: { ...federatedTrust, Action: '*' }, context: { 'aws:FederatedProvider': 'accounts.google.com' } },
      'no trust',
    ],
    ['a Deny', { policy: { Effect: 'Deny', Principal: '*' }, identity: everything }, 'deny in trust'],
    ['a condition', { policy: { Principal: '*', Condition: { StringEquals: { 'sts:ExternalId': 'x' } } } }, 'no trust'],
    [
      'a condition met',
      {
        policy: { Principal: '*', Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
        context: { 'sts:ExternalId': 'x' },
      },
      'allow',
    ],
  ] as const satisfies readonly (readonly [string, RequestSketch, string])[]) {
    assert.equal(ask(sketch), expected, title)
  }
})

test('a Deny of * in a trust policy reaches callers with a token of an identity provider', () => {
  const federatedAllow = { Principal: { Federated: 'accounts.google.com' } }
  const asked: RequestSketch = {
    caller: anonymous,
    owner: accountId,
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: roleArn,
    kind: 'trust-policy',
    context: { 'aws:FederatedProvider': 'accounts.google.com' },
  }
  assert.equal(verdict({ ...asked, policy: federatedAllow }), 'allow')
  assert.equal(verdict({ ...asked, policy: [federatedAllow, deny({ Principal: '*' })] }), 'deny in trust')
  const spared = deny({ NotPrincipal: federatedAllow.Principal })
  assert.equal(verdict({ ...asked, policy: [federatedAllow, spared] }), 'allow')
  const others = deny({ NotPrincipal: { Federated: 'graph.facebook.com' } })
  assert.equal(verdict({ ...asked, policy: [federatedAllow, others] }), 'deny in trust')
})

test('services and unsigned callers have only what the resource policy gives them', () => {
  const asked = { owner: accountId, identity: everything }
  const service = (name: string) => ({ Principal: { Service: name } })
  assertVerdicts([
    ['a service', { ...asked, caller: trailService, policy: service('cloudtrail.amazonaws.com') }, 'allow'],
    ['another service', { ...asked, caller: trailService, policy: service('sns.amazonaws.com') }, 'no resource'],
    ['*, services too', { ...asked, caller: trailService, policy: { Principal: { AWS: '*' } } }, 'allow'],
    ['a service without policy', { ...asked, caller: trailService }, 'no resource'],
    [
      'logs by its regional name',
      { ...asked, caller: logsService, policy: service('logs.eu-west-1.amazonaws.com') },
      'allow',
    ],
    ['logs by its bare name', { ...asked, caller: logsService, policy: service('logs.amazonaws.com') }, 'allow'],
    [
      'logs of another region',
      { ...asked, caller: logsService, policy: service('logs.eu-west-2.amazonaws.com') },
      'no resource',
    ],
    ['unsigned, *', { ...asked, caller: anonymous, policy: { Principal: '*' } }, 'allow'],
    ['unsigned, an account', { ...asked, caller: anonymous, policy: { Principal: account } }, 'no resource'],
    ['unsigned', { ...asked, caller: anonymous }, 'no resource'],
    ['unsigned, a grant', { ...asked, caller: anonymous, permission: { granted: 'direct' } }, 'no resource'],
    [
      'a canonical user matches no caller',
      { policy: { Principal: { CanonicalUser: userIn(accountId).userId } } },
      'no identity',
    ],
  ])
})

test('NotPrincipal in a Deny spares only who is listed with all it acts as', () => {
  const ask = (sketch: RequestSketch, ...AWS: string[]) =>
    verdict({ identity: everything, ...sketch, policy: deny({ NotPrincipal: { AWS } }) })
  const rootArn = rootOf(accountId).arn
  assert.equal(ask({}, userIn(accountId).arn), 'deny in resource')
  assert.equal(ask({}, rootArn), 'deny in resource')
  assert.equal(ask({}, userIn(accountId).arn, rootArn), 'allow')
  assert.equal(ask({}, userIn(accountId).userId, accountId), 'allow')
  assert.equal(ask({ boundary: everything }, userIn(accountId).arn, rootArn), 'deny in resource')
  assert.equal(ask({ caller: roleSession }, roleArn), 'deny in resource')
  assert.equal(ask({ caller: roleSession }, roleArn, roleSessionArn), 'deny in resource')
  assert.equal(ask({ caller: roleSession }, roleSessionArn, accountId), 'deny in resource')
  assert.equal(ask({ caller: roleSession }, roleArn, roleSessionArn, accountId), 'allow')
  assert.equal(ask({ caller: root }, rootArn), 'allow')
  assert.equal(ask({ caller: root }, otherAccountId), 'deny in resource')
  assert.equal(ask({}, '*'), 'allow')
  const spared = deny({ NotPrincipal: { Service: 'cloudtrail.amazonaws.com' } })
  const asked = { owner: accountId, policy: [{ Principal: '*' }, spared] }
  assert.equal(verdict({ ...asked, caller: trailService }), 'allow')
  assert.equal(verdict({ ...asked, caller: logsService }), 'deny in resource')
  assert.equal(verdict({ ...asked, caller: anonymous }), 'deny in resource')
})

test('NotPrincipal in an Allow, which old policies may have, means all other principals', () => {
  const policy = { NotPrincipal: { AWS: accountId } }
  assert.equal(verdict({ policy }), 'no identity')
  assert.equal(verdict({ policy, caller: anonymous, owner: accountId }), 'allow')
})

test('service control policies must allow at every level', () => {
  const full = everything
  assertVerdicts([
    ['every level', { identity: everything, serviceControl: [full, onlyGet] }, 'allow'],
    [
      'one level does not',
      { identity: everything, serviceControl: [full, { Action: 'kms:*' }, full] },
      'no service-control',
    ],
    ['one level denies', { identity: everything, serviceControl: [full, [full, deny()]] }, 'deny in service-control'],
    ['root of a member account', { caller: root, serviceControl: [full, { Action: 'kms:*' }] }, 'no service-control'],
    ['they give nothing', { serviceControl: [full] }, 'no identity'],
    ['no levels at all', { identity: everything, serviceControl: [] }, 'no service-control'],
    [
      'a resource policy does not help',
      { policy: { Principal: '*' }, serviceControl: [nothing] },
      'no service-control',
    ],
    [
      'services are not under them',
      { caller: trailService, owner: accountId, policy: { Principal: '*' }, serviceControl: [nothing] },
      'allow',
    ],
    [
      'nor service-linked roles',
      { caller: serviceLinkedSession, identity: everything, serviceControl: [deny()] },
      'allow',
    ],
  ])
})

test('resource control policies reach every caller, for the services that know them', () => {
  const full = { Principal: '*' }
  const outsidersOut = deny({
    Principal: '*',
    Action: 's3:*',
    Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-mine' } },
  })
  const resourceControl = [full, [full, outsidersOut]]
  const open = { owner: accountId, policy: { Principal: '*' }, identity: everything, resourceControl }
  assertVerdicts([
    [
      'an outsider',
      { ...open, caller: outsider, context: { 'aws:PrincipalOrgID': 'o-other' } },
      'deny in resource-control',
    ],
    ['an insider', { ...open, context: { 'aws:PrincipalOrgID': 'o-mine' } }, 'allow'],
    ['the unsigned', { ...open, caller: anonymous }, 'deny in resource-control'],
    ['a service', { ...open, caller: trailService }, 'deny in resource-control'],
    ['root', { ...open, caller: root }, 'deny in resource-control'],
    ['not a service-linked role', { ...open, caller: serviceLinkedSession }, 'allow'],
    [
      'a level without Allow',
      { ...open, resourceControl: [full, outsidersOut], context: { 'aws:PrincipalOrgID': 'o-mine' } },
      'no resource-control',
    ],
    [
      'a service that does not know them',
      { ...open, action: 'ec2:StartInstances', resourceControl: [deny(full)] },
      'allow',
    ],
    ['RetireGrant', { ...open, action: 'kms:RetireGrant', resourceControl: [deny(full)] }, 'allow'],
    ['kms', { ...open, action: 'kms:Decrypt', resourceControl: [deny(full)] }, 'deny in resource-control'],
    [
      'a key that AWS manages',
      {
        ...{ ...open, action: 'kms:Decrypt', resourceControl: [deny(full)] },
        permission: { outsideResourceControl: true },
      },
      'allow',
    ],
  ])
})

test('explicit denials are reported in the order of the guide, with the ARN of the policy', () => {
  const types: PolicyType[] = ['resource-control', 'service-control', 'resource', 'identity', 'boundary', 'session']
  const denying = named([deny({ Principal: '*' })], 'no', 'arn:aws:iam::111122223333:policy/no')
  const allowing = named({ Principal: '*' }, 'yes')
  for (const [place, type] of types.entries()) {
    const own = (name: PolicyType) => (types.indexOf(name) >= place ? denying : allowing)
    const request = requestOf({ policy: own('resource').document })
    const { deniedBy, denyingPolicyArn, explicitDeny, byType } = evaluate({
      ...request,
      policies: {
        identity: [allowing, own('identity')],
        boundary: own('boundary'),
        session: [own('session')],
        serviceControl: [[allowing], [own('service-control')]],
      },
      resourceControl: [[allowing], [own('resource-control')]],
    })
    assert.deepEqual([deniedBy, explicitDeny, byType[type]], [type, true, 'deny'])
    assert.equal(denyingPolicyArn, type === 'resource' ? undefined : denying.arn)
  }
})

test('a policy that cannot be read allows nothing and lets nothing be allowed', () => {
  assertVerdicts([
    ['identity', { identity: '{"Statement": [' }, 'no identity'],
    ['boundary', { identity: everything, boundary: 'x' }, 'no boundary'],
    ['session', { identity: everything, session: ['x'] }, 'no session'],
    ['service control', { caller: root, serviceControl: ['x'] }, 'no service-control'],
    ['resource control', { caller: root, resourceControl: ['x'] }, 'no resource-control'],
    ['resource', { identity: everything, policy: 'x' }, 'no resource'],
    ['key, for root', { caller: root, policy: 'x', kind: 'key-policy' }, 'no resource'],
    ['beside a policy that allows', { policy: { Principal: '*' }, identity: 'x' }, 'no identity'],
  ])
  const request = requestOf({})
  const identity = [named(everything), named('{"Statement":1}', 'broken', 'arn:aws:iam::aws:policy/broken')]
  const { allowed, unreadable } = evaluate({ ...request, policies: { identity } })
  assert.equal(allowed, false)
  assert.deepEqual(unreadable, [
    {
      policyType: 'identity',
      policyName: 'broken',
      policyArn: 'arn:aws:iam::aws:policy/broken',
      problem: 'line 1, column 14: Statement is an object or a list of objects',
    },
  ])
})

test('GetCallerIdentity is allowed whatever policies say', () => {
  const sketch = { action: 'sts:GetCallerIdentity', resource: '*', identity: deny(), serviceControl: [deny()] }
  assert.equal(verdict(sketch), 'allow')
  assert.equal(verdict({ ...sketch, caller: federated, identity: 'x' }), 'allow')
})

test('a federated user has what its issuer and its session policies both allow', () => {
  assertVerdicts([
    ['both', { caller: federated, identity: everything, session: [onlyGet] }, 'allow'],
    ['issuer does not', { caller: federated, session: [everything] }, 'no identity'],
    ['session does not', { caller: federated, identity: everything, session: [{ Action: 'kms:*' }] }, 'no session'],
    ['no session policy', { caller: federated, identity: everything }, 'no session'],
    ['root allows everything', { caller: federatedByRoot, session: [onlyGet] }, 'allow'],
    ['root, no session policy', { caller: federatedByRoot }, 'no session'],
  ])
})

test('a decision keeps what matched, where it stands, and what each type said', () => {
  const policy = [{ Principal: account, Sid: 'Account' }, deny({ Principal: '*', Action: 'kms:*' })]
  const request = requestOf({ policy, identity: [{ Action: 'kms:*' }, { Sid: 'Mine' }], boundary: { Action: 'kms:*' } })
  const { matched, byType, resourceGrant, deniedBy } = evaluate(request)
  assert.deepEqual(
    matched.map(({ policyType, policyName, index, sid, effect }) => [policyType, policyName, index, sid, effect]),
    [
      ['resource', 'resource policy', 0, 'Account', 'Allow'],
      ['identity', 'policy', 1, 'Mine', 'Allow'],
    ],
  )
  assert.deepEqual(byType, { resource: 'allow', identity: 'allow', boundary: 'none' })
  assert.deepEqual([resourceGrant, deniedBy], ['account', 'boundary'])
  const text = policyOf({ Action: 'kms:*' }, { Sid: 'Mine' })
  assert.equal(text.slice((matched[1]?.start.column ?? 0) - 1, (matched[1]?.end.column ?? 0) - 1).slice(0, 2), ',{')
})

test('a decision lists the keys that evaluated statements asked for in vain', () => {
  const identity = [
    { Action: 'kms:*', Condition: { Bool: { 'not:asked': 'true' } } },
    { Resource: 'arn:aws:sqs:::x', Condition: { Bool: { 'not:reached': 'true' } } },
    { Resource: "arn:aws:s3:::${aws:PrincipalTag/Team}${aws:username, 'x'}" },
    {
      Condition: {
        StringEquals: { 'aws:RequestTag/a': '${aws:userid}', 'aws:there': 'x' },
        Null: { 'AWS:requesttag/A': 'true' },
      },
    },
  ]
  const { missingContextKeys } = evaluate(requestOf({ identity, context: { 'AWS:THERE': 'x' } }))
  assert.deepEqual(missingContextKeys, ['aws:PrincipalTag/Team', 'aws:RequestTag/a', 'aws:userid'])
})

test('reasons can be disclosed within an account and within an organization', () => {
  const disclosed = (sketch: RequestSketch) => evaluate(requestOf(sketch)).mayDiscloseReason
  const asked = { caller: outsider, owner: accountId }
  assert.equal(disclosed({}), true)
  assert.equal(disclosed({ owner: accountId }), true)
  assert.equal(disclosed(asked), false)
  assert.equal(disclosed({ ...asked, context: { 'aws:PrincipalOrgID': 'o-1', 'aws:ResourceOrgID': 'o-1' } }), true)
  assert.equal(disclosed({ ...asked, context: { 'aws:PrincipalOrgID': 'o-1', 'aws:ResourceOrgID': 'o-2' } }), false)
  assert.equal(disclosed({ caller: anonymous, owner: accountId }), false)
  assert.equal(disclosed({ caller: anonymous }), false)
})
