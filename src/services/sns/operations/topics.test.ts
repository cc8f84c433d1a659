import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListTopicsResponse } from '@aws-sdk/client-sns'
import { accountId, alice, newUser, otherAccountId, policyOf, region, stranger } from '../../../testing/callers.ts'
import { refusedAction } from '../../../testing/typed-calls.ts'
import { snsFixture } from '../testing.ts'

const arnOf = (name: string) => `arn:aws:sns:${region}:${accountId}:${name}`
const invalid = (message: string) => ({ code: 'InvalidParameterException', status: 400, message })

test('A topic has the default policy of AWS, its owner and the effective delivery policy', async () => {
  const { createTopic, topicAttributes } = await snsFixture()
  const arn = await createTopic('orders')
  assert.equal(arn, arnOf('orders'))
  const { Policy = '', EffectiveDeliveryPolicy = '', ...attributes } = await topicAttributes(arn)
  assert.equal(
    Policy,
    '{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow",' +
      '"Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission",' +
      '"SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],' +
      `"Resource":"${arn}","Condition":{"StringEquals":{"AWS:SourceOwner":"${accountId}"}}}]}`,
  )
  assert.equal(
    EffectiveDeliveryPolicy,
    '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,' +
      '"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},' +
      '"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}',
  )
  assert.deepEqual(attributes, {
    ...{ Owner: accountId, TopicArn: arn, DisplayName: '' },
    ...{ SubscriptionsConfirmed: '0', SubscriptionsPending: '0', SubscriptionsDeleted: '0' },
  })
})

test('CreateTopic again finds the topic; other attributes are refused', async () => {
  const { createTopic } = await snsFixture()
  const arn = await createTopic('orders', { DisplayName: 'Orders' })
  assert.equal(await createTopic('orders'), arn)
  assert.equal(await createTopic('orders', { DisplayName: 'Orders' }), arn)
  const message = 'Invalid parameter: Attributes Reason: Topic already exists with different attributes'
  await assert.rejects(createTopic('orders', { DisplayName: 'Other' }), invalid(message))
})

test('scenario 36: CreateTopic again with other tags is refused', async () => {
  const { sns } = await snsFixture()
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await sns('CreateTopic', { Name: 'orders', Tags })
  await sns('CreateTopic', { Name: 'orders', Tags })
  await sns('CreateTopic', { Name: 'orders' })
  const message = 'Invalid parameter: Tags Reason: Topic already exists with different tags'
  const other = { Name: 'orders', Tags: [{ Key: 'team', Value: 'red' }] }
  await assert.rejects(sns('CreateTopic', other), invalid(message))
})

test('Names of topics are checked, and those of FIFO topics end with .fifo', async () => {
  const { createTopic, topicAttributes } = await snsFixture()
  for (const name of ['a b', 'x'.repeat(257), 'a.fifo', '']) {
    await assert.rejects(createTopic(name), invalid('Invalid parameter: Topic Name'))
  }
  await assert.rejects(createTopic('a', { FifoTopic: 'true' }), /Fifo Topic names must end with \.fifo/)
  const arn = await createTopic('a.fifo', { FifoTopic: 'true' })
  const { FifoTopic, ContentBasedDeduplication } = await topicAttributes(arn)
  assert.deepEqual([FifoTopic, ContentBasedDeduplication], ['true', 'false'])
})

test('What an ARN lacks is said; a missing topic is not found, and can be deleted', async () => {
  const { sns } = await snsFixture()
  const get = (TopicArn: string) => sns('GetTopicAttributes', { TopicArn })
  await assert.rejects(
    get('orders'),
    invalid('Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1'),
  )
  await assert.rejects(get(arnOf('x').replace('sns', 'sqs')), invalid('Invalid parameter: TopicArn'))
  await assert.rejects(get(arnOf('x').replace(region, 'eu-west-1')), invalid('Invalid parameter: TopicArn'))
  await assert.rejects(get(arnOf('none')), { code: 'NotFoundException', status: 404, message: 'Topic does not exist' })
  await sns('DeleteTopic', { TopicArn: arnOf('none') })
})

test('Attributes are set one by one; unknown ones, and what is not built, are refused', async () => {
  const { sns, createTopic, topicAttributes } = await snsFixture()
  const TopicArn = await createTopic('orders')
  const set = (AttributeName: string, AttributeValue?: string) =>
    sns('SetTopicAttributes', { TopicArn, AttributeName, AttributeValue })
  await set('DisplayName', 'Orders')
  await set('SignatureVersion', '2')
  await set(
    'DeliveryPolicy',
    '{"http":{"defaultHealthyRetryPolicy":{"numRetries":5},"disableSubscriptionOverrides":true}}',
  )
  const { DisplayName, SignatureVersion, EffectiveDeliveryPolicy = '' } = await topicAttributes(TopicArn)
  assert.deepEqual([DisplayName, SignatureVersion], ['Orders', '2'])
  const { http } = JSON.parse(EffectiveDeliveryPolicy)
  assert.deepEqual([http.defaultHealthyRetryPolicy.numRetries, http.disableSubscriptionOverrides], [5, true])
  await set('DeliveryPolicy', '')
  assert.ok(!('DeliveryPolicy' in (await topicAttributes(TopicArn))))
  await assert.rejects(set('Colour', 'red'), invalid('Invalid parameter: AttributeName'))
  await assert.rejects(set('FifoTopic', 'true'), invalid('Invalid parameter: AttributeName'))
  await assert.rejects(set('ContentBasedDeduplication', 'true'), invalid('Invalid parameter: AttributeName'))
  await assert.rejects(set('TracingConfig', 'Active'), /Strongroom does not have this yet/)
  await assert.rejects(set('SQSFailureFeedbackRoleArn', 'arn:aws:iam::111122223333:role/x'), /does not have this yet/)
  for (const policy of ['x', '{}', '{"http":{"a":1}}', '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}']) {
    await assert.rejects(set('DeliveryPolicy', policy), /: Invalid parameter: DeliveryPolicy Reason: /)
  }
  await assert.rejects(sns('CreateTopic', { Name: 'x', Attributes: { Colour: 'red' } }), /Unknown attribute Colour/)
})

test('ListTopics goes through all topics of the account and Region, a hundred a page', async () => {
  const { sns, createTopic } = await snsFixture()
  for (let n = 0; n < 101; n++) await createTopic(`t${String(n).padStart(3, '0')}`)
  const first = await sns<ListTopicsResponse>('ListTopics', {})
  assert.equal(first.Topics?.length, 100)
  const last = await sns<ListTopicsResponse>('ListTopics', { NextToken: first.NextToken })
  assert.deepEqual(last, { Topics: [{ TopicArn: arnOf('t100') }] })
  await assert.rejects(sns('ListTopics', { NextToken: 'x' }), invalid('Invalid parameter: NextToken'))
  assert.deepEqual(await sns('ListTopics', {}, { region: 'eu-west-1' }), { Topics: [] })
})

test('Policies allow other accounts, are shown as given, and must be about SNS', async () => {
  const { sns, createTopic, publish, topicAttributes } = await snsFixture()
  const TopicArn = await createTopic('orders')
  await assert.rejects(publish(TopicArn, 'x', {}, { caller: stranger }), /is not authorized to perform: SNS:Publish/)
  const set = (AttributeValue: string) =>
    sns('SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue })
  const allow = (Action: string, Principal: object | string = { AWS: otherAccountId }) =>
    policyOf({ Effect: 'Allow', Principal, Action, Resource: TopicArn })
  await set(allow('sns:Publish'))
  await publish(TopicArn, 'x', {}, { caller: stranger })
  assert.match((await topicAttributes(TopicArn)).Policy ?? '', /"arn:aws:iam::444455556666:root"/)
  await assert.rejects(
    set(allow('sqs:SendMessage')),
    invalid('Invalid parameter: Policy statement action out of service scope!'),
  )
  await assert.rejects(set('x'), /: Invalid parameter: Policy Reason: /)
  await assert.rejects(
    set(allow('sns:Publish', { AWS: `arn:aws:iam::${accountId}:user/none` })),
    invalid('Invalid parameter: Policy Error: PrincipalNotFound'),
  )
  await assert.rejects(set(' '.repeat(30_721)), /exceeds the limit/)
  await set('')
  assert.match((await topicAttributes(TopicArn)).Policy ?? '', /__default_policy_ID/)
})

test('AddPermission and RemovePermission change the policy by statements', async () => {
  const { sns, createTopic, publish, topicAttributes } = await snsFixture()
  const TopicArn = await createTopic('orders')
  const add = (more: object = {}) =>
    sns('AddPermission', { TopicArn, Label: 'them', AWSAccountId: [otherAccountId], ActionName: ['Publish'], ...more })
  await add()
  await publish(TopicArn, 'x', {}, { caller: stranger })
  const { Statement } = JSON.parse((await topicAttributes(TopicArn)).Policy ?? '')
  assert.deepEqual(Statement[1], {
    ...{ Sid: 'them', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${otherAccountId}:root` } },
    ...{ Action: 'SNS:Publish', Resource: TopicArn },
  })
  await assert.rejects(add(), invalid('Invalid parameter: Statement already exists'))
  await assert.rejects(add({ Label: 'b', ActionName: ['Fly'] }), /action out of service scope/)
  await assert.rejects(add({ Label: 'b', AWSAccountId: ['1'] }), invalid('Invalid parameter: AWSAccountId'))
  await sns('RemovePermission', { TopicArn, Label: 'them' })
  await assert.rejects(publish(TopicArn, 'x', {}, { caller: stranger }), /is not authorized/)
  await assert.rejects(sns('RemovePermission', { TopicArn, Label: 'them' }), /Statement does not exist/)
})

test('The default policy lets a service in that says whose resource it acts for, and only for the owner of the topic', async () => {
  const { createTopic, publish } = await snsFixture()
  const TopicArn = await createTopic('alarms')
  const as = (service: string, sourceAccount: string) => ({
    caller: {
      principal: { kind: 'service' as const, service, sourceArn: 'arn:aws:x:::y', sourceAccount },
      principalTags: {},
    },
  })
  await publish(TopicArn, 'x', {}, as('cloudwatch.amazonaws.com', accountId))
  await assert.rejects(publish(TopicArn, 'x', {}, as('cloudwatch.amazonaws.com', otherAccountId)), { status: 403 })
  // EventBridge names no owner: it needs a statement of its own.
  await assert.rejects(publish(TopicArn, 'x', {}, as('events.amazonaws.com', accountId)), { status: 403 })
})

test('Tags are added, listed and removed, and are condition keys', async () => {
  const { sns, createTopic, putUser, permissions } = await snsFixture()
  const ResourceArn = await createTopic('orders')
  await sns('TagResource', {
    ResourceArn,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  })
  await sns('UntagResource', { ResourceArn, TagKeys: ['a', 'none'] })
  assert.deepEqual(await sns('ListTagsForResource', { ResourceArn }), { Tags: [{ Key: 'b', Value: '2' }] })
  const [asked] = await permissions('sns', 'Publish', { TopicArn: ResourceArn, Message: 'x' })
  assert.deepEqual(asked?.context, { 'aws:ResourceTag/b': '2' })
  const twice = [
    { Key: 'c', Value: '1' },
    { Key: 'c', Value: '2' },
  ]
  await assert.rejects(
    sns('TagResource', { ResourceArn, Tags: twice }),
    invalid('Invalid parameter: Duplicated keys are not allowed.'),
  )
  const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }))
  await assert.rejects(sns('TagResource', { ResourceArn, Tags: many }), {
    code: 'TagLimitExceededException',
    message: 'Could not complete request: tag quota of per resource exceeded',
  })
  await assert.rejects(sns('ListTagsForResource', { ResourceArn: arnOf('none') }), {
    ...{ code: 'ResourceNotFoundException', status: 404, message: 'Resource does not exist' },
  })
  const bob = newUser('bob')
  await putUser(bob, [policyOf({ Effect: 'Allow', Action: 'sns:CreateTopic', Resource: '*' })])
  await sns('CreateTopic', { Name: 'plain' }, { caller: bob })
  const tagged = sns('CreateTopic', { Name: 'tagged', Tags: [{ Key: 'a', Value: '1' }] }, { caller: bob })
  assert.equal(await refusedAction(tagged), 'SNS:TagResource')
})

test('A deleted topic takes its subscriptions with it, and its name can be used at once', async () => {
  const { sns, createTopic, subscribe, settle, topicAttributes, store } = await snsFixture()
  const TopicArn = await createTopic('orders')
  for (let n = 0; n < 3; n++) await subscribe(TopicArn, 'sqs', `arn:aws:sqs:${region}:${accountId}:q${n}`)
  assert.equal((await topicAttributes(TopicArn)).SubscriptionsConfirmed, '3')
  await sns('DeleteTopic', { TopicArn }, { caller: alice })
  await createTopic('orders')
  assert.equal((await topicAttributes(TopicArn)).SubscriptionsConfirmed, '0')
  await settle()
  assert.deepEqual(await sns('ListSubscriptions', {}), { Subscriptions: [] })
  assert.equal(await store.in({ name: 'sns.topic-counts' }).count({ accountId, region }), 0)
})
