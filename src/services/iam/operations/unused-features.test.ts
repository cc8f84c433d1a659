import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOf } from '../../../../test/fixtures/call.ts'
import { accountId, administrator, iamFixture, present } from '../testing.ts'

const UserName = 'alice'
const aliceArn = `arn:aws:iam::${accountId}:user/team/alice`

async function withAlice() {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName, Path: '/team/' })
  await iam.call('AttachUserPolicy', { UserName, PolicyArn: administrator })
  const caller = callerOf({
    kind: 'user',
    accountId,
    arn: aliceArn,
    userId: present(User?.UserId),
    userName: UserName,
  })
  return { iam, caller }
}

const noUser = { code: 'NoSuchEntity', status: 404, message: 'The user with name absent cannot be found.' }
const badMarker = { code: 'ValidationError', message: 'Invalid Marker.' }

const listsOfUser = {
  ListMFADevices: 'MFADevices',
  ListSSHPublicKeys: 'SSHPublicKeys',
  ListSigningCertificates: 'Certificates',
  ListServiceSpecificCredentials: 'ServiceSpecificCredentials',
} as const

for (const [name, member] of Object.entries(listsOfUser)) {
  const operation = name as keyof typeof listsOfUser

  test(`${operation} is empty for a user who is there, named or calling, and for the root user`, async () => {
    const { iam, caller } = await withAlice()
    const none = { [member]: [], IsTruncated: false }
    assert.deepEqual(await iam.call(operation, { UserName }), none)
    assert.deepEqual(await iam.call(operation, {}, caller), none)
    assert.deepEqual(await iam.call(operation, {}), none)
    await assert.rejects(iam.call(operation, { UserName: 'absent' }), noUser)
    await assert.rejects(iam.call(operation, { UserName, Marker: 'x' }), badMarker)
    await assert.rejects(iam.call(operation, { UserName: 'a b' }), { code: 'ValidationError', message: /for userName/ })
  })

  test(`${operation} asks for the user that it is about`, async () => {
    const { iam } = await withAlice()
    const [permission] = await iam.permissions(operation, { UserName })
    assert.deepEqual([permission?.action, permission?.resource], [`iam:${operation}`, aliceArn])
  })
}

test('ListServiceSpecificCredentials of all users asks for all of them', async () => {
  const { iam } = await withAlice()
  assert.deepEqual(await iam.permissions('ListServiceSpecificCredentials', { AllUsers: true }), [
    { action: 'iam:ListServiceSpecificCredentials', resource: `arn:aws:iam::${accountId}:user/*` },
  ])
  assert.deepEqual(await iam.call('ListServiceSpecificCredentials', { AllUsers: true }), {
    ServiceSpecificCredentials: [],
    IsTruncated: false,
  })
})

for (const operation of ['GetLoginProfile', 'DeleteLoginProfile'] as const) {
  test(`${operation} says whether the user is missing or its password`, async () => {
    const { iam, caller } = await withAlice()
    const noProfile = { code: 'NoSuchEntity', status: 404, message: 'Login Profile for User alice cannot be found.' }
    await assert.rejects(iam.call(operation, { UserName }), noProfile)
    await assert.rejects(iam.call(operation, {}, caller), noProfile)
    await assert.rejects(iam.call(operation, { UserName: 'absent' }), noUser)
    await assert.rejects(iam.call(operation, {}), { code: 'ValidationError', message: /^Must specify userName/ })
  })
}

test('GetMFADevice and GetSSHPublicKey find nothing with a user who is there', async () => {
  const { iam } = await withAlice()
  const SerialNumber = `arn:aws:iam::${accountId}:mfa/phone`
  await assert.rejects(iam.call('GetMFADevice', { UserName, SerialNumber }), {
    code: 'NoSuchEntity',
    message: `VirtualMFADevice with serial number ${SerialNumber} doesn't exist.`,
  })
  const key = { SSHPublicKeyId: 'APKAIOSFODNN7EXAMPLE', Encoding: 'SSH' } as const
  await assert.rejects(iam.call('GetSSHPublicKey', { UserName, ...key }), {
    code: 'NoSuchEntity',
    message: 'The Public Key with id APKAIOSFODNN7EXAMPLE cannot be found.',
  })
  await assert.rejects(iam.call('GetMFADevice', { UserName: 'absent', SerialNumber }), noUser)
  await assert.rejects(iam.call('GetSSHPublicKey', { UserName: 'absent', ...key }), noUser)
})

test('lists of what an account cannot have are empty, and take no marker and no path that is none', async () => {
  const iam = await iamFixture()
  assert.deepEqual(await iam.call('ListSAMLProviders', {}), { SAMLProviderList: [] })
  assert.deepEqual(await iam.call('ListOpenIDConnectProviders', {}), { OpenIDConnectProviderList: [] })
  const noDevices = { VirtualMFADevices: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListVirtualMFADevices', { AssignmentStatus: 'Assigned' }), noDevices)
  const noCertificates = { ServerCertificateMetadataList: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListServerCertificates', { PathPrefix: '/a/' }), noCertificates)
  await assert.rejects(iam.call('ListServerCertificates', { PathPrefix: 'a' }), { code: 'ValidationError' })
  await assert.rejects(iam.call('ListServerCertificates', { Marker: 'x' }), badMarker)
  await assert.rejects(iam.call('ListVirtualMFADevices', { Marker: 'x' }), badMarker)
})

test('what an account cannot have is not found under any name', async () => {
  const iam = await iamFixture()
  const arnOf = (kind: string) => `arn:aws:iam::${accountId}:${kind}/x`
  const oidc = { OpenIDConnectProviderArn: arnOf('oidc-provider') }
  const saml = { SAMLProviderArn: arnOf('saml-provider') }
  const ServerCertificateName = 'x'
  const SerialNumber = arnOf('mfa')
  for (const [answer, message] of [
    [iam.call('GetOpenIDConnectProvider', oidc), /^OpenIDConnect Provider not found for arn arn:aws:iam::\d+:oidc-p/],
    [iam.call('ListOpenIDConnectProviderTags', oidc), /^OpenIDConnect Provider not found/],
    [iam.call('GetSAMLProvider', saml), /arn:aws:iam::\d+:saml-provider\/x$/],
    [iam.call('ListSAMLProviderTags', saml), /saml-provider\/x$/],
    [
      iam.call('GetServerCertificate', { ServerCertificateName }),
      /^The Server Certificate with name x cannot be found/,
    ],
    [iam.call('ListServerCertificateTags', { ServerCertificateName }), /^The Server Certificate with name x/],
    [iam.call('ListMFADeviceTags', { SerialNumber }), /^VirtualMFADevice with serial number arn:aws:iam::/],
    [iam.call('GetAccountPasswordPolicy', {}), `The Password Policy with domain name ${accountId} cannot be found.`],
    [iam.call('DeleteAccountPasswordPolicy', {}), /^The Password Policy with domain name/],
  ] as const) {
    await assert.rejects(answer, { code: 'NoSuchEntity', status: 404, message })
  }
  await assert.rejects(iam.call('GetCredentialReport', {}), { code: 'ReportNotPresent', status: 410 })
  await assert.rejects(iam.call('ListOrganizationsFeatures', {}), {
    code: 'OrganizationNotFoundException',
    status: 400,
  })
})

test('providers, certificates and devices are asked for by their ARNs, and what is not an ARN of the kind is refused', async () => {
  const iam = await iamFixture()
  const arn = `arn:aws:iam::${accountId}:saml-provider/x`
  assert.deepEqual(await iam.permissions('GetSAMLProvider', { SAMLProviderArn: arn }), [
    { action: 'iam:GetSAMLProvider', resource: arn, resourceAccountId: accountId },
  ])
  const [certificate] = await iam.permissions('GetServerCertificate', { ServerCertificateName: 'x' })
  assert.equal(certificate?.resource, `arn:aws:iam::${accountId}:server-certificate/x`)
  const [hardware] = await iam.permissions('ListMFADeviceTags', { SerialNumber: 'GAHT12345678' })
  assert.equal(hardware?.resource, `arn:aws:iam::${accountId}:mfa/GAHT12345678`)
  await assert.rejects(iam.call('GetSAMLProvider', { SAMLProviderArn: 'text-that-is-long-enough' }), {
    code: 'ValidationError',
    message: 'Invalid ARN:  Could not be parsed!',
  })
  await assert.rejects(iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }), {
    code: 'ValidationError',
    message: `ARN ${arn} is not valid.`,
  })
})
