import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PrincipalDirectory } from '../../core/identity.ts'
import { parsePolicy } from '../../policy/validate.ts'
import { bindPolicy, currentPolicy, principalsIn, withPrincipals } from './bound-principals.ts'

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const use = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

test('principalsIn finds them wherever they stand, and passes over those of other types', () => {
  const text = policy(
    { ...use, Principal: { AWS: ['a', 'b'], Service: 's3.amazonaws.com' } },
    { ...use, Principal: '*' },
    { ...use, Effect: 'Deny', NotPrincipal: { AWS: 'c' } },
  )
  assert.deepEqual(principalsIn(parsePolicy(text, 'key'), 'AWS'), ['a', 'b', 'c'])
})

test('withPrincipals replaces principals and nothing else', () => {
  const statement = (aws: unknown) => ({
    ...use,
    Principal: { AWS: aws, Service: 'alice' },
    Condition: { StringEquals: { 'aws:username': 'alice' } },
  })
  const changed = withPrincipals(policy(statement('alice'), statement(['bob', 'alice'])), new Map([['alice', 'AIDA1']]))
  assert.deepEqual(JSON.parse(changed).Statement, [statement('AIDA1'), statement(['bob', 'AIDA1'])])
  const single = JSON.stringify({ Statement: statement('alice') })
  assert.deepEqual(JSON.parse(withPrincipals(single, new Map([['alice', 'AIDA1']]))).Statement, statement('AIDA1'))
})

const alice = 'arn:aws:iam::111122223333:user/alice'
const bob = 'arn:aws:iam::111122223333:user/bob'
const account = 'arn:aws:iam::111122223333:root'
const aliceId = 'AIDARTX3GSDSQALICE111'

/** Alice is there under a name, or no more; of others only accounts are. */
const directory = (arn: string | undefined): PrincipalDirectory => ({
  resolvePrincipal: async (written) =>
    written === arn || (written === aliceId && arn) ? { uniqueId: aliceId } : written === bob ? undefined : {},
  principalArn: async (uniqueId) => (uniqueId === aliceId ? arn : undefined),
})

const bind = (document: string) =>
  bindPolicy(directory(alice), document, parsePolicy(document, 'key'), (name) => new Error(`unknown: ${name}`))

test('bindPolicy binds users and roles in every statement and leaves the text as it is', async () => {
  const document = policy(
    { ...use, Principal: { AWS: [account, alice], Service: 's3.amazonaws.com' } },
    { ...use, Effect: 'Deny', NotPrincipal: { AWS: aliceId } },
    { ...use, Principal: '*' },
  )
  assert.deepEqual(await bind(document), { document, boundPrincipals: { [alice]: aliceId, [aliceId]: aliceId } })
})

test('bindPolicy names accounts by their ARNs, and leaves other policies as they were written', async () => {
  const document = (AWS: string | readonly string[], space?: number) =>
    JSON.stringify(
      {
        Version: '2012-10-17',
        Statement: [{ ...use, Principal: { AWS, Federated: '111122223333' }, Condition: { StringEquals: { a: AWS } } }],
      },
      null,
      space,
    )
  const stored = async (text: string) => (await bind(text)).document
  for (const [given, shown] of [
    ['111122223333', account],
    [
      ['*', '111122223333', alice],
      ['*', account, alice],
    ],
  ] as const) {
    const [{ Principal, Condition }] = JSON.parse(await stored(document(given))).Statement
    assert.deepEqual([Principal.AWS, Principal.Federated, Condition.StringEquals.a], [shown, '111122223333', given])
  }
  const lines = (text: string) => text.split('\n').length
  assert.equal(lines(await stored(document('111122223333', 2))), lines(document('111122223333', 2)))
  assert.equal(lines(await stored(document('111122223333'))), 1)
  const spaced = `${document(account, 7)}  `
  assert.equal(await stored(spaced), spaced)
})

test('bindPolicy refuses a principal that does not exist, by its name', async () => {
  await assert.rejects(bind(policy({ ...use, Principal: { AWS: [alice, bob] } })), new Error(`unknown: ${bob}`))
})

test('currentPolicy gives the text as it was written while the principals are who they were', async () => {
  const bound = await bind(JSON.stringify(JSON.parse(policy({ ...use, Principal: { AWS: alice } })), null, 4))
  assert.equal(await currentPolicy(directory(alice), bound), bound.document)
})

test('currentPolicy shows the id of a principal that is gone, and the new name of one that was renamed', async () => {
  const written = { ...use, Principal: { AWS: [alice, account] } }
  const bound = await bind(policy(written))
  const shownTo = async (arn: string | undefined) => JSON.parse(await currentPolicy(directory(arn), bound)).Statement
  assert.deepEqual(await shownTo(undefined), [{ ...written, Principal: { AWS: [aliceId, account] } }])
  assert.deepEqual(await shownTo(bob), [{ ...written, Principal: { AWS: [bob, account] } }])
})

test('currentPolicy shows the ARN of a principal that was written as its id', async () => {
  const bound = await bind(policy({ ...use, Principal: { AWS: aliceId } }))
  assert.equal(await currentPolicy(directory(alice), bound), policy({ ...use, Principal: { AWS: alice } }))
})
