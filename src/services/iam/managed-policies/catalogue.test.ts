import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CompiledPolicy, compilePolicy } from '../../../policy/compile.ts'
import { defaultDocument } from '../domain/managed-policy.ts'
import { cataloguePolicyArns, findCataloguePolicy } from './catalogue.ts'

const arns = [...cataloguePolicyArns()]

function policyAt(arn: string) {
  const policy = findCataloguePolicy(arn)
  assert.ok(policy, arn)
  return policy
}

interface Statement {
  Effect: 'Allow' | 'Deny'
  Action?: string | string[]
  NotAction?: string | string[]
  Resource: string | string[]
}

const listOf = (value: string | string[] = []) => (Array.isArray(value) ? value : [value])

const statementsOf = (name: string): Statement[] =>
  JSON.parse(defaultDocument(policyAt(`arn:aws:iam::aws:policy/${name}`))).Statement

const matches = (pattern: string, action: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action)

/** Returns whether some statement names the action, on whatever resource. */
const allows = (name: string, action: string) =>
  statementsOf(name).some(
    ({ Effect, Action, NotAction }) =>
      Effect === 'Allow' &&
      (NotAction
        ? !listOf(NotAction).some((pattern) => matches(pattern, action))
        : listOf(Action).some((pattern) => matches(pattern, action))),
  )

test('the catalogue has the policies that AWS lists for what is here and to come, and those that are attached most', () => {
  for (const name of [
    ...['AdministratorAccess', 'PowerUserAccess', 'ReadOnlyAccess', 'SecurityAudit', 'AWSDenyAll', 'IAMFullAccess'],
    ...['IAMReadOnlyAccess', 'IAMUserChangePassword', 'IAMUserSSHKeys', 'IAMAccessAdvisorReadOnly'],
    ...['job-function/ViewOnlyAccess', 'job-function/Billing', 'job-function/DatabaseAdministrator'],
    ...['job-function/NetworkAdministrator', 'job-function/SystemAdministrator', 'job-function/SupportUser'],
    ...['AWSKeyManagementServicePowerUser', 'SecretsManagerReadWrite', 'AmazonSSMFullAccess'],
    ...['AmazonSSMReadOnlyAccess', 'AmazonSSMManagedInstanceCore', 'service-role/AmazonSSMMaintenanceWindowRole'],
    ...['AWSCloudTrail_FullAccess', 'AWSCloudTrail_ReadOnlyAccess', 'AWSOrganizationsFullAccess'],
    ...['AWSAccountManagementFullAccess', 'AWSLambda_FullAccess', 'AWSLambdaExecute', 'AWSLambdaInvocation-DynamoDB'],
    ...['service-role/AWSLambdaBasicExecutionRole', 'service-role/AWSLambdaVPCAccessExecutionRole'],
    ...['service-role/AWSLambdaSQSQueueExecutionRole', 'service-role/AWSLambdaRole', 'AmazonS3FullAccess'],
    ...['CloudWatchFullAccess', 'CloudWatchAgentServerPolicy', 'CloudWatchLogsFullAccess'],
    ...['AmazonEventBridgeFullAccess', 'AmazonEventBridgeSchedulerFullAccess', 'AmazonSNSFullAccess'],
    ...['AmazonSQSFullAccess', 'AmazonRDSFullAccess', 'service-role/AmazonRDSEnhancedMonitoringRole'],
    ...['AmazonEC2FullAccess', 'AmazonEC2ReadOnlyAccess', 'service-role/AmazonEBSCSIDriverPolicy'],
    ...['AmazonAthenaFullAccess', 'AWSGlueConsoleFullAccess', 'service-role/AWSGlueServiceRole'],
    ...['AWSCloudFormationFullAccess', 'AWSCloudFormationReadOnlyAccess', 'AWSCloudHSMFullAccess'],
    ...['service-role/AmazonECSTaskExecutionRolePolicy', 'AmazonEKSClusterPolicy', 'AmazonEKSWorkerNodePolicy'],
    ...['AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly', 'AmazonDynamoDBFullAccess'],
    'aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy',
  ]) {
    assert.ok(arns.includes(`arn:aws:iam::aws:policy/${name}`), name)
  }
})

test('docs/iam.md says how many policies there are, and of which day', () => {
  const guide = readFileSync(new URL('../../../../docs/iam.md', import.meta.url), 'utf8')
  const newest = Math.max(...arns.map((arn) => policyAt(arn).updatedAtMs))
  const [, count, day] = /There are ([\d,]+) of them, .* of (\d{4}-\d{2}-\d{2})/.exec(guide.replaceAll('\n', ' ')) ?? []
  assert.deepEqual([count, day], [arns.length.toLocaleString('en'), new Date(newest).toISOString().slice(0, 10)])
})

test('every policy of the catalogue can be read, and has names, an id and dates as AWS gives them', () => {
  for (const arn of arns) {
    const policy = policyAt(arn)
    assert.match(arn, /^arn:aws:iam::aws:policy\/([a-z-]+\/)?[\w+=,.@-]+$/)
    assert.equal(arn, `arn:aws:iam::aws:policy${policy.path}${policy.name}`)
    assert.match(policy.id, /^ANPA[A-Z0-9]{17}$/, arn)
    assert.equal(policy.defaultVersionId, `v${policy.lastVersion}`)
    assert.ok(policy.createdAtMs <= policy.updatedAtMs, arn)
    assert.ok(compilePolicy(defaultDocument(policy)) instanceof CompiledPolicy, arn)
  }
  assert.equal(new Set(arns.map((arn) => policyAt(arn).id)).size, arns.length)
})

test('the catalogue finds no policy that AWS does not have', () => {
  for (const arn of ['arn:aws:iam::aws:policy/None', 'arn:aws:iam::111122223333:policy/ReadOnlyAccess', '', '{']) {
    assert.equal(findCataloguePolicy(arn), undefined)
  }
})

test('policies that read neither read secrets nor decrypt nor change anything', () => {
  for (const name of ['ReadOnlyAccess', 'SecurityAudit', 'job-function/ViewOnlyAccess']) {
    for (const action of [
      'secretsmanager:GetSecretValue',
      'secretsmanager:BatchGetSecretValue',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:ScheduleKeyDeletion',
      'iam:CreateAccessKey',
      'iam:PassRole',
      's3:PutObject',
      'cloudtrail:StopLogging',
      'sts:AssumeRole',
    ]) {
      assert.equal(allows(name, action), false, `${name} ${action}`)
    }
    assert.ok(allows(name, 'kms:ListKeys'), name)
    assert.ok(allows(name, 'iam:ListUsers'), name)
  }
  assert.ok(!allows('SecurityAudit', 's3:GetObject'))
  assert.ok(!allows('SecurityAudit', 'ssm:GetParameter'))
})

test('PowerUserAccess leaves identities out and AWSKeyManagementServicePowerUser leaves using keys out', () => {
  assert.ok(allows('PowerUserAccess', 'kms:Decrypt'))
  assert.ok(!allows('PowerUserAccess', 'iam:CreateUser'))
  assert.ok(!allows('PowerUserAccess', 'organizations:CreateAccount'))
  assert.ok(allows('PowerUserAccess', 'iam:CreateServiceLinkedRole'))
  assert.ok(allows('AWSKeyManagementServicePowerUser', 'kms:CreateKey'))
  for (const action of ['kms:Decrypt', 'kms:Encrypt', 'kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy']) {
    assert.ok(!allows('AWSKeyManagementServicePowerUser', action), action)
  }
})

test('AdministratorAccess allows everything and AWSDenyAll denies it', () => {
  assert.deepEqual(statementsOf('AdministratorAccess'), [{ Effect: 'Allow', Action: '*', Resource: '*' }])
  for (const { Effect, Action, Resource } of statementsOf('AWSDenyAll')) {
    assert.deepEqual([Effect, listOf(Action), Resource], ['Deny', ['*'], '*'])
  }
})
