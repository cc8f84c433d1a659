import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { iamOperations } from '../iam-service.ts'
import {
  accountId,
  administrator,
  allowEverything,
  everyPage,
  type IamFixture,
  iamFixture,
  policyOf,
  present,
} from '../testing.ts'

const missing = `arn:aws:iam::${accountId}:policy/missing`

const otherDocument = policyOf({ Effect: 'Deny', Action: 's3:*', Resource: '*' })

async function create(iam: IamFixture, PolicyName = 'P', more: { Path?: string; Description?: string } = {}) {
  const { Policy } = await iam.call('CreatePolicy', { PolicyName, PolicyDocument: allowEverything, ...more })
  return present(Policy?.Arn)
}

test('CreatePolicy leaves out the description that GetPolicy shows', async () => {
  const iam = await iamFixture()
  const { Policy } = await iam.call('CreatePolicy', {
    PolicyName: 'P',
    Path: '/a/',
    PolicyDocument: allowEverything,
    Description: 'all',
  })
  const { PolicyId, ...rest } = present(Policy)
  assert.match(present(PolicyId), /^ANPARTX3GSDS[Q-Z2-7][A-Z2-7]{8}$/)
  assert.deepEqual(rest, {
    PolicyName: 'P',
    Path: '/a/',
    Arn: `arn:aws:iam::${accountId}:policy/a/P`,
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: iam.clock.now(),
    UpdateDate: iam.clock.now(),
  })
  const { Policy: shown } = await iam.call('GetPolicy', { PolicyArn: present(Policy?.Arn) })
  assert.deepEqual(shown, { ...Policy, Description: 'all', Tags: [] })
})

test('CreatePolicy refuses a name that is taken, whatever its case and path', async () => {
  const iam = await iamFixture()
  await create(iam)
  const again = { PolicyName: 'p', Path: '/other/', PolicyDocument: allowEverything }
  await assert.rejects(iam.call('CreatePolicy', again), {
    code: 'EntityAlreadyExists',
    status: 409,
    message: 'A policy called p already exists. Duplicate names are not allowed.',
  })
})

test('CreatePolicy refuses documents that are not policies, and those of more than 6,144 characters', async () => {
  const iam = await iamFixture()
  const refusals: [string, string][] = [
    ['{', 'Syntax errors in policy.'],
    [
      JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
      'Policy document must be version 2012-10-17 or greater.',
    ],
    [
      policyOf({ Effect: 'Allow', Action: '*', Resource: '*', Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
  ]
  for (const [PolicyDocument, message] of refusals) {
    await assert.rejects(iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument }), {
      code: 'MalformedPolicyDocument',
      status: 400,
      message,
    })
  }
  const sized = (size: number) => policyOf({ Sid: 'x'.repeat(size), Effect: 'Allow', Action: '*', Resource: '*' })
  const fixed = sized(0).length
  await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: `  ${sized(6144 - fixed)}  ` })
  await assert.rejects(iam.call('CreatePolicy', { PolicyName: 'Q', PolicyDocument: sized(6145 - fixed) }), {
    code: 'LimitExceeded',
    message: 'Cannot exceed quota for PolicySize: 6144',
  })
})

test('CreatePolicy keeps tag keys apart that differ in case', async () => {
  const iam = await iamFixture()
  const Tags = [
    { Key: 'a', Value: 'lower' },
    { Key: 'A', Value: 'upper' },
  ]
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'P', PolicyDocument: allowEverything, Tags })
  assert.deepEqual(Policy?.Tags, Tags.toReversed())
  await assert.rejects(
    iam.call('CreatePolicy', { PolicyName: 'Q', PolicyDocument: allowEverything, Tags: [...Tags, ...Tags] }),
    { code: 'InvalidInput', message: 'Duplicate tag keys found.' },
  )
})

test('GetPolicy shows the policies of AWS too, and says what is not there', async () => {
  const iam = await iamFixture()
  const { Policy } = await iam.call('GetPolicy', { PolicyArn: administrator })
  assert.equal(Policy?.PolicyName, 'AdministratorAccess')
  assert.equal(Policy?.AttachmentCount, 0)
  await assert.rejects(iam.call('GetPolicy', { PolicyArn: missing }), {
    code: 'NoSuchEntity',
    status: 404,
    message: `Policy ${missing} was not found.`,
  })
  const wrongPath = (await create(iam)).replace('/P', '/x/P')
  await assert.rejects(iam.call('GetPolicy', { PolicyArn: wrongPath }), { code: 'NoSuchEntity' })
  await assert.rejects(iam.call('GetPolicy', { PolicyArn: 'not-an-arn-but-long-enough' }), {
    code: 'ValidationError',
    message: 'Invalid ARN:  Could not be parsed!',
  })
  const user = `arn:aws:iam::${accountId}:user/alice`
  await assert.rejects(iam.call('GetPolicy', { PolicyArn: user }), {
    code: 'ValidationError',
    message: `ARN ${user} is not valid.`,
  })
})

test('ListPolicies shows the policies of the account, those of AWS, or both', async () => {
  const iam = await iamFixture()
  for (const name of ['b', 'A', 'c']) await create(iam, name)
  const names = async (Scope?: 'All' | 'AWS' | 'Local') => {
    const pages = await everyPage((request) => iam.call('ListPolicies', { Scope, ...request }), 1000)
    return pages.flatMap(({ Policies }) => present(Policies).map(({ PolicyName }) => PolicyName))
  }
  assert.deepEqual(await names('Local'), ['A', 'b', 'c'])
  const aws = await names('AWS')
  assert.ok(aws.includes('AdministratorAccess') && aws.includes('ReadOnlyAccess'))
  assert.deepEqual(await names(), ['A', 'b', 'c', ...aws])
})

test('ListPolicies makes pages across both kinds without gap or double', async () => {
  const iam = await iamFixture()
  for (const name of ['a', 'b']) await create(iam, name)
  const whole = await iam.call('ListPolicies', { MaxItems: 7 })
  const pages = []
  let Marker: string | undefined
  for (let i = 0; i < 7; i++) {
    const page = await iam.call('ListPolicies', { MaxItems: 1, Marker })
    pages.push(...present(page.Policies))
    Marker = page.Marker
  }
  assert.deepEqual(pages.slice(0, present(whole.Policies).length), whole.Policies)
})

test('ListPolicies narrows to a path and to what is used, and how', async () => {
  const iam = await iamFixture()
  const attached = await create(iam, 'attached', { Path: '/x/', Description: 'd' })
  const boundary = await create(iam, 'boundary', { Path: '/x/y/' })
  await create(iam, 'unused')
  await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary: boundary })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: attached })
  await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn: administrator })
  const names = async (request: object) =>
    (await iam.call('ListPolicies', { MaxItems: 1000, ...request })).Policies?.map(({ PolicyName }) => PolicyName)
  assert.deepEqual(await names({ Scope: 'Local', PathPrefix: '/x/' }), ['attached', 'boundary'])
  assert.deepEqual(await names({ OnlyAttached: true }), ['attached', 'AdministratorAccess'])
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsPolicy', Scope: 'Local' }), ['attached'])
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsBoundary' }), ['boundary'])
  const { Policies } = await iam.call('ListPolicies', { Scope: 'Local', PathPrefix: '/x/' })
  assert.deepEqual(
    Policies?.map(({ AttachmentCount, PermissionsBoundaryUsageCount }) => [
      AttachmentCount,
      PermissionsBoundaryUsageCount,
    ]),
    [
      [1, 0],
      [0, 1],
    ],
  )
  assert.equal('Description' in present(Policies?.[0]) || 'Tags' in present(Policies?.[0]), false)
  await assert.rejects(iam.call('ListPolicies', { PathPrefix: '/x' }), {
    code: 'ValidationError',
    message: /pathPrefix is invalid/,
  })
})

test('DeletePolicy refuses while the policy is attached, a boundary, or has versions', async () => {
  const iam = await iamFixture()
  const PolicyArn = await create(iam)
  const UserName = 'alice'
  await iam.call('CreateUser', { UserName })
  const inUse = { code: 'DeleteConflict', status: 409, message: 'Cannot delete a policy attached to entities.' }
  await iam.call('AttachUserPolicy', { UserName, PolicyArn })
  await assert.rejects(iam.call('DeletePolicy', { PolicyArn }), inUse)
  await iam.call('DetachUserPolicy', { UserName, PolicyArn })
  await iam.call('PutUserPermissionsBoundary', { UserName, PermissionsBoundary: PolicyArn })
  await assert.rejects(iam.call('DeletePolicy', { PolicyArn }), inUse)
  await iam.call('DeleteUserPermissionsBoundary', { UserName })
  await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument })
  await assert.rejects(iam.call('DeletePolicy', { PolicyArn }), {
    code: 'DeleteConflict',
    message:
      /^This policy has more than one version\. Before you delete a policy, you must delete the policy's versions\./,
  })
  await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' })
  await iam.call('DeletePolicy', { PolicyArn })
  await assert.rejects(iam.call('DeletePolicy', { PolicyArn }), {
    code: 'NoSuchEntity',
    message: `Policy ${PolicyArn} was not found.`,
  })
  const { SummaryMap } = await iam.call('GetAccountSummary', {})
  assert.deepEqual([SummaryMap?.Policies, SummaryMap?.PolicyVersionsInUse], [0, 0])
})

test('CreatePolicyVersion leaves the document out, and becomes the default when asked', async () => {
  const iam = await iamFixture()
  const PolicyArn = await create(iam)
  iam.clock.advance(60)
  const { PolicyVersion } = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument })
  assert.deepEqual(PolicyVersion, { VersionId: 'v2', IsDefaultVersion: false, CreateDate: iam.clock.now() })
  const second = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument, SetAsDefault: true })
  assert.equal(second.PolicyVersion?.IsDefaultVersion, true)
  assert.equal((await iam.call('GetPolicy', { PolicyArn })).Policy?.DefaultVersionId, 'v3')
  const { Versions } = await iam.call('ListPolicyVersions', { PolicyArn })
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v3', true],
      ['v2', false],
      ['v1', false],
    ],
  )
  const pages = await everyPage((request) => iam.call('ListPolicyVersions', { PolicyArn, ...request }), 2)
  assert.deepEqual(
    pages.map((page) => page.Versions?.map(({ VersionId }) => VersionId)),
    [['v3', 'v2'], ['v1']],
  )
  const { PolicyVersion: shown } = await iam.call('GetPolicyVersion', { PolicyArn, VersionId: 'v2' })
  assert.equal(decodeURIComponent(present(shown?.Document)), otherDocument)
})

test('CreatePolicyVersion refuses the sixth version, and a document that is not a policy', async () => {
  const iam = await iamFixture()
  const PolicyArn = await create(iam)
  for (let i = 2; i <= 5; i++) await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument })
  await assert.rejects(iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument }), {
    code: 'LimitExceeded',
    status: 409,
    message:
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  })
  await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v3' })
  const { PolicyVersion } = await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument })
  assert.equal(PolicyVersion?.VersionId, 'v6')
  await assert.rejects(iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: '[]' }), {
    code: 'MalformedPolicyDocument',
  })
  await assert.rejects(iam.call('CreatePolicyVersion', { PolicyArn: missing, PolicyDocument: otherDocument }), {
    message: `Policy ${missing} was not found.`,
  })
})

test('DeletePolicyVersion and SetDefaultPolicyVersion say what they will not do', async () => {
  const iam = await iamFixture()
  const PolicyArn = await create(iam)
  const noVersion = (arn: string, version: string) => ({
    code: 'NoSuchEntity',
    message: `Policy ${arn} version ${version} does not exist or is not attachable.`,
  })
  await assert.rejects(iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' }), {
    code: 'DeleteConflict',
    message: 'Cannot delete the default version of a policy.',
  })
  for (const operation of ['DeletePolicyVersion', 'SetDefaultPolicyVersion', 'GetPolicyVersion'] as const) {
    await assert.rejects(iam.call(operation, { PolicyArn, VersionId: 'v9' }), noVersion(PolicyArn, 'v9'))
    await assert.rejects(iam.call(operation, { PolicyArn: missing, VersionId: 'v1' }), noVersion(missing, 'v1'))
  }
  await iam.call('CreatePolicyVersion', { PolicyArn, PolicyDocument: otherDocument })
  await iam.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' })
  await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' })
  assert.equal((await iam.call('GetPolicy', { PolicyArn })).Policy?.DefaultVersionId, 'v2')
})

test('The policies of AWS cannot be changed, whatever a caller is allowed', async () => {
  const iam = await iamFixture()
  const PolicyArn = administrator
  const changes: [keyof typeof iamOperations, object][] = [
    ['DeletePolicy', {}],
    ['CreatePolicyVersion', { PolicyDocument: otherDocument }],
    ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
    ['DeletePolicyVersion', { VersionId: 'v1' }],
    ['TagPolicy', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['UntagPolicy', { TagKeys: ['a'] }],
  ]
  for (const [name, more] of changes) {
    const input = { PolicyArn, ...more }
    await assert.rejects(iam.call(name, input as never), { code: 'AccessDenied' }, name)
    // No policy can give the permission; the handler refuses all the same.
    const { context, operation } = iam.begin('iam', name)
    await assert.rejects(present(operation.declaration).handle(context, input), { code: 'NoSuchEntity' }, name)
  }
})

test('Reading a policy of AWS is a matter of the own account, changing it is not', async () => {
  const iam = await iamFixture()
  const owner = async (operation: 'GetPolicy' | 'DeletePolicy', PolicyArn: string) =>
    (await iam.permissions(operation, { PolicyArn }))[0]?.resourceAccountId
  assert.equal(await owner('GetPolicy', administrator), accountId)
  assert.equal(await owner('DeletePolicy', administrator), 'aws')
  assert.equal(await owner('GetPolicy', 'arn:aws:iam::444455556666:policy/P'), '444455556666')
  const [asked] = await iam.permissions('GetPolicy', { PolicyArn: missing })
  assert.deepEqual([asked?.resource, asked?.printedResource], [missing, `policy ${missing}`])
})

test('TagPolicy, UntagPolicy and ListPolicyTags tell keys apart by case', async () => {
  const iam = await iamFixture()
  const PolicyArn = await create(iam)
  const tag = (Key: string, Value: string) => ({ Key, Value })
  await iam.call('TagPolicy', { PolicyArn, Tags: [tag('a', '1'), tag('b', '2')] })
  await iam.call('TagPolicy', { PolicyArn, Tags: [tag('A', '3'), tag('b', '4')] })
  const pages = await everyPage((request) => iam.call('ListPolicyTags', { PolicyArn, ...request }), 2)
  assert.deepEqual(
    pages.map(({ Tags }) => Tags),
    [[tag('A', '3'), tag('a', '1')], [tag('b', '4')]],
  )
  await iam.call('UntagPolicy', { PolicyArn, TagKeys: ['a', 'B'] })
  assert.deepEqual((await iam.call('ListPolicyTags', { PolicyArn })).Tags, [tag('A', '3'), tag('b', '4')])
  const notFound = { code: 'NoSuchEntity', message: `Policy ${missing} was not found.` }
  await assert.rejects(iam.call('TagPolicy', { PolicyArn: missing, Tags: [] }), notFound)
  await assert.rejects(iam.call('UntagPolicy', { PolicyArn: missing, TagKeys: [] }), notFound)
  await assert.rejects(iam.call('ListPolicyTags', { PolicyArn: missing }), notFound)
})

test('CreatePolicy asks for the new ARN, and ListPolicies for the path, as AWS prints them', async () => {
  const iam = await iamFixture()
  const creation = { PolicyName: 'P', Path: '/x/', PolicyDocument: allowEverything }
  const resource = `arn:aws:iam::${accountId}:policy/x/P`
  assert.deepEqual(await iam.permissions('CreatePolicy', creation), [
    { action: 'iam:CreatePolicy', resource, printedResource: 'policy P', context: {} },
  ])
  const tagged = await iam.permissions('CreatePolicy', { ...creation, Tags: [{ Key: 'a', Value: 'b' }] })
  assert.deepEqual(
    tagged.map(({ action }) => action),
    ['iam:CreatePolicy', 'iam:TagPolicy'],
  )
  assert.deepEqual(await iam.permissions('ListPolicies', {}), [
    { action: 'iam:ListPolicies', resource: `arn:aws:iam::${accountId}:policy/`, printedResource: 'policy path /' },
  ])
})
