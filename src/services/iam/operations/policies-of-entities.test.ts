import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  accountId,
  allowEverything,
  everyPage,
  type IamFixture,
  iamFixture,
  policyOf,
  present,
  trusting,
} from '../testing.ts'

// What users, groups and roles do alike is tested on all three.
const kinds = [
  { noun: 'user', Noun: 'User', named: { UserName: 'alice' }, inlineSize: 2048 },
  { noun: 'group', Noun: 'Group', named: { GroupName: 'alice' }, inlineSize: 5120 },
  { noun: 'role', Noun: 'Role', named: { RoleName: 'alice' }, inlineSize: 10240 },
] as const

async function withEntities(): Promise<IamFixture> {
  const iam = await iamFixture()
  await iam.call('CreateUser', { UserName: 'alice', Path: '/x/' })
  await iam.call('CreateGroup', { GroupName: 'alice', Path: '/x/' })
  await iam.call('CreateRole', { RoleName: 'alice', Path: '/x/', AssumeRolePolicyDocument: trusting('*') })
  return iam
}

async function policyArn(iam: IamFixture, PolicyName: string, Path?: string): Promise<string> {
  const { Policy } = await iam.call('CreatePolicy', { PolicyName, Path, PolicyDocument: allowEverything })
  return present(Policy?.Arn)
}

const ofSize = (size: number) => {
  const empty = policyOf({ Sid: '', Effect: 'Allow', Action: '*', Resource: '*' }).length
  return policyOf({ Sid: 'x'.repeat(size - empty), Effect: 'Allow', Action: '*', Resource: '*' })
}

for (const { noun, Noun, named, inlineSize } of kinds) {
  const missing = Object.fromEntries(Object.keys(named).map((member) => [member, 'absent']))
  const notFound = { code: 'NoSuchEntity', message: `The ${noun} with name absent cannot be found.` }

  test(`Put${Noun}Policy keeps a document as it was given, and Get${Noun}Policy answers it percent-encoded`, async () => {
    const iam = await withEntities()
    const PolicyDocument = `\t${JSON.stringify(JSON.parse(allowEverything), null, 2)}\n`
    await iam.call(`Put${Noun}Policy`, { ...named, PolicyName: 'p', PolicyDocument })
    const answer = await iam.call(`Get${Noun}Policy`, { ...named, PolicyName: 'p' })
    assert.deepEqual(answer, {
      [`${Noun}Name`]: 'alice',
      PolicyName: 'p',
      PolicyDocument: encodeURIComponent(PolicyDocument).replaceAll('*', '%2A'),
    })
  })

  test(`Put${Noun}Policy replaces a policy of the same name, Delete${Noun}Policy removes it`, async () => {
    const iam = await withEntities()
    const policy = { ...named, PolicyName: 'p' }
    await iam.call(`Put${Noun}Policy`, { ...policy, PolicyDocument: allowEverything })
    await iam.call(`Put${Noun}Policy`, { ...policy, PolicyDocument: ofSize(200) })
    const { PolicyDocument } = await iam.call(`Get${Noun}Policy`, policy)
    assert.equal(decodeURIComponent(PolicyDocument), ofSize(200))
    await iam.call(`Delete${Noun}Policy`, policy)
    const gone = { code: 'NoSuchEntity', message: `The ${noun} policy with name p cannot be found.` }
    await assert.rejects(iam.call(`Get${Noun}Policy`, policy), gone)
    await assert.rejects(iam.call(`Delete${Noun}Policy`, policy), gone)
  })

  test(`Put${Noun}Policy refuses more than ${inlineSize} characters of all policies together`, async () => {
    const iam = await withEntities()
    await iam.call(`Put${Noun}Policy`, { ...named, PolicyName: 'a', PolicyDocument: ofSize(inlineSize - 100) })
    await iam.call(`Put${Noun}Policy`, { ...named, PolicyName: 'b', PolicyDocument: ofSize(100) })
    await assert.rejects(iam.call(`Put${Noun}Policy`, { ...named, PolicyName: 'b', PolicyDocument: ofSize(101) }), {
      code: 'LimitExceeded',
      status: 409,
      message: `Maximum policy size of ${inlineSize} bytes exceeded for ${noun} alice`,
    })
  })

  test(`List${Noun}Policies shows names in order, page by page`, async () => {
    const iam = await withEntities()
    for (const PolicyName of ['c', 'a', 'b'])
      await iam.call(`Put${Noun}Policy`, { ...named, PolicyName, PolicyDocument: allowEverything })
    const pages = await everyPage((request) => iam.call(`List${Noun}Policies`, { ...named, ...request }), 2)
    assert.deepEqual(
      pages.map(({ PolicyNames }) => PolicyNames),
      [['a', 'b'], ['c']],
    )
  })

  test(`Put${Noun}Policy refuses a document that is not a policy, an invalid name, and an unknown ${noun}`, async () => {
    const iam = await withEntities()
    const policy = { PolicyName: 'p', PolicyDocument: allowEverything }
    await assert.rejects(iam.call(`Put${Noun}Policy`, { ...named, ...policy, PolicyDocument: '{}' }), {
      code: 'MalformedPolicyDocument',
      message: 'Syntax errors in policy.',
    })
    await assert.rejects(iam.call(`Put${Noun}Policy`, { ...named, ...policy, PolicyName: 'a b' }), {
      code: 'ValidationError',
    })
    await assert.rejects(iam.call(`Put${Noun}Policy`, { ...missing, ...policy }), notFound)
    await assert.rejects(iam.call(`Get${Noun}Policy`, { ...missing, PolicyName: 'p' }), notFound)
    await assert.rejects(iam.call(`Delete${Noun}Policy`, { ...missing, PolicyName: 'p' }), notFound)
    await assert.rejects(iam.call(`List${Noun}Policies`, missing), notFound)
  })

  test(`Attach${Noun}Policy attaches once, and the policy counts it`, async () => {
    const iam = await withEntities()
    const PolicyArn = await policyArn(iam, 'P')
    for (const _ of [1, 2]) await iam.call(`Attach${Noun}Policy`, { ...named, PolicyArn })
    const { AttachedPolicies } = await iam.call(`ListAttached${Noun}Policies`, named)
    assert.deepEqual(AttachedPolicies, [{ PolicyName: 'P', PolicyArn }])
    assert.equal((await iam.call('GetPolicy', { PolicyArn })).Policy?.AttachmentCount, 1)
    await iam.call(`Detach${Noun}Policy`, { ...named, PolicyArn })
    assert.equal((await iam.call('GetPolicy', { PolicyArn })).Policy?.AttachmentCount, 0)
    await assert.rejects(iam.call(`Detach${Noun}Policy`, { ...named, PolicyArn }), {
      code: 'NoSuchEntity',
      message: `Policy ${PolicyArn} was not found.`,
    })
  })

  test(`Attach${Noun}Policy refuses what is not there, what is not a policy, and the eleventh`, async () => {
    const iam = await withEntities()
    const strange = `arn:aws:iam::444455556666:policy/P`
    const none = `arn:aws:iam::${accountId}:policy/none`
    for (const PolicyArn of [none, strange]) {
      await assert.rejects(iam.call(`Attach${Noun}Policy`, { ...named, PolicyArn }), {
        code: 'NoSuchEntity',
        message: `Policy ${PolicyArn} does not exist or is not attachable.`,
      })
    }
    for (const operation of [`Attach${Noun}Policy`, `Detach${Noun}Policy`] as const) {
      await assert.rejects(iam.call(operation, { ...named, PolicyArn: 'longpolicynamebutnoarn' }), {
        code: 'ValidationError',
        message: 'Invalid ARN:  Could not be parsed!',
      })
      const noPolicy = `arn:aws:iam::${accountId}:user/alice`
      await assert.rejects(iam.call(operation, { ...named, PolicyArn: noPolicy }), {
        code: 'ValidationError',
        message: `ARN ${noPolicy} is not valid.`,
      })
    }
    await assert.rejects(iam.call(`Attach${Noun}Policy`, { ...missing, PolicyArn: none }), notFound)
    await assert.rejects(iam.call(`Detach${Noun}Policy`, { ...missing, PolicyArn: none }), notFound)
    await assert.rejects(iam.call(`ListAttached${Noun}Policies`, missing), notFound)
    for (let i = 0; i < 10; i++)
      await iam.call(`Attach${Noun}Policy`, { ...named, PolicyArn: await policyArn(iam, `P${i}`) })
    await assert.rejects(iam.call(`Attach${Noun}Policy`, { ...named, PolicyArn: await policyArn(iam, 'P10') }), {
      code: 'LimitExceeded',
      message: `Cannot exceed quota for PoliciesPer${Noun}: 10`,
    })
  })

  test(`Attach${Noun}Policy refuses the policies of service-linked roles`, async () => {
    const iam = await withEntities()
    const PolicyArn = 'arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy'
    await assert.rejects(iam.call(`Attach${Noun}Policy`, { ...named, PolicyArn }), {
      code: 'PolicyNotAttachable',
      status: 400,
      message: `Cannot attach a Service Role Policy to a Customer ${Noun}.`,
    })
  })

  test(`ListAttached${Noun}Policies narrows to a path, page by page`, async () => {
    const iam = await withEntities()
    const arns = [await policyArn(iam, 'A', '/x/'), await policyArn(iam, 'B', '/x/y/'), await policyArn(iam, 'C')]
    for (const PolicyArn of arns) await iam.call(`Attach${Noun}Policy`, { ...named, PolicyArn })
    const list = async (request: object) => {
      const { AttachedPolicies } = await iam.call(`ListAttached${Noun}Policies`, { ...named, ...request })
      return AttachedPolicies.map(({ PolicyName }) => PolicyName).sort()
    }
    assert.deepEqual(await list({}), ['A', 'B', 'C'])
    assert.deepEqual(await list({ PathPrefix: '/x/' }), ['A', 'B'])
    const pages = await everyPage((request) => iam.call(`ListAttached${Noun}Policies`, { ...named, ...request }), 2)
    assert.deepEqual(
      pages.map(({ AttachedPolicies }) => AttachedPolicies.length),
      [2, 1],
    )
  })

  test(`Attach${Noun}Policy asks for the ${noun} with the policy as a condition key`, async () => {
    const iam = await withEntities()
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
    assert.deepEqual(await iam.permissions(`Attach${Noun}Policy`, { ...named, PolicyArn }), [
      {
        action: `iam:Attach${Noun}Policy`,
        resource: `arn:aws:iam::${accountId}:${noun}/x/alice`,
        printedResource: `${noun} alice`,
        context: { 'iam:PolicyARN': PolicyArn },
      },
    ])
  })
}

for (const { noun, Noun, named } of kinds.filter((kind) => kind.noun !== 'group')) {
  const missing = { [`${Noun}Name`]: 'absent' }
  const notFound = { code: 'NoSuchEntity', message: `The ${noun} with name absent cannot be found.` }

  test(`Put${Noun}PermissionsBoundary sets the boundary or replaces it, and the policies count it`, async () => {
    const iam = await withEntities()
    const [first, second] = [await policyArn(iam, 'A'), await policyArn(iam, 'B')]
    const usage = async (PolicyArn: string) =>
      (await iam.call('GetPolicy', { PolicyArn })).Policy?.PermissionsBoundaryUsageCount
    for (const PermissionsBoundary of [first, second, second])
      await iam.call(`Put${Noun}PermissionsBoundary`, { ...named, PermissionsBoundary })
    assert.deepEqual([await usage(first), await usage(second)], [0, 1])
    const { PermissionsBoundary } = present(await boundaryHolder(iam, Noun))
    assert.equal(PermissionsBoundary?.PermissionsBoundaryArn, second)
    await iam.call(`Delete${Noun}PermissionsBoundary`, named)
    assert.equal(await usage(second), 0)
    assert.equal((await boundaryHolder(iam, Noun))?.PermissionsBoundary, undefined)
    await assert.rejects(iam.call(`Delete${Noun}PermissionsBoundary`, named), { code: 'NoSuchEntity' })
  })

  test(`Put${Noun}PermissionsBoundary refuses what is not a policy, what is not there, and an unknown ${noun}`, async () => {
    const iam = await withEntities()
    const none = `arn:aws:iam::${accountId}:policy/none`
    const other = `arn:aws:iam::${accountId}:not_a_policy/invalid`
    await assert.rejects(iam.call(`Put${Noun}PermissionsBoundary`, { ...named, PermissionsBoundary: none }), {
      code: 'NoSuchEntity',
      message: `Scope ARN: ${none} does not exist or is not attachable.`,
    })
    await assert.rejects(iam.call(`Put${Noun}PermissionsBoundary`, { ...named, PermissionsBoundary: other }), {
      code: 'InvalidInput',
      message: `ARN ${other} is not valid.`,
    })
    await assert.rejects(iam.call(`Put${Noun}PermissionsBoundary`, { ...missing, PermissionsBoundary: none }), notFound)
    await assert.rejects(iam.call(`Delete${Noun}PermissionsBoundary`, missing), notFound)
  })

  test(`The boundary of a ${noun} is a condition key where AWS knows it, and the requested one where it is set`, async () => {
    const iam = await withEntities()
    const boundary = await policyArn(iam, 'Edge')
    await iam.call(`Put${Noun}PermissionsBoundary`, { ...named, PermissionsBoundary: boundary })
    const document = { ...named, PolicyName: 'p', PolicyDocument: allowEverything }
    const [put] = await iam.permissions(`Put${Noun}Policy`, document)
    assert.deepEqual(put?.context, { 'iam:PermissionsBoundary': boundary })
    const [list] = await iam.permissions(`List${Noun}Policies`, named)
    assert.deepEqual(list?.context, {})
    const wanted = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
    const [replace] = await iam.permissions(`Put${Noun}PermissionsBoundary`, { ...named, PermissionsBoundary: wanted })
    assert.deepEqual(replace?.context, { 'iam:PermissionsBoundary': wanted })
  })

  test(`Tag${Noun}, Untag${Noun} and List${Noun}Tags keep one value a key, whatever its case`, async () => {
    const iam = await withEntities()
    const tag = (Key: string, Value: string) => ({ Key, Value })
    await iam.call(`Tag${Noun}`, { ...named, Tags: [tag('b', '1'), tag('a', '2')] })
    await iam.call(`Tag${Noun}`, { ...named, Tags: [tag('B', '3'), tag('c', '4')] })
    const pages = await everyPage((request) => iam.call(`List${Noun}Tags`, { ...named, ...request }), 2)
    assert.deepEqual(
      pages.map(({ Tags }) => Tags),
      [[tag('B', '3'), tag('a', '2')], [tag('c', '4')]],
    )
    await iam.call(`Untag${Noun}`, { ...named, TagKeys: ['b', 'C', 'unknown'] })
    assert.deepEqual(await iam.call(`List${Noun}Tags`, named), { Tags: [tag('a', '2')], IsTruncated: false })
    await assert.rejects(iam.call(`Tag${Noun}`, { ...named, Tags: [tag('x', ''), tag('X', '')] }), {
      code: 'InvalidInput',
    })
    await assert.rejects(iam.call(`Tag${Noun}`, { ...missing, Tags: [] }), notFound)
    await assert.rejects(iam.call(`Untag${Noun}`, { ...missing, TagKeys: [] }), notFound)
    await assert.rejects(iam.call(`List${Noun}Tags`, missing), notFound)
  })

  test(`Tag${Noun} and Untag${Noun} ask with the tags of the request and those of the ${noun}`, async () => {
    const iam = await withEntities()
    await iam.call(`Tag${Noun}`, { ...named, Tags: [{ Key: 'old', Value: 'x' }] })
    const has = { 'aws:ResourceTag/old': 'x', 'iam:ResourceTag/old': 'x' }
    const [tagging] = await iam.permissions(`Tag${Noun}`, { ...named, Tags: [{ Key: 'new', Value: 'y' }] })
    assert.deepEqual(tagging?.context, { ...has, 'aws:TagKeys': ['new'], 'aws:RequestTag/new': 'y' })
    const [untagging] = await iam.permissions(`Untag${Noun}`, { ...named, TagKeys: ['old'] })
    assert.deepEqual(untagging?.context, { ...has, 'aws:TagKeys': ['old'] })
  })
}

async function boundaryHolder(iam: IamFixture, Noun: 'User' | 'Group' | 'Role') {
  return Noun === 'User'
    ? (await iam.call('GetUser', { UserName: 'alice' })).User
    : (await iam.call('GetRole', { RoleName: 'alice' })).Role
}
