import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId, allowEverything, iamFixture, otherAccountId, policyOf, present, trusting } from '../testing.ts'

const RoleName = 'deployer'
const AssumeRolePolicyDocument = trusting({ Service: 'ec2.amazonaws.com' })

const notFound = { code: 'NoSuchEntity', status: 404, message: 'The role with name deployer cannot be found.' }

test('CreateRole leaves out what GetRole shows: description, session duration and last use', async () => {
  const iam = await iamFixture()
  const { Role } = await iam.call('CreateRole', {
    RoleName,
    Path: '/ci/',
    AssumeRolePolicyDocument,
    Description: 'ships',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  const { RoleId, ...rest } = present(Role)
  assert.match(present(RoleId), /^AROARTX3GSDS[Q-Z2-7][A-Z2-7]{8}$/)
  assert.deepEqual(rest, {
    RoleName,
    Path: '/ci/',
    Arn: `arn:aws:iam::${accountId}:role/ci/${RoleName}`,
    CreateDate: iam.clock.now(),
    AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument).replaceAll('*', '%2A'),
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  const shown = (await iam.call('GetRole', { RoleName: 'DEPLOYER' })).Role
  assert.deepEqual(shown, { ...Role, Description: 'ships', MaxSessionDuration: 7200, RoleLastUsed: {} })
})

test('CreateRole gives sessions of an hour when nothing is said', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const { Role } = await iam.call('GetRole', { RoleName })
  assert.equal(Role?.MaxSessionDuration, 3600)
  assert.equal(Role !== undefined && 'Description' in Role, false)
})

test('CreateRole refuses a name that is taken and the path of service-linked roles', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  await assert.rejects(iam.call('CreateRole', { RoleName: 'Deployer', AssumeRolePolicyDocument }), {
    code: 'EntityAlreadyExists',
    message: 'Role with name Deployer already exists.',
  })
  const Path = '/aws-service-role/ec2.amazonaws.com/'
  await assert.rejects(iam.call('CreateRole', { RoleName: 'x', Path, AssumeRolePolicyDocument }), {
    code: 'InvalidInput',
  })
})

test('CreateRole refuses a trust policy that names a principal that does not exist', async () => {
  const iam = await iamFixture()
  const absent = [
    `arn:aws:iam::${accountId}:user/absent`,
    `arn:aws:iam::${accountId}:role/absent`,
    `arn:aws:iam::${otherAccountId}:user/absent`,
    `arn:aws:iam::${accountId}:group/g`,
    'AIDARTX3GSDSQAAAAAAAA',
  ]
  for (const principal of absent) {
    await assert.rejects(iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ AWS: principal }) }), {
      code: 'MalformedPolicyDocument',
      status: 400,
      message: `Invalid principal in policy: "AWS":"${principal}"`,
    })
  }
})

test('CreateRole and UpdateAssumeRolePolicy refuse a service of no such form, and canonical users', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  for (const [principal, shown] of [
    [{ Service: ['ec2.amazonaws.com', 'nonsense'] }, '"SERVICE":"nonsense"'],
    [{ Service: '' }, '"SERVICE":""'],
    [{ CanonicalUser: 'x', AWS: '*' }, '"CANONICALUSER":"x"'],
  ] as const) {
    const refusal = { code: 'MalformedPolicyDocument', status: 400, message: `Invalid principal in policy: ${shown}` }
    const document = trusting(principal)
    await assert.rejects(iam.call('CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: document }), refusal)
    await assert.rejects(iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: document }), refusal)
  }
})

test('CreateRole takes accounts, sessions and * without a look-up, and accounts by their ARNs', async () => {
  const iam = await iamFixture()
  const principals = [
    '*',
    'arn:aws:iam::999988887777:root',
    '999988887777',
    'arn:aws:sts::999988887777:assumed-role/r/session',
    'arn:aws:sts::999988887777:federated-user/fred',
  ]
  const document = trusting({ AWS: principals })
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: document })
  const { Role } = await iam.call('GetRole', { RoleName })
  const shown = trusting({ AWS: principals.with(2, 'arn:aws:iam::999988887777:root') })
  assert.equal(decodeURIComponent(present(Role?.AssumeRolePolicyDocument)), shown)
})

test('CreateRole refuses a trust policy of more than 2,048 characters, white space left out', async () => {
  const iam = await iamFixture()
  const padded = (sids: number) =>
    policyOf({
      Sid: 'x'.repeat(sids),
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    })
  const fixed = padded(0).length
  const largest = padded(2048 - fixed)
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(JSON.parse(largest), null, 4) })
  await assert.rejects(iam.call('CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: padded(2049 - fixed) }), {
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for ACLSizePerRole: 2048',
  })
})

test('CreateRole refuses a policy that is not a trust policy', async () => {
  const iam = await iamFixture()
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }
  const refusals: [string, string][] = [
    ['{', 'This policy contains invalid Json'],
    [policyOf({ ...statement, Resource: '*' }), 'Has prohibited field Resource'],
    [policyOf({ ...statement, Principal: undefined }), 'Missing required field Principal'],
    [policyOf({ ...statement, Action: 's3:GetObject' }), 'AssumeRole policy may only specify STS AssumeRole actions.'],
  ]
  for (const [document, message] of refusals) {
    await assert.rejects(iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: document }), {
      code: 'MalformedPolicyDocument',
      message,
    })
  }
})

test('GetRole shows the id of a trusted user who was deleted, also when another user has the name', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ AWS: present(User?.Arn) }) })
  await iam.call('DeleteUser', { UserName: 'alice' })
  await iam.call('CreateUser', { UserName: 'alice' })
  const { Role } = await iam.call('GetRole', { RoleName })
  const shown = decodeURIComponent(present(Role?.AssumeRolePolicyDocument))
  assert.deepEqual(JSON.parse(shown), JSON.parse(trusting({ AWS: present(User?.UserId) })))
  assert.equal((await iam.call('ListRoles', {})).Roles?.[0]?.AssumeRolePolicyDocument, Role?.AssumeRolePolicyDocument)
  assert.equal((await iam.directory.findRole(present(Role?.Arn)))?.trustPolicy, shown)
  await assert.rejects(iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: shown }), {
    code: 'MalformedPolicyDocument',
    message: `Invalid principal in policy: "AWS":"${User?.UserId}"`,
  })
})

test('GetRole follows a trusted user to a new name', async () => {
  const iam = await iamFixture()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting({ AWS: present(User?.Arn) }) })
  await iam.call('UpdateUser', { UserName: 'alice', NewUserName: 'alicia' })
  await iam.call('CreateUser', { UserName: 'alice' })
  const { Role } = await iam.call('GetRole', { RoleName })
  const shown = JSON.parse(decodeURIComponent(present(Role?.AssumeRolePolicyDocument)))
  assert.deepEqual(shown.Statement[0].Principal, { AWS: `arn:aws:iam::${accountId}:user/alicia` })
})

test('UpdateRole changes what is given and leaves the rest', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument, Description: 'a' })
  assert.deepEqual(await iam.call('UpdateRole', { RoleName, MaxSessionDuration: 43200 }), {})
  await iam.call('UpdateRole', { RoleName })
  const { Role } = await iam.call('GetRole', { RoleName })
  assert.deepEqual([Role?.Description, Role?.MaxSessionDuration], ['a', 43200])
  await iam.call('UpdateRole', { RoleName, Description: '' })
  assert.equal((await iam.call('GetRole', { RoleName })).Role?.Description, '')
})

test('UpdateRoleDescription answers the role with its new description', async () => {
  const iam = await iamFixture()
  const { Role } = await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const updated = await iam.call('UpdateRoleDescription', { RoleName, Description: 'new' })
  assert.deepEqual(updated, { Role: { ...Role, Description: 'new' } })
})

test('UpdateAssumeRolePolicy replaces the trust policy and binds it anew', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const PolicyDocument = trusting({ AWS: `arn:aws:iam::${accountId}:root` })
  await iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument })
  const { Role } = await iam.call('GetRole', { RoleName })
  assert.equal(decodeURIComponent(present(Role?.AssumeRolePolicyDocument)), PolicyDocument)
  await assert.rejects(iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: '{' }), {
    code: 'MalformedPolicyDocument',
    message: 'This policy contains invalid Json',
  })
})

test('Operations on a role that is not there say so', async () => {
  const iam = await iamFixture()
  await assert.rejects(iam.call('GetRole', { RoleName }), notFound)
  await assert.rejects(iam.call('UpdateRole', { RoleName }), notFound)
  await assert.rejects(iam.call('UpdateRoleDescription', { RoleName, Description: '' }), notFound)
  await assert.rejects(
    iam.call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: AssumeRolePolicyDocument }),
    notFound,
  )
  await assert.rejects(iam.call('DeleteRole', { RoleName }), notFound)
})

test('ListRoles shows description and duration, and neither tags nor last use', async () => {
  const iam = await iamFixture()
  const Tags = [{ Key: 'k', Value: 'v' }]
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument, Path: '/a/', Description: 'd', Tags })
  await iam.call('CreateRole', { RoleName: 'other', AssumeRolePolicyDocument, Path: '/b/' })
  const { Roles } = await iam.call('ListRoles', { PathPrefix: '/a' })
  assert.equal(Roles?.length, 1)
  const keys = [
    'Arn',
    'AssumeRolePolicyDocument',
    'CreateDate',
    'Description',
    'MaxSessionDuration',
    'Path',
    'RoleId',
    'RoleName',
  ]
  assert.deepEqual(Object.keys(present(Roles?.[0])).sort(), keys)
})

test('DeleteRole refuses while policies are attached or inline', async () => {
  const iam = await iamFixture()
  await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await iam.call('AttachRolePolicy', { RoleName, PolicyArn })
  await iam.call('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: allowEverything })
  await assert.rejects(iam.call('DeleteRole', { RoleName }), {
    code: 'DeleteConflict',
    status: 409,
    message: 'Cannot delete entity, must detach all policies first.',
  })
  await iam.call('DetachRolePolicy', { RoleName, PolicyArn })
  await assert.rejects(iam.call('DeleteRole', { RoleName }), {
    code: 'DeleteConflict',
    message: 'Cannot delete entity, must delete policies first.',
  })
  await iam.call('DeleteRolePolicy', { RoleName, PolicyName: 'p' })
  await iam.call('DeleteRole', { RoleName })
  await assert.rejects(iam.call('GetRole', { RoleName }), notFound)
})
