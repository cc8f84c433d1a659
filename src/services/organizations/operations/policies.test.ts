import assert from 'node:assert/strict'
import { test } from 'node:test'
import { organizationsFixture, otherAccountId, statement } from '../testing.ts'

const allowAll = statement({ Effect: 'Allow' })
const constraint = (Reason: string) => ({ code: 'ConstraintViolationException', members: { Reason } })
const invalid = (Reason: string) => ({ code: 'InvalidInputException', members: { Reason } })

test('a policy is created, shown, changed, listed and deleted', async () => {
  const { org, organization } = await organizationsFixture()
  await organization()
  const Content = JSON.stringify(allowAll)
  const create = { Name: 'limits', Description: 'what is allowed', Type: 'SERVICE_CONTROL_POLICY' as const, Content }
  const { Policy } = await org('CreatePolicy', { ...create, Tags: [{ Key: 'team', Value: 'red' }] })
  const PolicyId = Policy?.PolicySummary?.Id ?? ''
  const { Organization } = await org('DescribeOrganization', {})
  const summary = {
    ...{
      Id: PolicyId,
      Name: 'limits',
      Description: 'what is allowed',
      Type: 'SERVICE_CONTROL_POLICY',
      AwsManaged: false,
    },
    Arn: `arn:aws:organizations::111122223333:policy/${Organization?.Id}/service_control_policy/${PolicyId}`,
  }
  assert.deepEqual(Policy, { PolicySummary: summary, Content })
  assert.deepEqual(await org('DescribePolicy', { PolicyId }), { Policy })
  assert.deepEqual((await org('ListTagsForResource', { ResourceId: PolicyId })).Tags, [{ Key: 'team', Value: 'red' }])
  await assert.rejects(org('CreatePolicy', create), { code: 'DuplicatePolicyException' })
  const { Policy: updated } = await org('UpdatePolicy', { PolicyId, Name: 'renamed' })
  assert.deepEqual(updated, { PolicySummary: { ...summary, Name: 'renamed' }, Content })
  const { Policies } = await org('ListPolicies', { Filter: 'SERVICE_CONTROL_POLICY' })
  assert.deepEqual(
    Policies?.map(({ Id, Arn, AwsManaged }) => [Id, Arn, AwsManaged]),
    [
      ['p-FullAWSAccess', 'arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess', true],
      [PolicyId, summary.Arn, false],
    ],
  )
  await org('DeletePolicy', { PolicyId })
  await assert.rejects(org('DescribePolicy', { PolicyId }), { code: 'PolicyNotFoundException' })
  await assert.rejects(org('UpdatePolicy', { PolicyId: 'p-FullAWSAccess', Name: 'x' }), invalid('IMMUTABLE_POLICY'))
})

test('documents must be of their type, and within its size', async () => {
  const { org, organization } = await organizationsFixture()
  await organization()
  const create = (Type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY' | 'TAG_POLICY', Content: string) =>
    org('CreatePolicy', { Name: 'x', Description: '', Type, Content })
  const malformed = { code: 'MalformedPolicyDocumentException' }
  const text = JSON.stringify
  for (const [type, content] of [
    ['SERVICE_CONTROL_POLICY', '{'],
    ['SERVICE_CONTROL_POLICY', text(statement({ Principal: '*' }))],
    ['SERVICE_CONTROL_POLICY', text({ ...allowAll, Version: '2008-10-17' })],
    ['RESOURCE_CONTROL_POLICY', text(statement({ Action: 's3:*' }))],
    ['RESOURCE_CONTROL_POLICY', text(statement({ Action: '*', Principal: '*' }))],
    ['RESOURCE_CONTROL_POLICY', text(statement({ Effect: 'Allow', Action: 's3:*', Principal: '*' }))],
    ['TAG_POLICY', text(allowAll)],
    ['TAG_POLICY', text({ tags: { a: { tag_key: 'A' } } })],
    ['TAG_POLICY', text({ tags: { a: { enforced_for: { '@@assign': ['s3:bucket'] } } } })],
  ] as const) {
    await assert.rejects(create(type, content), malformed, content)
  }
  const long = (length: number) => text(statement({ Sid: 'x'.repeat(length), Action: 's3:*', Principal: '*' }))
  await assert.rejects(create('RESOURCE_CONTROL_POLICY', long(5100)), constraint('POLICY_CONTENT_LIMIT_EXCEEDED'))
  await create('RESOURCE_CONTROL_POLICY', long(5000))
  await assert.rejects(org('CreatePolicy', { Name: 'x', Description: '', Type: 'CHATBOT_POLICY', Content: '{}' }), {
    code: 'PolicyTypeNotAvailableForOrganizationException',
  })
})

test('policies are attached and detached, within the quotas of their type', async () => {
  const { org, organization, policy } = await organizationsFixture()
  const root = await organization()
  const first = await policy('SERVICE_CONTROL_POLICY', allowAll)
  const attach = (PolicyId: string, TargetId = root) => org('AttachPolicy', { PolicyId, TargetId })
  const detach = (PolicyId: string, TargetId = root) => org('DetachPolicy', { PolicyId, TargetId })
  await assert.rejects(attach(first), { code: 'PolicyTypeNotEnabledException' })
  for (const PolicyType of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const) {
    const { Root } = await org('EnablePolicyType', { RootId: root, PolicyType })
    assert.ok(Root?.PolicyTypes?.some(({ Type, Status }) => Type === PolicyType && Status === 'ENABLED'))
    await assert.rejects(org('EnablePolicyType', { RootId: root, PolicyType }), {
      code: 'PolicyTypeAlreadyEnabledException',
    })
  }
  await attach(first)
  await assert.rejects(attach(first), { code: 'DuplicatePolicyAttachmentException' })
  await assert.rejects(attach(first, '999999999999'), { code: 'TargetNotFoundException' })
  await assert.rejects(attach('p-zzzzzzzz'), { code: 'PolicyNotFoundException' })
  await assert.rejects(org('DeletePolicy', { PolicyId: first }), { code: 'PolicyInUseException' })
  await assert.rejects(detach(first, otherAccountId), { code: 'PolicyNotAttachedException' })
  for (let each = 2; each < 10; each++) await attach(await policy('SERVICE_CONTROL_POLICY', allowAll))
  const eleventh = await policy('SERVICE_CONTROL_POLICY', allowAll)
  await assert.rejects(attach(eleventh), constraint('MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED'))
  await assert.rejects(
    detach('p-FullAWSAccess', otherAccountId),
    constraint('MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED'),
  )
  await attach(first, otherAccountId)
  await detach('p-FullAWSAccess', otherAccountId)
  await assert.rejects(detach('p-RCPFullAWSAccess'), invalid('NON_DETACHABLE_POLICY'))
  const denying = statement({ Action: 's3:*', Principal: '*' })
  for (let each = 1; each < 5; each++) await attach(await policy('RESOURCE_CONTROL_POLICY', denying))
  const sixth = await policy('RESOURCE_CONTROL_POLICY', denying)
  await assert.rejects(attach(sixth), constraint('MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED'))
  const targets = await org('ListTargetsForPolicy', { PolicyId: first })
  assert.deepEqual(
    targets.Targets?.map(({ TargetId, Type, Name }) => [TargetId, Type, Name]),
    [
      [otherAccountId, 'ACCOUNT', `Account ${otherAccountId}`],
      [root, 'ROOT', 'Root'],
    ],
  )
  const ofTarget = await org('ListPoliciesForTarget', { TargetId: otherAccountId, Filter: 'SERVICE_CONTROL_POLICY' })
  assert.deepEqual(
    ofTarget.Policies?.map(({ Id }) => Id),
    [first],
  )
})

test('AWS’s own policy is on everything from the time its type is enabled, and again after the type was disabled', async () => {
  const { org, organization, policy, unit } = await organizationsFixture()
  const root = await organization('SERVICE_CONTROL_POLICY')
  const inner = await unit(root, 'a')
  const targets = async (PolicyId: string) => {
    const found: string[] = []
    let NextToken: string | undefined
    do {
      const page = await org('ListTargetsForPolicy', { PolicyId, MaxResults: 1, NextToken })
      found.push(...(page.Targets ?? []).map(({ TargetId = '' }) => TargetId))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return found
  }
  assert.deepEqual(await targets('p-FullAWSAccess'), ['111122223333', otherAccountId, inner, root])
  const own = await policy('SERVICE_CONTROL_POLICY', allowAll)
  await org('AttachPolicy', { PolicyId: own, TargetId: inner })
  await org('DetachPolicy', { PolicyId: 'p-FullAWSAccess', TargetId: inner })
  assert.deepEqual(await targets('p-FullAWSAccess'), ['111122223333', otherAccountId, root])
  await org('DisablePolicyType', { RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
  await assert.rejects(org('DisablePolicyType', { RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' }), {
    code: 'PolicyTypeNotEnabledException',
  })
  assert.deepEqual(await targets('p-FullAWSAccess'), [])
  await org('EnablePolicyType', { RootId: root, PolicyType: 'SERVICE_CONTROL_POLICY' })
  assert.deepEqual(await targets('p-FullAWSAccess'), ['111122223333', otherAccountId, inner, root])
  assert.deepEqual(await targets(own), [])
  await org('DeletePolicy', { PolicyId: own })
})

test('DescribeEffectivePolicy merges what is inherited, and an account may ask about itself', async () => {
  const { org, organization, policy } = await organizationsFixture()
  const root = await organization()
  await org('EnablePolicyType', { RootId: root, PolicyType: 'TAG_POLICY' })
  const effective = (TargetId?: string) => org('DescribeEffectivePolicy', { PolicyType: 'TAG_POLICY', TargetId })
  await assert.rejects(effective(otherAccountId), { code: 'EffectivePolicyNotFoundException' })
  const above = await policy('TAG_POLICY', {
    tags: { team: { tag_key: { '@@assign': 'Team' }, tag_value: { '@@assign': ['red'] } } },
  })
  const below = await policy('TAG_POLICY', { tags: { team: { tag_value: { '@@append': ['blue'] } } } })
  await org('AttachPolicy', { PolicyId: above, TargetId: root })
  await org('AttachPolicy', { PolicyId: below, TargetId: otherAccountId })
  const { EffectivePolicy } = await effective(otherAccountId)
  assert.deepEqual(JSON.parse(EffectivePolicy?.PolicyContent ?? ''), {
    tags: { team: { tag_key: 'Team', tag_value: ['red', 'blue'] } },
  })
  assert.equal(EffectivePolicy?.TargetId, otherAccountId)
  await assert.rejects(effective(root), { code: 'TargetNotFoundException' })
})
