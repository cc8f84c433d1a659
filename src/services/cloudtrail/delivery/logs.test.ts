import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../../../core/audit.ts'
import { accountId, alice, region } from '../../../testing/callers.ts'
import { cloudwatch } from '../../cloudwatch/cloudwatch.ts'
import { cloudwatchLogs } from '../../cloudwatch-logs/cloudwatch-logs.ts'
import { iam } from '../../iam/iam.ts'
import { kms } from '../../kms/kms.ts'
import { bucketName, cloudtrailFixture } from '../testing.ts'

const group = 'trail'
const groupArn = `arn:aws:logs:${region}:${accountId}:log-group:${group}:*`
const roleArn = `arn:aws:iam::${accountId}:role/delivery`
const stream = `${accountId}_CloudTrail_${region}`

const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const trusting = (Service: string) => policyOf({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' })
const delivering = policyOf({
  ...{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] },
  Resource: `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:${accountId}_CloudTrail_${region}*`,
})

/** A log group, and the role by which a trail delivers to it. */
async function logsFixture() {
  const fixture = await cloudtrailFixture({ modules: [cloudwatchLogs, cloudwatch, iam, kms] })
  const { call, putRole } = fixture
  const role = { arn: roleArn, roleId: 'AROARTX3GSDSQTRAILLOGS' }
  await call('logs', 'CreateLogGroup', { logGroupName: group })
  await putRole({ ...role, trustPolicy: trusting('cloudtrail.amazonaws.com'), policies: [delivering] })
  return {
    ...fixture,
    /** Changes the role. */
    role: (trustPolicy: string, policies: readonly string[]) => putRole({ ...role, trustPolicy, policies }),
    logged: async () => {
      const request = { logGroupName: group, logStreamName: stream, startFromHead: true }
      const { events = [] } = (await call('logs', 'GetLogEvents', request)) as {
        events?: { message: string; timestamp: number }[]
      }
      return events.map(({ message, timestamp }) => ({ timestamp, record: JSON.parse(message) as AuditRecord }))
    },
  }
}

const logs = { CloudWatchLogsLogGroupArn: groupArn, CloudWatchLogsRoleArn: roleArn }

test('events go to the log group of a trail within seconds, as its role', async () => {
  const { start, trail, call, settle, advance, logged, store, clock } = await logsFixture()
  await start('audit', logs)
  await call('iam', 'CreateUser', { UserName: 'a' })
  const calledAtMs = clock.nowMs()
  await settle()
  await advance(2000)
  const events = await logged()
  assert.deepEqual(
    events.map(({ record }) => record.eventName),
    ['StartLogging', 'CreateUser'],
  )
  assert.equal(events[1]?.timestamp, calledAtMs)
  assert.equal(events[1]?.record.userIdentity.type, 'Root')
  const status = await trail('GetTrailStatus', { Name: 'audit' })
  assert.deepEqual(status.LatestCloudWatchLogsDeliveryTime, new Date(calledAtMs + 2000))
  const made = store.records.find(({ eventName }) => eventName === 'CreateLogStream')
  assert.equal(made?.userIdentity.sessionContext?.sessionIssuer?.arn, roleArn)
})

test('a role that is denied shows in the status, and what was missed is sent when it is mended', async () => {
  const { start, trail, call, pass, logged, role } = await logsFixture()
  await start('audit', logs)
  await pass(1)
  const before = (await logged()).length
  await role(trusting('cloudtrail.amazonaws.com'), [])
  await call('iam', 'CreateUser', { UserName: 'a' })
  await pass(1)
  const { LatestCloudWatchLogsDeliveryError } = await trail('GetTrailStatus', { Name: 'audit' })
  assert.equal(LatestCloudWatchLogsDeliveryError, 'AccessDeniedException')
  await role(trusting('cloudtrail.amazonaws.com'), [delivering])
  await pass(10)
  const missed = (await logged()).slice(before).map(({ record }) => record.eventName)
  assert.deepEqual(
    missed.filter((name) => name === 'CreateUser'),
    ['CreateUser'],
  )
  const mended = await trail('GetTrailStatus', { Name: 'audit' })
  assert.equal(mended.LatestCloudWatchLogsDeliveryError, undefined)
})

test('a log group is given with a role that can use it, and both are taken away together', async () => {
  const { trail, role } = await logsFixture()
  const create = { Name: 'audit', S3BucketName: bucketName }
  const group = 'InvalidCloudWatchLogsLogGroupArnException'
  const denied = 'InvalidCloudWatchLogsRoleArnException'
  await assert.rejects(trail('CreateTrail', { ...create, CloudWatchLogsLogGroupArn: groupArn }), {
    code: denied,
    message: 'You must specify a role ARN as well as a log group.',
  })
  for (const wrong of [groupArn.slice(0, -2), groupArn.replace('trail', 'none')]) {
    await assert.rejects(trail('CreateTrail', { ...create, ...logs, CloudWatchLogsLogGroupArn: wrong }), {
      code: group,
    })
  }
  await role(trusting('cloudtrail.amazonaws.com'), [])
  await assert.rejects(trail('CreateTrail', { ...create, ...logs }), {
    code: group,
    message: 'Access denied. Check the permissions for your role.',
  })
  await role(trusting('lambda.amazonaws.com'), [delivering])
  await trail('CreateTrail', create)
  const roles = { ...logs, CloudWatchLogsRoleArn: `arn:aws:iam::${accountId}:role/none` }
  await assert.rejects(trail('UpdateTrail', { Name: 'audit', ...roles }), {
    code: denied,
    message: 'Access denied. Check the trust relationships for your role.',
  })
  await role(trusting('cloudtrail.amazonaws.com'), [delivering])
  const updated = await trail('UpdateTrail', { Name: 'audit', ...logs })
  assert.equal(updated.CloudWatchLogsRoleArn, roleArn)
  const none = { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' }
  const cleared = await trail('UpdateTrail', { Name: 'audit', ...none })
  assert.equal(cleared.CloudWatchLogsLogGroupArn, undefined)
})

const anyOf = (names: string) =>
  names
    .split(' ')
    .map((name) => `($.eventName=${name})`)
    .join(' || ')

/** The metric filters of the CIS AWS Foundations Benchmark, in its order. */
const cisFilters = [
  '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
  '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
  '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
  `{($.eventSource=iam.amazonaws.com) && (${anyOf('DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy')})}`,
  `{${anyOf('CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging')}}`,
  '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
  `{($.eventSource=kms.amazonaws.com) && (${anyOf('DisableKey ScheduleKeyDeletion')})}`,
  `{($.eventSource=s3.amazonaws.com) && (${anyOf('PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication')})}`,
  `{($.eventSource=config.amazonaws.com) && (${anyOf('StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder')})}`,
  `{${anyOf('AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup')}}`,
  `{${anyOf('CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry ReplaceNetworkAclAssociation')}}`,
  `{${anyOf('CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway DeleteInternetGateway DetachInternetGateway')}}`,
  `{($.eventSource=ec2.amazonaws.com) && (${anyOf('CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute DisassociateRouteTable')})}`,
  `{${anyOf('CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink')}}`,
]

test('scenario 58: of the CIS filters on the log group of a trail, each has its alarm go off for its action, and no other', async () => {
  const fixture = await logsFixture()
  const { call, start, pass, clock, putUser } = fixture
  const bob = {
    ...alice,
    principal: {
      ...alice.principal,
      userName: 'bob',
      userId: 'AIDARTX3GSDSQBOBBOBBOB',
      arn: `arn:aws:iam::${accountId}:user/bob`,
    },
  }
  await putUser(bob as typeof alice, [])
  const asAlice = (service: string, operation: string, input: object) =>
    call(service, operation, input, { caller: alice })
  await start('audit', logs, { caller: alice })
  await pass(1)
  for (const [at, filterPattern] of cisFilters.entries()) {
    const name = `cis-${at + 1}`
    const metric = { metricName: name, metricNamespace: 'CISBenchmark' }
    await call(
      'logs',
      'PutMetricFilter',
      {
        ...{ logGroupName: group, filterName: name, filterPattern },
        metricTransformations: [{ ...metric, metricValue: '1' }],
      },
      { caller: alice },
    )
    await call(
      'monitoring',
      'PutMetricAlarm',
      {
        ...{ AlarmName: name, MetricName: name, Namespace: 'CISBenchmark', Statistic: 'Sum', Period: 300 },
        ...{ Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold', EvaluationPeriods: 1 },
        TreatMissingData: 'notBreaching',
      },
      { caller: alice },
    )
  }
  const { KeyMetadata } = (await asAlice('kms', 'CreateKey', {})) as { KeyMetadata: { KeyId: string } }
  await asAlice('s3', 'CreateBucket', { Bucket: 'photos' })
  await asAlice('iam', 'CreateUser', { UserName: 'carol' })
  /** The record of a call to a service that is not here, as it would come to the group. */
  const recorded = (record: object) =>
    call(
      'logs',
      'PutLogEvents',
      {
        ...{ logGroupName: group, logStreamName: stream },
        logEvents: [
          { timestamp: clock.nowMs(), message: JSON.stringify({ userIdentity: { type: 'IAMUser' }, ...record }) },
        ],
      },
      { caller: alice },
    )
  const ec2 = (eventName: string) => () => recorded({ eventSource: 'ec2.amazonaws.com', eventName })
  const login = { eventSource: 'signin.amazonaws.com', eventName: 'ConsoleLogin' }
  const document = policyOf({ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' })
  const cors = { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] }
  const actions: (() => Promise<unknown>)[] = [
    () => assert.rejects(call('kms', 'ListKeys', {}, { caller: bob as typeof alice })),
    () => recorded({ ...login, additionalEventData: { MFAUsed: 'No' }, responseElements: { ConsoleLogin: 'Success' } }),
    () => call('iam', 'ListUsers', {}),
    () => asAlice('iam', 'PutUserPolicy', { UserName: 'carol', PolicyName: 'p', PolicyDocument: document }),
    () => asAlice('cloudtrail', 'UpdateTrail', { Name: 'audit' }),
    () => recorded({ ...login, errorMessage: 'Failed authentication', responseElements: { ConsoleLogin: 'Failure' } }),
    () => asAlice('kms', 'DisableKey', { KeyId: KeyMetadata.KeyId }),
    () => asAlice('s3', 'PutBucketCors', { Bucket: 'photos', CORSConfiguration: cors }),
    () => recorded({ eventSource: 'config.amazonaws.com', eventName: 'StopConfigurationRecorder' }),
    ...['CreateSecurityGroup', 'CreateNetworkAcl', 'CreateInternetGateway', 'CreateRoute', 'CreateVpc'].map(ec2),
  ]
  const alarming = async () => {
    const { MetricAlarms = [] } = (await call(
      'monitoring',
      'DescribeAlarms',
      { StateValue: 'ALARM', MaxRecords: 100 },
      { caller: alice },
    )) as {
      MetricAlarms?: { AlarmName: string }[]
    }
    return MetricAlarms.map(({ AlarmName }) => AlarmName)
  }
  await pass(15)
  await asAlice('s3', 'ListBuckets', {})
  await pass(6)
  assert.deepEqual(await alarming(), [])
  for (const [at, action] of actions.entries()) {
    await action()
    await pass(6)
    assert.deepEqual(await alarming(), [`cis-${at + 1}`])
    await pass(15)
    assert.deepEqual(await alarming(), [])
  }
})
