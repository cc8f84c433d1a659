import type { Alias, KmsKey } from './key.ts'
import { type KeyDesign, newKey } from './key-creation.ts'
import type { Place } from './key-identifier.ts'
import { defaultRotationPeriodDays, rotationFrom } from './material/rotation.ts'

/** What distinguishes the AWS managed key of one service from those of the others. */
interface ManagedKey {
  /** What the service is called in the policy. */
  title: string
  /** What the key protects, in its description. */
  protects: string
  /** `Id` of the policy, where it is not `auto-<service>-1`. */
  policyId?: string
  /** The service through which the key is used, where it has another name than the alias. */
  via?: string
  /** Works with grants, unless it says otherwise. */
  actions?: readonly string[]
  /** The key is used through the service in any Region: global tables. */
  anyRegion?: boolean
}

const use = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']
const withoutGrants = [...use, 'kms:DescribeKey']
const withGrants = [...use, 'kms:CreateGrant', 'kms:DescribeKey']

/** By the name in the alias. Texts that AWS does not publish follow the pattern of those that it does. */
const managedKeys: Readonly<Record<string, ManagedKey>> = {
  acm: { title: 'ACM', protects: 'ACM private keys' },
  backup: { title: 'Backup', protects: 'Backup data' },
  dynamodb: { title: 'Amazon DynamoDB', protects: 'DynamoDB data', policyId: 'auto-dynamodb-3', anyRegion: true },
  ebs: { title: 'EBS', protects: 'EBS volumes', policyId: 'auto-ebs-2', via: 'ec2' },
  elasticfilesystem: { title: 'EFS', protects: 'EFS filesystems' },
  es: { title: 'Elasticsearch', protects: 'Elasticsearch data' },
  fsx: { title: 'FSx', protects: 'FSx resources' },
  glue: { title: 'Glue', protects: 'Glue data' },
  kinesis: { title: 'Kinesis', protects: 'Kinesis data' },
  lambda: { title: 'AWS Lambda', protects: 'Lambda functions', policyId: 'auto-awslambda' },
  rds: {
    ...{ title: 'RDS', protects: 'RDS database volumes', policyId: 'auto-rds-2' },
    actions: [...use, 'kms:CreateGrant', 'kms:ListGrants', 'kms:DescribeKey'],
  },
  redshift: { title: 'Redshift', protects: 'Redshift clusters' },
  s3: { title: 'S3', protects: 'S3 objects', policyId: 'auto-s3-2', actions: withoutGrants },
  secretsmanager: { title: 'AWS Secrets Manager', protects: 'Secrets Manager data', policyId: 'auto-secretsmanager-2' },
  sns: {
    ...{ title: 'SNS', protects: 'SNS data' },
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:ListGrants', 'kms:DescribeKey'],
  },
  sqs: { title: 'Simple Queue Service (SQS)', protects: 'SQS messages' },
  ssm: { title: 'SSM', protects: 'SSM parameters', actions: withoutGrants },
  workspaces: { title: 'WorkSpaces', protects: 'WorkSpaces volumes' },
  xray: { title: 'X-Ray', protects: 'X-Ray data' },
}

const reservedPrefix = 'alias/aws/'

/** The aliases that every account has in every Region, whether or not there is a key behind them yet; in order of name. */
export const predefinedAliases: readonly string[] = Object.keys(managedKeys)
  .map((service) => `${reservedPrefix}${service}`)
  .sort()

export const isPredefinedAlias = (aliasName: string): boolean => predefinedAliases.includes(aliasName)

/**
 * Makes the AWS managed key behind a predefined alias, without its material. It is rotated every year; no caller can change that.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
 */
export function newAwsManagedKey(place: Place, aliasName: string, nowMs: number): KmsKey {
  const service = aliasName.slice(reservedPrefix.length)
  const managed = managedKeys[service]
  if (!managed) throw new Error(`${aliasName} is not a predefined alias`)
  const chosen = {
    description: `Default key that protects my ${managed.protects} when no other key is defined`,
    policy: { document: printPolicy(policyOf(service, managed, place)), boundPrincipals: {} },
    tags: [],
  }
  return {
    ...newKey(place, nowMs, design, chosen),
    keyManager: 'AWS',
    rotation: rotationFrom(nowMs, defaultRotationPeriodDays),
    aliasNames: [aliasName],
  }
}

const design: KeyDesign = {
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  multiRegion: false,
}

export const predefinedAlias = (aliasName: string, { keyId, createdAtMs }: KmsKey): Alias => ({
  aliasName,
  targetKeyId: keyId,
  createdAtMs,
  updatedAtMs: createdAtMs,
})

function policyOf(service: string, managed: ManagedKey, { partition, region, accountId }: Place): Json {
  const { title, via = service, policyId = `auto-${service}-1`, actions = withGrants, anyRegion } = managed
  const sid = `Allow access through ${title} for all principals in the account that are authorized to use ${nameOf(title)}`
  const CallerAccount = { 'kms:CallerAccount': accountId }
  const inRegion = { StringEquals: { ...CallerAccount, 'kms:ViaService': `${via}.${region}.amazonaws.com` } }
  const inAnyRegion = { StringEquals: CallerAccount, StringLike: { 'kms:ViaService': `${via}.*.amazonaws.com` } }
  const through = (action: Json, condition: Json): Json => ({
    ...{ Sid: sid, Effect: 'Allow', Principal: { AWS: '*' }, Action: action, Resource: '*', Condition: condition },
  })
  const ofService =
    service === 'secretsmanager'
      ? // Replicas of a secret ask for data keys out of the Region of the primary secret.
        [
          through(
            actions.filter((action) => action !== 'kms:GenerateDataKey*'),
            inRegion,
          ),
          through('kms:GenerateDataKey*', inAnyRegion),
        ]
      : [through([...actions], anyRegion ? inAnyRegion : inRegion)]
  const metadata = ['kms:Describe*', 'kms:Get*', 'kms:List*']
  const account = {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action: actions.includes('kms:CreateGrant') ? [...metadata, 'kms:RevokeGrant'] : metadata,
    Resource: '*',
  }
  return { Version: '2012-10-17', Id: policyId, Statement: [...ofService, account] }
}

/** `SQS` of `Simple Queue Service (SQS)`. */
const nameOf = (title: string) => /\((.+)\)$/.exec(title)?.[1] ?? title

type Json = string | readonly Json[] | { readonly [member: string]: Json }

/** JSON in the layout in which KMS prints policies of its own. */
function printPolicy(value: Json, indent = ''): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (isList(value)) return `[ ${value.map((item) => printPolicy(item, indent)).join(', ')} ]`
  const members = Object.entries(value).map(
    ([name, member]) => `${indent}  ${JSON.stringify(name)} : ${printPolicy(member, `${indent}  `)}`,
  )
  return `{\n${members.join(',\n')}\n${indent}}`
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
