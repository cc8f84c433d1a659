// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PolicyError } from './policy-error.ts'
import { type PolicyKind, parsePolicy, validatePolicy } from './validate.ts'

/** What is answered to a policy; undefined when it is accepted. */
function answer(kind: PolicyKind, policy: unknown, options?: { anyVersion: boolean }): string | undefined {
  try {
    validatePolicy(typeof policy === 'string' ? policy : JSON.stringify(policy), kind, options)
    return undefined
  } catch (error) {
    assert.ok(error instanceof PolicyError)
    assert.notEqual(error.detail, '')
    return error.message
  }
}

const document = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements })
const allow = (statement: object) => document({ Effect: 'Allow', ...statement })
const read = { Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' }

const syntax = 'Syntax errors in policy.'
const legacy = 'The policy failed legacy parsing'
const version = 'Policy document must be version 2012-10-17 or greater.'
const noVendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const noActions = 'Policy statement must contain actions.'
const noResources = 'Policy statement must contain resources.'
const sameSid = 'Statement IDs (SID) in a single policy must be unique.'
const notArn = (resource: string) => `Resource ${resource} must be in ARN format or "*".`
const regexVendor = 'Resource vendor must be fully qualified and cannot contain regexes.'
const iamPath =
  'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, ' +
  'server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.'

test('validatePolicy accepts identity policies as IAM does', () => {
  for (const policy of [
    allow(read),
    { Version: '2012-10-17', Id: 'x', Statement: { Effect: 'Deny', NotAction: '*', NotResource: '*', Sid: 'One2' } },
    allow({ Action: ['iam:get?ser', '*:*', 'service-prefix.x:Do'], Resource: ['*'] }),
    document({ Sid: '', Effect: 'Allow', ...read }, { Sid: '', Effect: 'Allow', ...read }),
    ...[
      'arn:aws:iam::*:user/${aws:username}',
      'arn:aws:iam::111122223333:*',
      'arn:aws:iam::*:root',
      'arn:aws:iam::aws:policy/ReadOnlyAccess',
      'arn:aws:kms:*:111122223333:key/mrk-*',
      'arn:aws:s3:eu-west-1:111122223333:accesspoint/mine',
      'arn:aws-cn:s3:::bucket',
      'arn:*:s3:::bucket',
      'arn:aws:ec2:us-east-1',
      'arn:aws:made-up:::thing',
    ].flatMap((Resource) => [allow({ Action: '*', Resource }), allow({ Action: '*', NotResource: Resource })]),
    ...[
      { StringEquals: { plain: 'a', 'aws:TagKeys': ['b'] }, NotThere: {} },
      { 'ForAnyValue:StringLikeIfExists': { a: [] } },
      { DateGreaterThan: { 'aws:CurrentTime': ['2026-03-01T00:00:00Z', '1772323200'] } },
      { Bool: { 'aws:SecureTransport': false }, NumericLessThan: { a: 5 } },
    ].map((Condition) => allow({ ...read, Condition })),
  ]) {
    assert.equal(answer('identity', policy), undefined, JSON.stringify(policy))
  }
})

test('validatePolicy refuses identity policies in the words of IAM', () => {
  for (const [policy, message] of [
    ['no json', syntax],
    ['{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', syntax],
    [{ Version: '2012-10-17' }, syntax],
    [{ ...allow(read), Extra: 1 }, syntax],
    [{ ...allow(read), Version: '2013-10-17' }, syntax],
    [allow({ ...read, Extra: 1 }), syntax],
    [allow({ ...read, NotAction: 's3:*' }), syntax],
    [allow({ ...read, NotResource: [] }), syntax],
    [allow({ ...read, Effect: 'allowed' }), syntax],
    [allow({ ...read, Condition: { StringMatches: { a: 'b' } } }), syntax],
    [{ Version: '2008-10-17', Statement: [{ Effect: 'Allow', ...read }] }, version],
    [{ Statement: [{ Effect: 'Allow', ...read }] }, version],
    [allow({ ...read, Effect: 'allow' }), legacy],
    [allow({ ...read, Condition: { DateLessThan: { a: 'soon' } } }), legacy],
    [allow({ ...read, Resource: 'arn:aws:s3::bucket' }), legacy],
    [allow({ ...read, NotResource: 'arn:aws::::bucket', Resource: undefined }), legacy],
    [document({ Effect: 'Allow', Sid: 'a', ...read }, { Effect: 'Deny', Sid: 'a', ...read }), sameSid],
    [
      allow({ ...read, Sid: 'a b' }),
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    [allow({ ...read, Principal: '*' }), 'Policy document should not specify a principal.'],
    [allow({ ...read, NotPrincipal: { AWS: '*' } }), 'Policy document should not specify a principal.'],
    [allow({ Resource: '*' }), noActions],
    [allow({ Action: [], Resource: '*' }), noActions],
    [allow({ Action: 's3:GetObject' }), noResources],
    [allow({ Action: 's3:GetObject', NotResource: [] }), noResources],
    [allow({ ...read, Action: 'GetObject' }), noVendor],
    [allow({ ...read, NotAction: '', Action: undefined }), noVendor],
    [allow({ ...read, Action: ['s3:GetObject', 's3:Get:Object'] }), 'Actions/Condition can contain only one colon.'],
    [allow({ ...read, Action: 'a b:Get' }), 'Vendor a b is not valid'],
    [allow({ ...read, Action: ':Get' }), 'Vendor  is not valid'],
    [allow({ ...read, Resource: 'bucket' }), notArn('bucket')],
    [allow({ ...read, Resource: '' }), notArn('')],
    [allow({ ...read, Resource: 'urn:aws:s3:::bucket' }), notArn('urn:aws:s3:::bucket')],
    [
      allow({ ...read, Resource: 'arn:awz:s3:::a:b/c' }),
      'Partition "awz" is not valid for resource "arn:awz:s3:::a:b/c".',
    ],
    [allow({ ...read, Resource: 'x:s3:::b' }), 'Partition "s3" is not valid for resource "arn:s3:::b:*".'],
    [allow({ ...read, Resource: 'x:y' }), 'Partition "y" is not valid for resource "arn:y:*:*:*:*".'],
    [allow({ ...read, Resource: 'arn:aws' }), regexVendor],
    [allow({ ...read, Resource: 'arn:aws:s*:::b' }), regexVendor],
    [
      allow({ ...read, Resource: 'arn:aws:iam:us-east-1::user/a' }),
      'IAM resource arn:aws:iam:us-east-1::user/a cannot contain region information.',
    ],
    [
      allow({ ...read, Resource: 'arn:aws:s3:us-east-1::bucket' }),
      'Resource arn:aws:s3:us-east-1::bucket can not contain region information.',
    ],
    [allow({ ...read, Resource: 'arn:aws:iam::111122223333:root/x' }), iamPath],
  ] as const) {
    assert.equal(answer('identity', policy), message, JSON.stringify(policy))
  }
})

test('validatePolicy reports what IAM finds first', () => {
  const faults = [
    ['Version', undefined, version],
    ['Resource', 'arn:aws:s3::bucket', legacy],
    ['Sid', 'a', sameSid],
    ['Principal', '*', 'Policy document should not specify a principal.'],
    ['Action', [], noActions],
    ['Resource', [], noResources],
    ['Resource', 'bucket', notArn('bucket')],
    ['Action', 'GetObject', noVendor],
  ] as const
  for (const [place, [element, value, message]] of faults.entries()) {
    const later = faults.slice(place + 1).toReversed()
    const statement = Object.fromEntries([...later, [element, value]].map(([name, fault]) => [name, fault]))
    const { Version, ...broken } = { Effect: 'Allow', ...read, ...statement }
    const policy = {
      ...document({ Effect: 'Allow', ...read, Sid: 'a' }, broken),
      ...('Version' in statement && { Version }),
    }
    assert.equal(answer('identity', policy), message, JSON.stringify(policy))
  }
})

test('validatePolicy takes any version of inline and session policies', () => {
  const old = { Version: '2008-10-17', Statement: { Effect: 'Allow', ...read } }
  const unsaid = { Statement: { Effect: 'Allow', ...read } }
  for (const policy of [old, unsaid]) {
    assert.equal(answer('identity', policy, { anyVersion: true }), undefined)
    assert.equal(answer('session', policy), undefined)
  }
  assert.equal(answer('session', allow({ Action: 's3:GetObject' })), noResources)
})

const trust = { Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }

test('validatePolicy checks trust policies in the words of IAM', () => {
  for (const [policy, message] of [
    [allow(trust), undefined],
    [{ Statement: { Effect: 'Allow', ...trust, Principal: '*', Condition: { Bool: { a: 'true' } } } }, undefined],
    [allow({ ...trust, Action: ['sts:TagSession', 'STS:assumerole', 'sts:AssumeRole*', 'sts:*'] }), undefined],
    [allow({ Principal: trust.Principal, NotAction: 'sts:AssumeRoleWithSAML' }), undefined],
    ['{', 'This policy contains invalid Json'],
    ['{}', syntax],
    [allow({ Action: 'sts:AssumeRole' }), 'Missing required field Principal'],
    [allow({ ...trust, Principal: {} }), 'Missing required field Principal cannot be empty!'],
    [allow({ ...trust, Resource: '*' }), 'Has prohibited field Resource'],
    [allow({ ...trust, NotResource: '*' }), 'Has prohibited field Resource'],
    [allow({ Principal: '*' }), 'Missing required field Action'],
    [allow({ ...trust, Action: '*' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
    [
      allow({ ...trust, Action: ['sts:GetCallerIdentity'] }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [allow({ ...trust, Action: 's3:*' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
    [document({ Effect: 'Deny', Sid: 'a', ...trust }, { Effect: 'Allow', Sid: 'a', ...trust }), sameSid],
  ] as const) {
    assert.equal(answer('trust', policy), message, JSON.stringify(policy))
  }
})

test('validatePolicy asks of resource policies whom they mean', () => {
  const anyPrincipal = { Principal: '*', Action: 'sqs:*', Resource: '*' }
  for (const [policy, message] of [
    [allow(anyPrincipal), undefined],
    [document({ Effect: 'Deny', NotPrincipal: { AWS: 'x' }, Action: 'sqs:*', Resource: '*', Sid: 'a b' }), undefined],
    [allow({ ...anyPrincipal, Principal: undefined }), 'Missing required field Principal'],
    [allow({ ...anyPrincipal, Principal: { AWS: [] } }), 'Missing required field Principal'],
    [allow({ NotPrincipal: '*', Action: 'sqs:*', Resource: '*' }), 'Allow with NotPrincipal is not allowed.'],
    [allow({ ...anyPrincipal, Action: undefined }), noActions],
    [allow({ ...anyPrincipal, Resource: undefined }), noResources],
    [allow({ ...anyPrincipal, Action: 'send' }), noVendor],
  ] as const) {
    assert.equal(answer('resource', policy), message, JSON.stringify(policy))
  }
})

test('validatePolicy lets key policies hold statements that do nothing', () => {
  assert.equal(answer('key', allow({ Sid: 'Enable IAM User Permissions', Principal: { AWS: '*' } })), undefined)
  assert.equal(answer('key', allow({ Action: 'kms:*', Resource: '*' })), 'Missing required field Principal')
  assert.equal(answer('key', 'x'), syntax)
})

test('validatePolicy holds organization policies to what their type allows', () => {
  const refused = 'The provided policy document does not meet the requirements of the specified policy type.'
  const control = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' }
  for (const [kind, policy, message] of [
    ['service-control', allow({ Action: '*', Resource: '*', Condition: { Bool: { a: 'true' } } }), undefined],
    ['service-control', document({ Effect: 'Deny', NotAction: 'iam:*', NotResource: 'arn:aws:s3:::a' }), undefined],
    ['service-control', 'x', refused],
    ['service-control', { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }, refused],
    ['service-control', allow({ Action: '*', Resource: '*', Principal: '*' }), refused],
    ['service-control', allow({ Action: '*' }), refused],
    ['service-control', allow({ Resource: '*' }), refused],
    ['service-control', allow({ Action: 'x', Resource: '*' }), refused],
    ['resource-control', document(control), undefined],
    ['resource-control', document({ ...control, Effect: 'Allow' }), refused],
    ['resource-control', document({ ...control, Action: '*' }), refused],
    ['resource-control', document({ ...control, Action: 's*:*' }), refused],
    ['resource-control', document({ ...control, Principal: { AWS: '111122223333' } }), refused],
    ['resource-control', document({ ...control, Principal: undefined, NotPrincipal: '*' }), refused],
    ['resource-control', document({ ...control, Action: undefined, NotAction: 's3:*' }), refused],
    ['resource-control', document({ ...control, Resource: undefined }), refused],
  ] as const) {
    assert.equal(answer(kind, policy), message, `${kind} ${JSON.stringify(policy)}`)
  }
})

test('parsePolicy gives the document, and tells faults apart that AWS words alike', () => {
  assert.equal(parsePolicy(JSON.stringify(allow(read)), 'identity').statements[0]?.resource?.[0], read.Resource)
  const twice = JSON.stringify(document({ Effect: 'Allow', ...read }, { Effect: 'Allow', Sid: 'Two', Action: 's3:*' }))
  assert.throws(() => parsePolicy(twice, 'identity'), {
    message: noResources,
    detail: 'statement 2 (Two): Policy statement must contain resources.',
  })
})

test('validatePolicy reads the actions of a trust policy in time that grows with their length alone', () => {
  const action = `sts:${'*'.repeat(100_000)}!`
  const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: '*', Action: action } }
  const before = process.threadCpuUsage()
  assert.throws(() => validatePolicy(JSON.stringify(policy), 'trust'), PolicyError)
  const { user, system } = process.threadCpuUsage(before)
  assert.ok(user + system < 1_000_000)
})
