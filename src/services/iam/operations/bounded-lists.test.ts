import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countReads } from '../../../../test/fixtures/counted-reads.ts'
import { maxRowsLookedAt } from '../../../kit/bounded-list.ts'
import type { ManagedPolicy, User } from '../domain/entities.ts'
import { accountScope, policies, users } from '../storage/collections.ts'
import { accountId, allowEverything, type IamFixture, iamFixture, present } from '../testing.ts'

const nameOf = (index: number) => `n${String(index).padStart(5, '0')}`

/** Copies a user, or a policy, under so many other names. */
async function crowd(iam: IamFixture, count: number, change: (index: number) => { path: string }) {
  await iam.call('CreateUser', { UserName: 'first' })
  await iam.call('CreatePolicy', { PolicyName: 'first', PolicyDocument: allowEverything })
  const scope = accountScope(accountId)
  const user = present(await iam.store.in(users).get(scope, 'first'))
  const policy = present(await iam.store.in(policies).get(scope, 'first'))
  await iam.store.transaction(async (tx) => {
    for (let index = 0; index < count; index++) {
      const { path } = change(index)
      const name = nameOf(index)
      const copiedUser: User = { ...user, name, path, id: `AIDA${name}`, arn: user.arn.replace('first', name) }
      const arn = policy.arn.replace('/first', path + name)
      const copiedPolicy: ManagedPolicy = { ...policy, name, path, id: `ANPA${name}`, arn }
      await tx.in(users).put(scope, name, copiedUser)
      await tx.in(policies).put(scope, name, copiedPolicy)
    }
  })
}

interface ListPage {
  IsTruncated?: boolean
  Marker?: string
}

/** All pages of a list, of which each reads a bounded number of rows. */
async function boundedPages<P extends ListPage>(
  rowsRead: () => number,
  list: (Marker: string | undefined) => Promise<P>,
): Promise<P[]> {
  const pages: P[] = []
  for (let Marker: string | undefined; ; ) {
    rowsRead()
    const page = await list(Marker)
    assert.ok(rowsRead() <= maxRowsLookedAt + 250)
    pages.push(page)
    assert.equal(page.IsTruncated, page.Marker !== undefined)
    if (page.Marker === undefined) return pages
    Marker = page.Marker
  }
}

test('ListUsers looks at a bounded number of users where a prefix ends within the name of a folder', async () => {
  const iam = await iamFixture()
  await crowd(iam, 2500, (index) => ({ path: index === 2300 ? '/sales/' : '/support/' }))
  const rowsRead = countReads(iam.store)
  const pages = await boundedPages(rowsRead, (Marker) => iam.call('ListUsers', { PathPrefix: '/sa', Marker }))
  assert.deepEqual(
    pages.map(({ Users = [] }) => Users.map(({ UserName }) => UserName)),
    [[], [], [nameOf(2300)]],
  )
  rowsRead()
  const whole = await iam.call('ListUsers', { PathPrefix: '/sales/' })
  assert.equal(whole.Users?.length, 1)
  assert.equal(rowsRead(), 1)
})

test('ListPolicies looks at a bounded number of policies for those in use, and no other of AWS than these', async () => {
  const iam = await iamFixture()
  await crowd(iam, 1500, () => ({ path: '/many/' }))
  const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess'
  const PolicyArn = `arn:aws:iam::${accountId}:policy/many/${nameOf(1400)}`
  await iam.call('AttachUserPolicy', { UserName: 'first', PolicyArn })
  await iam.call('AttachUserPolicy', { UserName: 'first', PolicyArn: administrator })
  const rowsRead = countReads(iam.store)
  const pages = await boundedPages(rowsRead, (Marker) => iam.call('ListPolicies', { OnlyAttached: true, Marker }))
  const found = pages.flatMap(({ Policies = [] }) => Policies)
  assert.deepEqual(
    found.map(({ Arn, AttachmentCount }) => [Arn, AttachmentCount]),
    [
      [PolicyArn, 1],
      [administrator, 1],
    ],
  )
  rowsRead()
  await iam.call('ListPolicies', { OnlyAttached: true, Scope: 'AWS', PathPrefix: '/' })
  // The policy's uses, and whether a newer version was imported.
  assert.equal(rowsRead(), 2)
})

test('GetAccountAuthorizationDetails reads of AWS’s policies those in use, page by page', async () => {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'u' })
  for (const name of ['AdministratorAccess', 'AmazonS3FullAccess', 'AWSLambda_FullAccess']) {
    await iam.call('AttachUserPolicy', { UserName: 'u', PolicyArn: `arn:aws:iam::aws:policy/${name}` })
  }
  const names: (string | undefined)[] = []
  for (let Marker: string | undefined; ; ) {
    const page = await iam.call('GetAccountAuthorizationDetails', { MaxItems: 1, Filter: ['AWSManagedPolicy'], Marker })
    names.push(...(page.Policies ?? []).map(({ PolicyName }) => PolicyName))
    Marker = page.Marker
    if (Marker === undefined) break
  }
  assert.deepEqual(names, ['AWSLambda_FullAccess', 'AdministratorAccess', 'AmazonS3FullAccess'])
})
