import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionSpec } from '../../../core/store.ts'
import { accountId, allow, deny, type IamFixture, iamFixture, policyOf, present } from '../testing.ts'
import { accountScope, type Reader, users } from './collections.ts'
import { findById, getEntity, groupKind, groupsOf, userKind } from './entity-store.ts'
import { collectPolicies, policiesOfUser } from './policy-sets.ts'

/** A reader with which something else is committed after its first read of a collection. */
function interrupted(iam: IamFixture, collection: string, commit: () => Promise<unknown>): Reader {
  let done = false
  return {
    in<T>(spec: CollectionSpec<T>) {
      const reader = iam.store.in(spec)
      return {
        list: (scope, options) => reader.list(scope, options),
        listOrdered: (scope, options) => reader.listOrdered(scope, options),
        listPlaces: (scope, options) => reader.listPlaces(scope, options),
        count: (scope, options) => reader.count(scope, options),
        async get(scope, id) {
          const document = await reader.get(scope, id)
          if (spec.name !== collection || done) return document
          done = true
          await commit()
          return document
        },
      }
    },
  }
}

test('A group that is renamed between two reads is still found, and not who has its name then', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice' })
  const { Group } = await iam.call('CreateGroup', { GroupName: 'old' })
  await iam.call('AddUserToGroup', { GroupName: 'old', UserName: 'alice' })
  const alice = await getEntity(iam.store, userKind, accountId, 'alice')
  const reader = interrupted(iam, 'iam.entity-ids', async () => {
    await iam.call('UpdateGroup', { GroupName: 'old', NewGroupName: 'new' })
    await iam.call('CreateGroup', { GroupName: 'old' })
  })
  const found = await groupsOf(reader, accountId, alice)
  assert.deepEqual(
    found.map(({ id, name }) => [id, name]),
    [[Group?.GroupId, 'new']],
  )
})

test('A user who is deleted between two reads is not found', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  const reader = interrupted(iam, 'iam.entity-ids', async () => {
    await iam.call('DeleteUser', { UserName: 'alice' })
    await iam.call('CreateUser', { UserName: 'alice' })
  })
  assert.equal(await findById(reader, userKind, accountId, present(User?.UserId)), undefined)
})

test('An id under a name that belongs to another user is a fault, and not that user', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  const { User: bob } = await iam.call('CreateUser', { UserName: 'bob' })
  const scope = accountScope(accountId)
  const bobs = present(await iam.store.in(users).get(scope, 'bob'))
  await iam.store.transaction((tx) => tx.in(users).put(scope, 'alice', bobs))
  assert.equal((await findById(iam.store, userKind, accountId, present(bob?.UserId)))?.name, 'bob')
  await assert.rejects(
    async () => findById(iam.store, userKind, accountId, present(User?.UserId)),
    /is not under the name/,
  )
})

test('A policy that is replaced and deleted between two reads leaves the one in its place', async () => {
  const iam = await iamFixture()
  const arnOf = async (PolicyName: string, statement: object) => {
    const { Policy } = await iam.call('CreatePolicy', { PolicyName, PolicyDocument: policyOf(statement) })
    return present(Policy?.Arn)
  }
  const [first, second] = [await arnOf('first', allow('s3:*')), await arnOf('second', deny('s3:*'))]
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: first })
  const reader = interrupted(iam, 'iam.users', async () => {
    await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: second })
    await iam.call('DetachUserPolicy', { UserName: 'alice', PolicyArn: first })
    await iam.call('DeletePolicy', { PolicyArn: first })
  })
  const found = await collectPolicies(async () =>
    policiesOfUser(reader, accountId, await getEntity(reader, userKind, accountId, 'alice')),
  )
  assert.deepEqual(
    found.map(({ name }) => name),
    ['second'],
  )
})

test('A policy that stays missing is a fault, and nothing is decided without it', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice' })
  const alice = await getEntity(iam.store, userKind, accountId, 'alice')
  const broken = { ...alice, attachedPolicies: [`arn:aws:iam::${accountId}:policy/gone`] }
  const collecting = async () => collectPolicies(() => policiesOfUser(iam.store, accountId, broken))
  await assert.rejects(collecting, /is in use and missing/)
  // Absence is known by then, and thrown without a promise.
  await assert.rejects(collecting, /is in use and missing/)
})

test('A group is not found as a user', async () => {
  const iam = await iamFixture()
  const { Group } = await iam.call('CreateGroup', { GroupName: 'g' })
  const id = present(Group?.GroupId)
  assert.equal(await findById(iam.store, userKind, accountId, id), undefined)
  assert.equal((await findById(iam.store, groupKind, accountId, id))?.name, 'g')
})
