// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from './evaluate.ts'
import { denialMessage, explainDecision } from './explain.ts'
import {
  accountId,
  anonymous,
  named,
  nothing,
  outsider,
  type RequestSketch,
  requestOf,
  roleSession,
  userIn,
} from './testing.ts'

const everything = {}
const deny = { Effect: 'Deny', Principal: '*' }
const roleArn = `arn:aws:iam::${accountId}:role/teams/deploy`
const base = `User: ${userIn(accountId).arn} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bucket/key`

function message(sketch: RequestSketch): string {
  const request = requestOf(sketch)
  return denialMessage(request, evaluate(request))
}

test('denialMessage names the type of policy whose Allow is missing', () => {
  const because = (title: string) => `${base} because no ${title} allows the s3:GetObject action`
  assert.equal(message({}), because('identity-based policy'))
  assert.equal(message({ identity: everything, boundary: nothing }), because('permissions boundary'))
  assert.equal(message({ identity: everything, session: [nothing] }), because('session policy'))
  assert.equal(message({ serviceControl: [nothing] }), because('service control policy'))
  assert.equal(message({ resourceControl: [nothing] }), because('resource control policy'))
  assert.equal(message({ identity: everything, policy: nothing, kind: 'key-policy' }), because('resource-based policy'))
  assert.equal(
    message({ action: 'sts:AssumeRole', resource: roleArn, policy: nothing, kind: 'trust-policy' }),
    `User: ${userIn(accountId).arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn} ` +
      'because no role trust policy allows the sts:AssumeRole action',
  )
})

test('denialMessage names the type of policy that denies, and its ARN when it has one', () => {
  const explicit = (words: string) => `${base} with an explicit deny in ${words}`
  assert.equal(message({ identity: deny }), explicit('an identity-based policy'))
  assert.equal(message({ policy: deny }), explicit('a resource-based policy'))
  assert.equal(message({ boundary: deny }), explicit('a permissions boundary'))
  assert.equal(message({ session: [deny] }), explicit('a session policy'))
  assert.equal(message({ serviceControl: [deny] }), explicit('a service control policy'))
  assert.equal(message({ resourceControl: [deny] }), explicit('a resource control policy'))
  assert.equal(message({ policy: deny, kind: 'trust-policy' }), explicit('the role trust policy'))
  const request = requestOf({})
  const arn = 'arn:aws:organizations::111122223333:policy/o-x/service_control_policy/p-y'
  const policies = { identity: [], serviceControl: [[named(deny, 'p-y', arn)]] }
  assert.equal(denialMessage(request, evaluate({ ...request, policies })), explicit(`a service control policy: ${arn}`))
})

test('denialMessage gives no reason to other accounts and prints the caller', () => {
  const bare = (who: string) =>
    `User: ${who} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::bucket/key`
  assert.equal(message({ caller: outsider, owner: accountId }), bare(userIn('444455556666').arn))
  assert.equal(message({ caller: outsider, owner: accountId, identity: deny }), bare(userIn('444455556666').arn))
  assert.equal(message({ caller: anonymous, owner: accountId }), 'Access Denied')
  const organization = { 'aws:PrincipalOrgID': 'o-1', 'aws:ResourceOrgID': 'o-1' }
  assert.match(
    message({ caller: outsider, owner: accountId, context: organization }),
    /because no identity-based policy/,
  )
  assert.match(message({ caller: roleSession }), /^User: arn:aws:sts::111122223333:assumed-role\/deploy\/night is not/)
})

test('denialMessage says what the permission has it say', () => {
  const ask = (permission: NonNullable<RequestSketch['permission']>) =>
    message({ permission }).slice('User: '.length + userIn(accountId).arn.length)
  const start = ' is not authorized to perform: s3:GetObject'
  const because = ' because no identity-based policy allows the s3:GetObject action'
  assert.equal(ask({ resource: '*' }), start + because)
  assert.equal(ask({ resource: '*', printedResource: '*' }), `${start} on resource: *${because}`)
  assert.equal(ask({ printedResource: null }), start + because)
  assert.equal(ask({ printedResource: 'MySecret' }), `${start} on resource: MySecret${because}`)
  assert.equal(ask({ printedResource: 'user alice' }), `${start} on resource: user alice${because}`)
  const ofCiphertext = 'the resource associated with this ciphertext'
  assert.equal(ask({ printedResource: ofCiphertext }), `${start} on ${ofCiphertext}${because}`)
  assert.equal(ask({ denial: 'bare' }), `${start} on resource: arn:aws:s3:::bucket/key`)
  assert.equal(ask({ denial: 'on this resource because so' }), `${start} on this resource because so`)
})

const explain = (sketch: RequestSketch) => {
  const request = requestOf(sketch)
  return explainDecision(request, evaluate(request))
}

test('explainDecision shows which statement nearly allowed and what it asked for', () => {
  const team = { 'aws:PrincipalTag/team': 'blue', 'aws:TagKeys': [] }
  const explanation = explain({
    context: team,
    identity: [
      { Action: 'kms:*' },
      { Resource: 'arn:aws:s3:::other/*', Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } },
      { Sid: 'Team', Action: 's3:Get*', Condition: { StringEquals: { 'aws:PrincipalTag/team': ['red', 'green'] } } },
      { Action: ['s3:PutObject', 'kms:*'] },
    ],
  })
  assert.equal(explanation.summary, 'Denied: no identity-based policy allows s3:GetObject.')
  assert.deepEqual(explanation.lookedAt, [{ policyType: 'identity', says: 'none', policies: ['policy'] }])
  assert.deepEqual(
    explanation.nearMisses.map(({ index, sid, failed }) => [index, sid, failed]),
    [
      [
        2,
        'Team',
        [
          {
            part: 'condition',
            operator: 'StringEquals',
            key: 'aws:PrincipalTag/team',
            wanted: ['red', 'green'],
            got: ['blue'],
          },
        ],
      ],
      [3, undefined, [{ part: 'action', wanted: ['s3:PutObject'], got: ['s3:getobject'] }]],
      [
        1,
        undefined,
        [
          { part: 'resource', wanted: ['arn:aws:s3:::other/*'], got: ['arn:aws:s3:::bucket/key'] },
          { part: 'condition', operator: 'Bool', key: 'aws:MultiFactorAuthPresent', wanted: ['true'], got: [] },
        ],
      ],
    ],
  )
  assert.deepEqual(explanation.suggestions, [
    `Allow s3:GetObject on arn:aws:s3:::bucket/key in an identity-based policy of ${userIn(accountId).arn}.`,
  ])
  assert.equal(
    explanation.text,
    [
      'Denied: no identity-based policy allows s3:GetObject.',
      `${userIn(accountId).arn} asked for s3:GetObject on arn:aws:s3:::bucket/key.`,
      'Looked at:',
      '  identity-based policy: does not allow (policy)',
      'Nearly allowed:',
      '  statement 3 (Team) of identity-based policy policy',
      '    condition StringEquals aws:PrincipalTag/team: wants "red", "green", the request has "blue"',
      '  statement 4 of identity-based policy policy',
      '    action: names "s3:PutObject", the request has "s3:getobject"',
      '  statement 2 of identity-based policy policy',
      '    resource: names "arn:aws:s3:::other/*", the request has "arn:aws:s3:::bucket/key"',
      '    condition Bool aws:MultiFactorAuthPresent: wants "true", the request has none',
      'What would help:',
      `  Allow s3:GetObject on arn:aws:s3:::bucket/key in an identity-based policy of ${userIn(accountId).arn}.`,
    ].join('\n'),
  )
})

test('explainDecision names the statements that deny', () => {
  const { summary, matched, suggestions, text } = explain({ identity: [everything, { ...deny, Sid: 'Stop' }] })
  assert.equal(summary, 'Denied: statement 2 (Stop) of identity-based policy policy explicitly denies s3:GetObject.')
  assert.deepEqual(
    matched.map(({ effect }) => effect),
    ['Allow', 'Deny'],
  )
  assert.deepEqual(suggestions, [
    'Remove statement 2 (Stop) of identity-based policy policy, or narrow it: a Deny wins over every Allow.',
  ])
  assert.match(text, /Matched:\n {2}Allow: statement 1 of .*\n {2}Deny: statement 2 \(Stop\)/)
})

test('explainDecision tells for every way to be denied what would help', () => {
  const keyPolicy = { Principal: { AWS: 'arn:aws:iam::111122223333:user/bob' } }
  for (const [sketch, expected] of [
    [{ identity: everything, policy: keyPolicy, kind: 'key-policy' }, /in the key policy, or to its account/],
    [{ caller: outsider, owner: accountId, identity: everything }, /in the policy of arn:aws:s3:::bucket\/key\.$/],
    [{ identity: everything, policy: keyPolicy, kind: 'trust-policy' }, /in the trust policy of/],
    [{ identity: everything, boundary: nothing }, /in the permissions boundary/],
    [{ caller: roleSession, identity: everything, session: [nothing] }, /in a session policy/],
    [{ serviceControl: [nothing] }, /in a service control policy at every level/],
    [{ serviceControl: [{}, {}, nothing] }, /at every level: .* None allows it on the account, which has policy\.$/],
    [
      { serviceControl: [{}, nothing, {}] },
      / None allows it on the organizational unit of level 1, which has policy\.$/,
    ],
    [{ resourceControl: [nothing, { Principal: '*' }] }, / None allows it on the root, which has policy\.$/],
    [{ identity: 'x' }, /^Correct policy: line 1, column 1: expected a value\.$/],
  ] as const satisfies readonly (readonly [RequestSketch, RegExp])[]) {
    const { suggestions, summary, text } = explain(sketch)
    assert.match(suggestions[0] ?? '', expected)
    assert.match(summary, /^Denied: /)
    assert.ok(text.includes(summary))
  }
})

test('explainDecision shows a principal that a resource policy did not mean', () => {
  const { nearMisses } = explain({ policy: { Principal: { AWS: 'arn:aws:iam::111122223333:user/bob' } } })
  assert.deepEqual(nearMisses[0]?.failed, [
    {
      part: 'principal',
      wanted: ['arn:aws:iam::111122223333:user/bob'],
      got: [userIn(accountId).arn, userIn(accountId).userId],
    },
  ])
})

test('explainDecision explains what was allowed, too', () => {
  const { allowed, summary, nearMisses, suggestions } = explain({ identity: everything })
  assert.deepEqual([allowed, summary, nearMisses, suggestions], [true, 'Allowed: s3:GetObject.', [], []])
})

test('explainDecision stays small however large the policies are', () => {
  const values = Array.from({ length: 50 }, (_, index) => `value-${index}`)
  const statement = { Condition: { StringEquals: { a: values } } }
  const { nearMisses, text } = explain({ identity: Array.from({ length: 100 }, () => statement) })
  assert.equal(nearMisses.length, 10)
  assert.equal(nearMisses[0]?.failed[0]?.wanted.length, 10)
  assert.ok(text.length < 5000)
})

test('explainDecision is plain data', () => {
  const explanation = explain({ identity: [everything, deny], policy: { Principal: '*' } })
  assert.deepEqual(JSON.parse(JSON.stringify(explanation)), JSON.parse(JSON.stringify({ ...explanation })))
  assert.deepEqual(structuredClone(explanation), explanation)
})

test('explainDecision names a bounded number of policies and statements, however many there are', () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    named({ Action: 's3:*', Resource: `arn:aws:s3:::other-${index}/*` }, `p${index}`),
  )
  const base = requestOf({ boundary: { Action: 'kms:*' } })
  const request = { ...base, policies: { ...base.policies, identity: [...many, ...many.map(() => named({}))] } }
  const { lookedAt, matched, nearMisses, text } = explainDecision(request, evaluate(request))
  assert.equal(lookedAt[0]?.policies.length, 51)
  assert.equal(lookedAt[0]?.policies.at(-1), 'and 3950 more')
  assert.equal(matched.length, 50)
  assert.equal(nearMisses.length, 10)
  assert.ok(text.length < 20_000)
})
