import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindPrincipals, currentTrustDocument } from './trust-policy.ts'

const alice = 'arn:aws:iam::111122223333:user/alice'
const bob = 'arn:aws:iam::111122223333:user/bob'
const aliceId = 'AIDARTX3GSDSQALICE111'

const allow = (principal: unknown, condition?: unknown) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: 'sts:AssumeRole',
  ...(condition ? { Condition: condition } : {}),
})

const policy = (...statements: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)

const known = async (principal: string) =>
  principal === alice ? { uniqueId: aliceId } : principal === bob ? undefined : {}

test('bindPrincipals binds users and roles in every statement and leaves the text as it is', async () => {
  const document = policy(allow({ AWS: [alice, '111122223333'] }), allow({ Service: alice }), allow('*'))
  assert.deepEqual(await bindPrincipals(document, known), {
    trustPolicy: { document, boundPrincipals: { [alice]: aliceId } },
  })
})

test('bindPrincipals takes a single statement and a single principal', async () => {
  const document = JSON.stringify({ Statement: allow({ AWS: alice }) })
  assert.deepEqual(await bindPrincipals(document, known), {
    trustPolicy: { document, boundPrincipals: { [alice]: aliceId } },
  })
})

test('bindPrincipals names the principal that does not exist', async () => {
  assert.deepEqual(await bindPrincipals(policy(allow({ AWS: [alice, bob] })), known), { unresolved: bob })
})

test('currentTrustDocument gives the text as it was written while the principals are who they were', async () => {
  const document = policy(allow({ AWS: alice }))
  assert.equal(
    await currentTrustDocument({ document, boundPrincipals: { [alice]: aliceId } }, async () => alice),
    document,
  )
})

test('currentTrustDocument shows the id of a principal that is gone, and in principals only', async () => {
  const condition = { StringLike: { 'aws:PrincipalArn': alice } }
  const document = policy(allow({ AWS: [alice, bob] }, condition), allow({ Service: 'ec2.amazonaws.com' }))
  const shown = await currentTrustDocument({ document, boundPrincipals: { [alice]: aliceId } }, async () => undefined)
  assert.deepEqual(JSON.parse(shown), {
    Version: '2012-10-17',
    Statement: [allow({ AWS: [aliceId, bob] }, condition), allow({ Service: 'ec2.amazonaws.com' })],
  })
})

test('currentTrustDocument shows the new ARN of a principal that was renamed', async () => {
  const document = policy(allow({ AWS: alice }))
  const shown = await currentTrustDocument({ document, boundPrincipals: { [alice]: aliceId } }, async () => bob)
  assert.deepEqual(JSON.parse(shown).Statement, [allow({ AWS: bob })])
})
