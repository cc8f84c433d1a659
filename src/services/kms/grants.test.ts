import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GrantOperation } from '@aws-sdk/client-kms'
import fc from 'fast-check'
import { runs } from '../../testing/random.ts'
import { keys } from './storage/collections.ts'
import { accountId, alice, arnOf, kmsFixture, newUser, otherAccountId, policyOf, present, region } from './testing.ts'

type Pairs = Record<string, string>

const users = {
  bob: newUser('bob'),
  carol: newUser('carol'),
  eve: newUser('eve', otherAccountId),
}
type UserName = keyof typeof users
const names = Object.keys(users) as UserName[]

/** A key of alice's, of which the others know only what grants give them. */
async function grantsFixture(...more: object[]) {
  const kms = await kmsFixture()
  for (const user of Object.values(users)) await kms.putUser(user)
  const administrator = { Effect: 'Allow', Principal: { AWS: arnOf(alice) }, Action: 'kms:*', Resource: '*' }
  const { keyId: KeyId, arn } = await kms.key({ Policy: policyOf(administrator, ...more) }, { caller: alice })
  const Plaintext = Buffer.from('x')
  const uses: Record<
    'Encrypt' | 'GenerateDataKey' | 'DescribeKey',
    (user: UserName, context: Pairs) => Promise<unknown>
  > = {
    Encrypt: (user, EncryptionContext) =>
      kms.call('Encrypt', { KeyId: arn, Plaintext, EncryptionContext }, { caller: users[user] }),
    GenerateDataKey: (user, EncryptionContext) =>
      kms.call('GenerateDataKey', { KeyId: arn, KeySpec: 'AES_128', EncryptionContext }, { caller: users[user] }),
    DescribeKey: (user) => kms.call('DescribeKey', { KeyId: arn }, { caller: users[user] }),
  }
  const isAllowed = (operation: keyof typeof uses, user: UserName, context: Pairs) =>
    uses[operation](user, context).then(
      () => true,
      (error) => {
        assert.equal(error.code, 'AccessDeniedException')
        return false
      },
    )
  return { ...kms, KeyId, arn, isAllowed }
}

const operation = fc.constantFrom('Encrypt' as const, 'GenerateDataKey' as const, 'DescribeKey' as const)
const user = fc.constantFrom(...names)
const pairs: fc.Arbitrary<Pairs> = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { maxKeys: 2 })
const grantee = fc.constantFrom(...names, 'account' as const)

interface ModelGrant {
  grantee: UserName | 'account'
  operations: GrantOperation[]
  equals: Pairs | undefined
  subset: Pairs | undefined
  name: string | undefined
}
const modelGrant: fc.Arbitrary<ModelGrant> = fc.record({
  grantee,
  operations: fc.uniqueArray(operation, { minLength: 1 }),
  equals: fc.option(pairs, { nil: undefined, freq: 3 }),
  subset: fc.option(pairs, { nil: undefined, freq: 3 }),
  name: fc.constantFrom(undefined, undefined, 'n'),
})

type Step =
  | { kind: 'create'; grant: ModelGrant; dryRun: boolean }
  | { kind: 'revoke' | 'retire'; index: number }
  | { kind: 'use'; operation: 'Encrypt' | 'GenerateDataKey' | 'DescribeKey'; user: UserName; context: Pairs }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    grant: modelGrant,
    dryRun: fc.constantFrom(false, false, false, true),
  }),
  fc.record({ kind: fc.constantFrom('revoke' as const, 'retire' as const), index: fc.nat(9) }),
  { arbitrary: fc.record({ kind: fc.constant('use' as const), operation, user, context: pairs }), weight: 3 },
)

const sorted = (context: Pairs | undefined) => JSON.stringify(Object.entries(context ?? {}).sort())

/** What a grant says, in as few words as possible. */
function allows(grant: ModelGrant, { operation: wanted, user: who, context }: Extract<Step, { kind: 'use' }>): boolean {
  const means = grant.grantee === who || (grant.grantee === 'account' && who === 'eve')
  if (!means || !grant.operations.includes(wanted)) return false
  if (wanted === 'DescribeKey') return true
  const equals = sorted(grant.equals) === '[]' || sorted(grant.equals) === sorted(context)
  return equals && Object.entries(grant.subset ?? {}).every(([name, value]) => context[name] === value)
}

const isSame = (one: ModelGrant, other: ModelGrant) =>
  one.name !== undefined &&
  one.name === other.name &&
  one.grantee === other.grantee &&
  one.operations.toSorted().join() === other.operations.toSorted().join() &&
  sorted(one.equals) === sorted(other.equals) &&
  sorted(one.subset) === sorted(other.subset)

test('any sequence of grants made, retired and revoked allows what a small model foretells', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
      const kms = await grantsFixture()
      const { KeyId } = kms
      const live = new Map<string, ModelGrant>()
      for (const now of steps) {
        if (now.kind === 'create') {
          const { grant, dryRun: DryRun } = now
          const making = kms.call(
            'CreateGrant',
            {
              ...{ KeyId, Operations: grant.operations, Name: grant.name, DryRun },
              GranteePrincipal: grant.grantee === 'account' ? otherAccountId : arnOf(users[grant.grantee]),
              RetiringPrincipal: arnOf(users.carol),
              Constraints: { EncryptionContextEquals: grant.equals, EncryptionContextSubset: grant.subset },
            },
            { caller: alice },
          )
          if (DryRun) await assert.rejects(making, { code: 'DryRunOperationException' })
          else {
            const { GrantId } = await making
            const same = [...live].find(([, other]) => isSame(grant, other))
            if (same) assert.equal(GrantId, same[0])
            live.set(present(GrantId), same?.[1] ?? grant)
          }
        } else if (now.kind === 'use') {
          const expected = [...live.values()].some((grant) => allows(grant, now))
          assert.equal(await kms.isAllowed(now.operation, now.user, now.context), expected, JSON.stringify(now))
        } else {
          const [GrantId] = [...live.keys()].slice(now.index)
          if (!GrantId) continue
          if (now.kind === 'revoke') await kms.call('RevokeGrant', { KeyId, GrantId }, { caller: alice })
          else await kms.call('RetireGrant', { KeyId: kms.arn, GrantId }, { caller: users.carol })
          live.delete(GrantId)
        }
      }
      const { Grants } = await kms.call('ListGrants', { KeyId, Limit: 100 }, { caller: alice })
      assert.deepEqual(
        Grants?.map(({ GrantId }) => GrantId),
        [...live.keys()].sort(),
      )
      const key = await kms.store.in(keys).get({ accountId, region }, KeyId)
      assert.equal(key?.grantCount ?? 0, live.size)
      await kms.store.close()
    }),
    runs(10),
  )
})

test('no grant allows what a Deny of the key policy or of an identity policy forbids', async () => {
  const denials = fc.record({
    in: fc.constantFrom('key policy' as const, 'identity policy' as const),
    action: fc.constantFrom('kms:*', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'),
    context: fc.option(pairs, { nil: undefined }),
  })
  const use = fc.record({ kind: fc.constant('use' as const), operation, user, context: pairs })
  await fc.assert(
    fc.asyncProperty(
      fc.array(modelGrant, { minLength: 1, maxLength: 4 }),
      denials,
      use,
      async (grants, denial, now) => {
        const names = Object.entries(denial.context ?? {})
        const deny = {
          ...{ Effect: 'Deny', Action: denial.action, Resource: '*' },
          ...(names.length > 0 && {
            Condition: {
              StringEquals: Object.fromEntries(names.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
            },
          }),
        }
        const inKeyPolicy = denial.in === 'key policy'
        const denied = { AWS: arnOf(users[now.user]) }
        const kms = await grantsFixture(...(inKeyPolicy ? [{ ...deny, Principal: denied }] : []))
        const everything = policyOf({ Effect: 'Allow', Action: '*', Resource: '*' }, ...(inKeyPolicy ? [] : [deny]))
        await kms.putUser(users[now.user], [everything])
        for (const { grantee: to, operations, equals, subset } of grants) {
          const GranteePrincipal = to === 'account' ? otherAccountId : arnOf(users[to])
          const Constraints = { EncryptionContextEquals: equals, EncryptionContextSubset: subset }
          await kms.call(
            'CreateGrant',
            { KeyId: kms.KeyId, Operations: operations, GranteePrincipal, Constraints },
            { caller: alice },
          )
        }
        const matchesAction = denial.action === 'kms:*' || denial.action === `kms:${now.operation}`
        const given = now.operation === 'DescribeKey' ? {} : now.context
        const isDenied = matchesAction && names.every(([name, value]) => given[name] === value)
        const expected = !isDenied && grants.some((grant) => allows(grant, now))
        assert.equal(await kms.isAllowed(now.operation, now.user, now.context), expected)
        await kms.store.close()
      },
    ),
    runs(20),
  )
})
