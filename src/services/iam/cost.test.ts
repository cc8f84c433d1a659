import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionSpec, Store, Transaction } from '../../core/store.ts'
import type { iamOperations } from './iam-service.ts'
import { type IamFixture, iamFixture } from './testing.ts'

/** Counts the documents that a store hands out and takes, while it is watched. */
function watch(store: Pick<Store, 'in' | 'transaction'>) {
  const plain = { in: store.in.bind(store), transaction: store.transaction.bind(store) }
  let documents = 0
  const count = <R>(result: R): R => {
    documents += Array.isArray(result) ? result.length : 1
    return result
  }
  const counted = <C extends object>(collection: C): C =>
    new Proxy(collection, {
      get: (target, method) => {
        const original: unknown = Reflect.get(target, method)
        return typeof original === 'function'
          ? async (...parameters: unknown[]) => count(await Reflect.apply(original, target, parameters))
          : original
      },
    })
  store.in = <T>(spec: CollectionSpec<T>) => counted(plain.in(spec))
  store.transaction = (work) =>
    plain.transaction((tx) => {
      const inside: Transaction = {
        in: <T>(spec: CollectionSpec<T>) => counted(tx.in(spec)),
        sql: (service) => tx.sql(service),
        record: (record) => tx.record(record),
        schedule: (due) => tx.schedule(due),
        unschedule: (kind, key) => tx.unschedule(kind, key),
      }
      return work(inside)
    })
  return () => {
    Object.assign(store, plain)
    return documents
  }
}

async function documentsTouched(iam: IamFixture, name: keyof typeof iamOperations, input: object): Promise<number> {
  const end = watch(iam.store)
  await iam.call(name, input as never)
  return end()
}

test('What a call costs does not depend on how many users there are', async () => {
  const iam = await iamFixture()
  const calls: [keyof typeof iamOperations, object][] = [
    ['CreateUser', { UserName: 'new', Path: '/few/' }],
    ['GetUser', { UserName: 'new' }],
    ['ListUsers', { MaxItems: 3 }],
    ['ListUsers', { PathPrefix: '/few/' }],
    ['UpdateUser', { UserName: 'new', NewUserName: 'newer' }],
    ['CreateGroup', { GroupName: 'g' }],
    ['AddUserToGroup', { GroupName: 'g', UserName: 'newer' }],
    ['GetGroup', { GroupName: 'g' }],
    ['UpdateGroup', { GroupName: 'g', NewGroupName: 'h' }],
    ['AttachUserPolicy', { UserName: 'newer', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
    ['GetPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
    ['ListPolicies', { OnlyAttached: true }],
    ['GetAccountSummary', {}],
    ['GetAccountAuthorizationDetails', { MaxItems: 1 }],
    ['DetachUserPolicy', { UserName: 'newer', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
    ['RemoveUserFromGroup', { GroupName: 'h', UserName: 'newer' }],
    ['DeleteGroup', { GroupName: 'h' }],
    ['DeleteUser', { UserName: 'newer' }],
  ]
  const measure = async () => {
    const costs: [string, number][] = []
    for (const [name, input] of calls) costs.push([name, await documentsTouched(iam, name, input)])
    return costs
  }
  const crowd = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await iam.call('CreateUser', { UserName: `user-${i}`, Path: '/many/' })
      await iam.call('AttachUserPolicy', {
        UserName: `user-${i}`,
        PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      })
    }
  }
  await crowd(0, 5)
  const few = await measure()
  await crowd(5, 60)
  assert.deepEqual(await measure(), few)
})
