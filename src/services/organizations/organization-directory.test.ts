import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { CollectionReader, CollectionSpec, DocumentReader } from '../../core/store.ts'
import { createOrganizationDirectory } from './organization-directory.ts'
import { accountId, organizationsFixture, otherAccountId, statement } from './testing.ts'

/** A store whose reads of documents take a while: before each of them something may happen. */
function slowly(store: DocumentReader, before: () => Promise<void>): DocumentReader {
  return {
    in: <T>(spec: CollectionSpec<T>): CollectionReader<T> => {
      const reader = store.in(spec)
      const get: CollectionReader<T>['get'] = async (scope, id) => {
        await before()
        return reader.get(scope, id)
      }
      return new Proxy(reader, {
        get: (target, name) => (name === 'get' ? get : Reflect.get(target, name).bind(target)),
      })
    },
  }
}

test('a change in the middle of a look-up is in the answer as a whole or not at all, and in the next one, whichever read it comes before', async () => {
  const { org, organization, policy, unit, store } = await organizationsFixture()
  const root = await organization('SERVICE_CONTROL_POLICY')
  const inner = await unit(root, 'a')
  const PolicyId = await policy('SERVICE_CONTROL_POLICY', statement({ Action: 's3:*' }))
  const move = (SourceParentId: string, DestinationParentId: string) =>
    org('MoveAccount', { AccountId: otherAccountId, SourceParentId, DestinationParentId })
  const fresh = async () => createOrganizationDirectory(store).organizationOf(otherAccountId)
  const changes = [
    () => org('AttachPolicy', { PolicyId, TargetId: inner }),
    () => move(root, inner),
    () => org('UpdatePolicy', { PolicyId, Content: JSON.stringify(statement({ Action: 'kms:*' })) }),
    () => org('DetachPolicy', { PolicyId, TargetId: inner }),
    () => move(inner, root),
  ]
  for (let read = 1; read <= 30; read++) {
    for (const change of changes) {
      let reads = 0
      const before = await fresh()
      const directory = createOrganizationDirectory(
        slowly(store, async () => {
          reads++
          if (reads === read) await change()
        }),
      )
      const meanwhile = await directory.organizationOf(otherAccountId)
      if (reads < read) await change()
      reads = 1000
      const after = await fresh()
      assert.ok([before, after].some((whole) => isDeepStrictEqual(meanwhile, whole)))
      assert.deepEqual(await directory.organizationOf(otherAccountId), after)
    }
    await org('UpdatePolicy', { PolicyId, Content: JSON.stringify(statement({ Action: 's3:*' })) })
  }
})

test('an account is asked for once where it is in no organization, and a known member by two reads', async () => {
  const { organization, store } = await organizationsFixture()
  let reads = 0
  const directory = createOrganizationDirectory(
    slowly(store, async () => {
      reads++
    }),
  )
  const readsOf = async (account: string) => {
    reads = 0
    await directory.organizationOf(account)
    return reads
  }
  assert.equal(await readsOf(otherAccountId), 1)
  await organization('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')
  assert.ok((await readsOf(otherAccountId)) > 2)
  assert.equal(await readsOf(otherAccountId), 2)
  await readsOf(accountId)
  assert.equal(await readsOf(accountId), 2)
})

test('an organization that changes with every read is not read in part', async () => {
  const { org, organization, store } = await organizationsFixture()
  const root = await organization('SERVICE_CONTROL_POLICY')
  let names = 0
  const directory = createOrganizationDirectory(
    slowly(store, async () => {
      await org('CreateOrganizationalUnit', { ParentId: root, Name: `unit-${++names}` })
    }),
  )
  await assert.rejects(async () => directory.organizationOf(otherAccountId), { name: 'StoreUnavailableError' })
})
