import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../../../core/durations.ts'
import { accountId, organizationsFixture, otherAccountId, rootIn } from '../testing.ts'

test('CreateAccount makes an account of the server, with the role by which the management account gets in', async () => {
  const { org, call, store, settle, lastRecord, organizations, rootId } = await organizationsFixture()
  await org('CreateOrganization', {})
  const { CreateAccountStatus: asked } = await org('CreateAccount', {
    ...{ AccountName: 'Payments', Email: 'pay@example.com', Tags: [{ Key: 'team', Value: 'red' }] },
  })
  assert.equal(asked?.State, 'IN_PROGRESS')
  assert.match(asked.Id ?? '', /^car-[0-9a-f]{32}$/)
  assert.equal(asked.AccountId, undefined)
  assert.deepEqual(lastRecord().requestParameters, {
    ...{ email: '****', accountName: '****', tags: [{ key: 'team', value: 'red' }] },
  })
  await settle()
  const CreateAccountRequestId = asked.Id ?? ''
  const { CreateAccountStatus: done } = await org('DescribeCreateAccountStatus', { CreateAccountRequestId })
  assert.equal(done?.State, 'SUCCEEDED')
  const AccountId = done.AccountId ?? ''
  const { Account } = await org('DescribeAccount', { AccountId })
  const organization = await organizations.describe(accountId)
  const root = await rootId()
  assert.deepEqual(
    { ...Account, JoinedTimestamp: undefined },
    {
      ...{ Id: AccountId, Arn: `arn:aws:organizations::${accountId}:account/${organization?.id}/${AccountId}` },
      ...{ Email: 'pay@example.com', Name: 'Payments', Status: 'ACTIVE', State: 'ACTIVE', JoinedMethod: 'CREATED' },
      ...{ Paths: [`${organization?.id}/${root}/${AccountId}/`], JoinedTimestamp: undefined },
    },
  )
  assert.deepEqual((await org('ListTagsForResource', { ResourceId: AccountId })).Tags, [{ Key: 'team', Value: 'red' }])
  const RoleName = 'OrganizationAccountAccessRole'
  const { Role } = (await call('iam', 'GetRole', { RoleName }, { caller: rootIn(AccountId) })) as {
    Role: { Arn: string; AssumeRolePolicyDocument: string }
  }
  assert.equal(Role.Arn, `arn:aws:iam::${AccountId}:role/${RoleName}`)
  assert.match(decodeURIComponent(Role.AssumeRolePolicyDocument), new RegExp(`arn:aws:iam::${accountId}:root`))
  const made = store.records.find(({ eventName }) => eventName === 'CreateRole')
  assert.equal(made?.recipientAccountId, AccountId)
  assert.equal(made.userIdentity.invokedBy, 'organizations.amazonaws.com')
  const result = store.records.find(({ eventName }) => eventName === 'CreateAccountResult')
  assert.equal(result?.eventType, 'AwsServiceEvent')
  assert.equal(result.recipientAccountId, accountId)
  const details = result.serviceEventDetails?.createAccountStatus as Record<string, string>
  assert.deepEqual([details.state, details.accountId, details.id], ['SUCCEEDED', AccountId, asked.Id])
})

test('CreateAccount fails behind the request where the address is taken, and at once where the quota is reached', async () => {
  const { org, account, settle } = await organizationsFixture()
  await org('CreateOrganization', {})
  await account('one')
  const { CreateAccountStatus } = await org('CreateAccount', { AccountName: 'again', Email: 'ONE@example.com' })
  await settle()
  const { CreateAccountStatuses } = await org('ListCreateAccountStatus', { States: ['FAILED'] })
  assert.deepEqual(
    CreateAccountStatuses?.map(({ Id, FailureReason, AccountId }) => ({ Id, FailureReason, AccountId })),
    [{ Id: CreateAccountStatus?.Id, FailureReason: 'EMAIL_ALREADY_EXISTS', AccountId: undefined }],
  )
  for (let each = 2; each < 10; each++) await account(`account-${each}`)
  await assert.rejects(org('CreateAccount', { AccountName: 'x', Email: 'x@example.com' }), {
    ...{ code: 'ConstraintViolationException', members: { Reason: 'ACCOUNT_NUMBER_LIMIT_EXCEEDED' } },
  })
  assert.equal((await org('ListAccounts', {})).Accounts?.length, 10)
})

test('a role that the account has already, of an attempt that was cut off, does not keep the account from being made', async () => {
  let cut = true
  const { org, settle, advance } = await organizationsFixture({
    wrapWork: (runner) => async (work) => {
      const change = await runner(work)
      if (!cut) return change
      cut = false
      throw new Error('cut off before the last step')
    },
  })
  await org('CreateOrganization', {})
  const { CreateAccountStatus } = await org('CreateAccount', { AccountName: 'one', Email: 'one@example.com' })
  await settle()
  const CreateAccountRequestId = CreateAccountStatus?.Id ?? ''
  const status = async () => (await org('DescribeCreateAccountStatus', { CreateAccountRequestId })).CreateAccountStatus
  assert.equal((await status())?.State, 'IN_PROGRESS')
  await advance(dayMs)
  assert.equal((await status())?.State, 'SUCCEEDED')
  assert.equal((await org('ListAccounts', {})).Accounts?.length, 2)
})

test('accounts are moved between parents, and listed by them in pages', async () => {
  const { org, organization, unit, account } = await organizationsFixture()
  const root = await organization()
  const parent = await unit(root, 'a')
  const ids = [await account('one'), await account('two'), await account('three')].sort()
  for (const AccountId of ids) {
    await org('MoveAccount', { AccountId, SourceParentId: root, DestinationParentId: parent })
  }
  const listed: string[] = []
  let NextToken: string | undefined
  do {
    const page = await org('ListAccountsForParent', { ParentId: parent, MaxResults: 2, NextToken })
    listed.push(...(page.Accounts ?? []).map(({ Id = '' }) => Id))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  assert.deepEqual(listed, ids)
  const [first = ''] = ids
  assert.deepEqual((await org('ListParents', { ChildId: first })).Parents, [
    { Id: parent, Type: 'ORGANIZATIONAL_UNIT' },
  ])
  assert.deepEqual((await org('ListParents', { ChildId: parent })).Parents, [{ Id: root, Type: 'ROOT' }])
  const children = await org('ListChildren', { ParentId: parent, ChildType: 'ACCOUNT' })
  assert.deepEqual(
    children.Children?.map(({ Id }) => Id),
    ids,
  )
  assert.deepEqual((await org('ListChildren', { ParentId: root, ChildType: 'ORGANIZATIONAL_UNIT' })).Children, [
    { Id: parent, Type: 'ORGANIZATIONAL_UNIT' },
  ])
  const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
    org('MoveAccount', { AccountId, SourceParentId, DestinationParentId })
  const unknown = `ou-${root.slice(2)}-zzzzzzzz`
  await assert.rejects(move(first, parent, parent), { code: 'DuplicateAccountException' })
  await assert.rejects(move(first, root, parent), { code: 'DuplicateAccountException' })
  await assert.rejects(move(first, unknown, root), { code: 'SourceParentNotFoundException' })
  await assert.rejects(move(first, parent, unknown), { code: 'DestinationParentNotFoundException' })
  await assert.rejects(move('999999999999', parent, root), { code: 'AccountNotFoundException' })
})

test('an account leaves or is removed, but the management account stays, and one that was created for seven days', async () => {
  const { org, organization, account, advance, organizations, joinOther } = await organizationsFixture()
  await organization()
  await org('LeaveOrganization', {}, rootIn(otherAccountId))
  assert.equal(await organizations.organizationOf(otherAccountId), undefined)
  await joinOther()
  await org('RemoveAccountFromOrganization', { AccountId: otherAccountId })
  await assert.rejects(org('RemoveAccountFromOrganization', { AccountId: accountId }), {
    code: 'MasterCannotLeaveOrganizationException',
  })
  await assert.rejects(org('LeaveOrganization', {}), { code: 'MasterCannotLeaveOrganizationException' })
  const created = await account('one')
  await assert.rejects(org('RemoveAccountFromOrganization', { AccountId: created }), {
    ...{ code: 'ConstraintViolationException', members: { Reason: 'WAIT_PERIOD_ACTIVE' } },
  })
  await advance(7 * dayMs)
  await org('RemoveAccountFromOrganization', { AccountId: created })
  assert.deepEqual(
    (await org('ListAccounts', {})).Accounts?.map(({ Id }) => Id),
    [accountId],
  )
})

test('a closed account stays, suspended, and no principal of it may do anything', async () => {
  const { org, organization, call } = await organizationsFixture()
  await organization()
  const listUsers = () => call('iam', 'ListUsers', {}, { caller: rootIn(otherAccountId) })
  await listUsers()
  await assert.rejects(org('CloseAccount', { AccountId: accountId }), {
    ...{ code: 'ConstraintViolationException', members: { Reason: 'CANNOT_CLOSE_MANAGEMENT_ACCOUNT' } },
  })
  await org('CloseAccount', { AccountId: otherAccountId })
  await assert.rejects(org('CloseAccount', { AccountId: otherAccountId }), { code: 'AccountAlreadyClosedException' })
  assert.equal((await org('DescribeAccount', { AccountId: otherAccountId })).Account?.State, 'SUSPENDED')
  await assert.rejects(listUsers(), { code: /AccessDenied/ })
})

test('the interface for services knows who was a member when, and what the organization is', async () => {
  const { org, organization, organizations, advance, clock, joinOther } = await organizationsFixture()
  const beforeMs = clock.nowMs() - 1
  await organization()
  const joinedAtMs = clock.nowMs()
  await advance(1000)
  await org('RemoveAccountFromOrganization', { AccountId: otherAccountId })
  const leftAtMs = clock.nowMs()
  await advance(1000)
  await joinOther()
  const member = async (atMs: number) => (await organizations.membershipAt(otherAccountId, atMs))?.joinedAtMs
  assert.equal(await member(beforeMs), undefined)
  assert.equal(await member(joinedAtMs), joinedAtMs)
  assert.equal(await member(leftAtMs - 1), joinedAtMs)
  assert.equal(await member(leftAtMs), undefined)
  assert.equal(await member(leftAtMs + 999), undefined)
  assert.equal(await member(leftAtMs + 1000), leftAtMs + 1000)
  const described = await organizations.describe(otherAccountId)
  assert.equal(described?.managementAccountId, accountId)
  assert.equal(described.hasAllFeatures, true)
  const first = await organizations.memberships(described.id, { limit: 2 })
  const rest = await organizations.memberships(described.id, { limit: 2, afterId: first.at(-1)?.id ?? '' })
  assert.deepEqual(
    [...first, ...rest].map(({ membership: { accountId: id, leftAtMs: end } }) => [id, end]),
    [
      [accountId, undefined],
      [otherAccountId, leftAtMs],
      [otherAccountId, undefined],
    ],
  )
})
