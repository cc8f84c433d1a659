import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DescribeResourcePoliciesResponse, PutResourcePolicyResponse } from '@aws-sdk/client-cloudwatch-logs'
import { servicePrincipal } from '../../../core/services/service-calls.ts'
import { accountId, alice } from '../../../testing/callers.ts'
import { logsFixture, messagesOf } from '../testing.ts'

const policyFor = (Resource: string, Principal: object = { Service: 'delivery.logs.amazonaws.com' }) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Principal, Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource },
        Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
      },
    ],
  })
const groups = `arn:aws:logs:us-east-1:${accountId}:log-group:/aws/vendor/*`

test('a resource policy lets a service of AWS write to the groups that it names, and to no others', async () => {
  const { logs, group, put, get } = await logsFixture()
  const to = await group('/aws/vendor/x')
  const other = await group('other')
  const source = { arn: `arn:aws:vendor:us-east-1:${accountId}:thing`, accountId }
  const vendor = { caller: servicePrincipal('delivery.logs.amazonaws.com', source) }
  await assert.rejects(put(to, ['x'], vendor), { code: 'AccessDeniedException' })
  await logs('PutResourcePolicy', { policyName: 'vendor', policyDocument: policyFor(groups) })
  await put(to, ['x'], vendor)
  await logs('CreateLogStream', { ...to, logStreamName: 't' }, vendor)
  await assert.rejects(put(other, ['x'], vendor), { code: 'AccessDeniedException' })
  await assert.rejects(get(to, {}, vendor), { code: 'AccessDeniedException' })
  assert.deepEqual(messagesOf(await get(to)), ['x'])
  await logs('DeleteResourcePolicy', { policyName: 'vendor' })
  await assert.rejects(put(to, ['x'], vendor), { code: 'AccessDeniedException' })
})

test('policies are listed, replaced by name, bound to their revision, and at most ten', async () => {
  const { logs, putUser } = await logsFixture()
  const put = (policyName: string, more: object = {}) =>
    logs<PutResourcePolicyResponse>('PutResourcePolicy', { policyName, policyDocument: policyFor(groups), ...more })
  const list = async (more: object = {}) => {
    const page = await logs<DescribeResourcePoliciesResponse>('DescribeResourcePolicies', more)
    return { ...page, names: page.resourcePolicies?.map(({ policyName }) => policyName) }
  }
  for (let n = 0; n < 10; n++) await put(`p${n}`)
  await assert.rejects(put('p10'), { code: 'LimitExceededException', message: 'Resource limit exceeded.' })
  const { revisionId, resourcePolicy } = await put('p3')
  assert.deepEqual([resourcePolicy?.policyDocument, resourcePolicy?.policyScope], [policyFor(groups), 'ACCOUNT'])
  await assert.rejects(put('p3', { expectedRevisionId: 'another' }), { code: 'OperationAbortedException' })
  await put('p3', { expectedRevisionId: revisionId })
  const first = await list({ limit: 8 })
  const second = await list({ limit: 8, nextToken: first.nextToken })
  assert.deepEqual([first.names?.length, second.names, second.nextToken], [8, ['p8', 'p9'], undefined])
  assert.deepEqual((await list({ policyScope: 'RESOURCE' })).names, [])
  await assert.rejects(logs('DeleteResourcePolicy', { policyName: 'none' }), { code: 'ResourceNotFoundException' })
  const refused = { code: 'InvalidParameterException' }
  await assert.rejects(put('p3', { policyDocument: '{' }), refused)
  await assert.rejects(
    put('p3', { policyDocument: policyFor(groups, { AWS: `arn:aws:iam::${accountId}:user/none` }) }),
    refused,
  )
  await assert.rejects(put('p3', { resourceArn: groups }), refused)
  await assert.rejects(logs('PutResourcePolicy', { policyName: 'x' }), refused)
  await putUser(alice, [])
  await assert.rejects(logs('DescribeResourcePolicies', {}, { caller: alice }), { code: 'AccessDeniedException' })
})
