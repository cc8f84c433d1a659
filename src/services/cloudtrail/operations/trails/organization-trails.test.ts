import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeTrailsResponse } from '@aws-sdk/client-cloudtrail'
import { accountId, otherAccountId, region, stranger } from '../../../../testing/callers.ts'
import { iam } from '../../../iam/iam.ts'
import { organizations } from '../../../organizations/organizations.ts'
import { rootIn } from '../../../organizations/testing.ts'
import { bucketName, cloudtrailFixture } from '../../testing.ts'

const member = { caller: rootIn(otherAccountId) }
const principal = 'cloudtrail.amazonaws.com'
const create = { Name: 'all', S3BucketName: bucketName, IsOrganizationTrail: true, IsMultiRegionTrail: true }
const arn = `arn:aws:cloudtrail:${region}:${accountId}:trail/all`

/** An organization with the other account in it, and a bucket that lets CloudTrail deliver for all of it. */
async function organizationFixture({ trusted = true } = {}) {
  const fixture = await cloudtrailFixture({ modules: [organizations, iam] })
  const { call } = fixture
  const org = <R = Record<string, never>>(
    operation: string,
    input: object,
    as?: { caller: ReturnType<typeof rootIn> },
  ) => call('organizations', operation, input, as) as Promise<R>
  const { Organization } = await org<{ Organization: { Id: string } }>('CreateOrganization', {})
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: principal },
      Action: 's3:GetBucketAcl',
      Resource: `arn:aws:s3:::${bucketName}`,
    },
    {
      Effect: 'Allow',
      Principal: { Service: principal },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucketName}/AWSLogs/*`,
    },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await call('s3', 'PutBucketPolicy', { Bucket: bucketName, Policy })
  if (trusted) await org('EnableAWSServiceAccess', { ServicePrincipal: principal })
  return {
    ...fixture,
    org,
    organizationId: Organization.Id,
    join: async () => {
      const Target = { Id: otherAccountId, Type: 'ACCOUNT' }
      const { Handshake } = await org<{ Handshake: { Id: string } }>('InviteAccountToOrganization', { Target })
      await org('AcceptHandshake', { HandshakeId: Handshake.Id }, member)
    },
  }
}

const createUser = (UserName: string) => ['iam', 'CreateUser', { UserName }, { caller: stranger }] as const

test('scenario 51: an organization trail delivers the events of members, who see it and cannot stop it', async () => {
  const { trail, call, pass, events, organizationId, join } = await organizationFixture()
  await join()
  await trail('CreateTrail', create)
  await trail('StartLogging', { Name: 'all' })
  await call(...createUser('a'))
  await call('iam', 'CreateUser', { UserName: 'own' })
  await pass(5)
  const members = await events(`AWSLogs/${organizationId}/${otherAccountId}/CloudTrail/${region}/`)
  assert.deepEqual(
    members.map(({ eventName }) => eventName),
    ['CreateUser'],
  )
  const own = await events(`AWSLogs/${organizationId}/${accountId}/CloudTrail/${region}/`)
  assert.ok(own.some(({ eventName }) => eventName === 'CreateUser'))
  const seen = await trail<DescribeTrailsResponse>('DescribeTrails', {}, member)
  assert.deepEqual(
    seen.trailList?.map(({ TrailARN, IsOrganizationTrail }) => [TrailARN, IsOrganizationTrail]),
    [[arn, true]],
  )
  assert.deepEqual(await trail('DescribeTrails', { includeShadowTrails: false }, member), { trailList: [] })
  assert.equal((await trail('GetTrailStatus', { Name: arn }, member)).IsLogging, true)
  await assert.rejects(trail('GetTrail', { Name: 'all' }, member), { code: 'TrailNotFoundException' })
  for (const operation of ['StopLogging', 'DeleteTrail', 'UpdateTrail']) {
    const refused = { code: 'NotOrganizationMasterAccountException' }
    await assert.rejects(trail(operation, { Name: arn }, member), refused, operation)
  }
})

test('scenario 52: the events of an account are delivered from when it joins until it leaves', async () => {
  const { trail, call, pass, events, organizationId, join, org } = await organizationFixture()
  await trail('CreateTrail', create)
  await trail('StartLogging', { Name: 'all' })
  await call(...createUser('before'))
  await pass(5)
  await join()
  await pass(1)
  await call(...createUser('a'))
  await pass(5)
  const prefix = `AWSLogs/${organizationId}/${otherAccountId}/CloudTrail/${region}/`
  const users = async () =>
    (await events(prefix))
      .filter(({ eventName }) => eventName === 'CreateUser')
      .map((event) => event.requestParameters?.userName)
  assert.deepEqual(await users(), ['a'])
  await org('RemoveAccountFromOrganization', { AccountId: otherAccountId })
  await pass(1)
  await call(...createUser('after'))
  await pass(5)
  assert.deepEqual(await users(), ['a'])
  assert.deepEqual(await trail('DescribeTrails', {}, member), { trailList: [] })
})

test('scenario 53: the management account and delegated administrators create organization trails, which are the management account’s', async () => {
  const { trail, join } = await organizationFixture()
  await assert.rejects(trail('CreateTrail', create, member), { code: 'OrganizationsNotInUseException' })
  await join()
  await assert.rejects(trail('CreateTrail', create, member), { code: 'NotOrganizationMasterAccountException' })
  const register = { MemberAccountId: otherAccountId }
  await assert.rejects(trail('RegisterOrganizationDelegatedAdmin', register, member), {
    code: 'NotOrganizationManagementAccountException',
  })
  await assert.rejects(trail('RegisterOrganizationDelegatedAdmin', { MemberAccountId: accountId }), {
    code: 'CannotDelegateManagementAccountException',
  })
  await assert.rejects(trail('RegisterOrganizationDelegatedAdmin', { MemberAccountId: '999999999999' }), {
    code: 'AccountNotFoundException',
  })
  await trail('RegisterOrganizationDelegatedAdmin', register)
  await assert.rejects(trail('RegisterOrganizationDelegatedAdmin', register), { code: 'AccountRegisteredException' })
  const created = await trail('CreateTrail', create, member)
  assert.deepEqual([created.TrailARN, created.IsOrganizationTrail], [arn, true])
  await trail('StartLogging', { Name: arn }, member)
  assert.equal((await trail('GetTrailStatus', { Name: 'all' })).IsLogging, true)
  await assert.rejects(trail('UpdateTrail', { Name: arn, IsOrganizationTrail: false }, member), {
    code: 'NotOrganizationMasterAccountException',
  })
  await trail('DeregisterOrganizationDelegatedAdmin', { DelegatedAdminAccountId: otherAccountId })
  await assert.rejects(trail('DeregisterOrganizationDelegatedAdmin', { DelegatedAdminAccountId: otherAccountId }), {
    code: 'AccountNotRegisteredException',
  })
  await assert.rejects(trail('StopLogging', { Name: arn }, member), { code: 'NotOrganizationMasterAccountException' })
})

test('an organization trail needs trusted access, and a trail can be converted both ways', async () => {
  const { trail, org, call, pass, events, organizationId, join } = await organizationFixture({ trusted: false })
  await assert.rejects(trail('CreateTrail', create), { code: 'CloudTrailAccessNotEnabledException' })
  await org('EnableAWSServiceAccess', { ServicePrincipal: principal })
  await join()
  await trail('CreateTrail', { ...create, IsOrganizationTrail: false })
  await trail('StartLogging', { Name: 'all' })
  await call(...createUser('unseen'))
  await pass(5)
  assert.equal((await trail('UpdateTrail', { Name: 'all', IsOrganizationTrail: true })).IsOrganizationTrail, true)
  await call(...createUser('seen'))
  await pass(5)
  assert.equal((await events(`AWSLogs/${organizationId}/${otherAccountId}/`)).length, 1)
  await trail('UpdateTrail', { Name: 'all', IsOrganizationTrail: false })
  await call(...createUser('unseen-again'))
  await pass(5)
  assert.equal((await events(`AWSLogs/${organizationId}/${otherAccountId}/`)).length, 1)
})
