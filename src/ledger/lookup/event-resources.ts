import type { AuditRecord } from '../../core/audit.ts'

/** A resource that an event is found by. */
export interface EventResource {
  type: string
  name: string
}

/**
 * The resources of an event: those that the record lists, under their ARN, and those that its parameters and response name,
 * under each name they go by there, as AWS's event history shows them.
 */
export function eventResources(record: AuditRecord): EventResource[] {
  const named = parametersNaming[record.eventSource] ?? []
  const found = [
    ...(record.resources ?? []).map(({ type, ARN }) => ({ type, name: type === bucket ? bucketOf(ARN) : ARN })),
    ...named.map(({ path: [from, ...path], type }) => ({ type, name: memberAt(record[from], path) })),
  ]
  const seen = new Set<string>()
  return found.filter((resource): resource is EventResource => {
    const { type, name } = resource
    if (!type || typeof name !== 'string' || name === '') return false
    const key = `${type} ${name}`
    return !seen.has(key) && Boolean(seen.add(key))
  })
}

interface Naming {
  path: readonly [from: 'requestParameters' | 'responseElements', ...members: string[]]
  type: string
}

const bucket = 'AWS::S3::Bucket'

const request = (member: string, type: string): Naming => ({ path: ['requestParameters', member], type })

const response = (structure: string, members: readonly string[], type: string): Naming[] =>
  members.map((member) => ({ path: ['responseElements', structure, member], type }))

/** Where records name resources, by event source. What changes here changes the index: raise its version with it. */
const parametersNaming: Partial<Record<string, readonly Naming[]>> = {
  'iam.amazonaws.com': [
    request('userName', 'AWS::IAM::User'),
    request('groupName', 'AWS::IAM::Group'),
    request('roleName', 'AWS::IAM::Role'),
    request('policyArn', 'AWS::IAM::Policy'),
    request('accessKeyId', 'AWS::IAM::AccessKey'),
    request('instanceProfileName', 'AWS::IAM::InstanceProfile'),
    ...response('user', ['userName', 'userId', 'arn'], 'AWS::IAM::User'),
    ...response('group', ['groupName', 'groupId', 'arn'], 'AWS::IAM::Group'),
    ...response('role', ['roleName', 'roleId', 'arn'], 'AWS::IAM::Role'),
    ...response('policy', ['policyName', 'policyId', 'arn'], 'AWS::IAM::Policy'),
    ...response('accessKey', ['accessKeyId'], 'AWS::IAM::AccessKey'),
    ...response('accessKey', ['userName'], 'AWS::IAM::User'),
  ],
  'sts.amazonaws.com': [
    ...response('credentials', ['accessKeyId'], 'AWS::IAM::AccessKey'),
    request('roleSessionName', 'AWS::STS::AssumedRole'),
    ...response('assumedRoleUser', ['assumedRoleId', 'arn'], 'AWS::STS::AssumedRole'),
    ...response('federatedUser', ['federatedUserId', 'arn'], 'AWS::STS::FederatedUser'),
    request('roleArn', 'AWS::IAM::Role'),
  ],
  's3.amazonaws.com': [request('bucketName', bucket)],
}

const bucketOf = (arn: string | undefined) => arn?.replace(/^arn:[^:]+:s3:::/, '')

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, member) => (isStructure(inner) && Object.hasOwn(inner, member) ? inner[member] : undefined),
    value,
  )
}

const isStructure = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
