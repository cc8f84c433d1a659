import type { AuditRecord } from '../../../core/audit.ts'
import { bucketActions, objectActions } from './s3-actions.ts'

/** A permission that a recorded call needed. */
export interface Need {
  /** As IAM writes it: `kms:Decrypt`. */
  action: string
  /** An ARN, or `*` where the action takes no resource or the record names none. Patterns stand only for what a call makes anew. */
  resource: string
  /** What `kms:ViaService` was: of calls to KMS that a service made for the principal. */
  viaService?: string
}

/**
 * Returns the permissions that a call needed, as far as its record tells: what needs none has none. Those that depend on members
 * that records hide, or on the state of a resource then, are not among them.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function neededBy(record: AuditRecord): Need[] {
  const prefix = prefixOf(record.eventSource)
  const needs = (rules[prefix] ?? byResources)(record, prefix)
  const via = prefix === 'kms' ? viaServiceOf(record) : undefined
  const all = [...needs, ...passedRoles(record, prefix)]
  return via === undefined ? all : all.map((need) => ({ ...need, viaService: via }))
}

/** `secretsmanager.us-east-1.amazonaws.com`, of a call that a service made for the principal. */
export const viaServiceOf = ({ userIdentity: { invokedBy }, awsRegion }: AuditRecord): string | undefined =>
  invokedBy?.endsWith('.amazonaws.com') ? invokedBy.replace(/amazonaws\.com$/, `${awsRegion}.amazonaws.com`) : undefined

/** The prefix of a service's actions, where its principal has another name. */
function prefixOf(eventSource: string): string {
  const name = eventSource.replace(/\.amazonaws\.com$/, '')
  return name === 'monitoring' ? 'cloudwatch' : name
}

type Rule = (record: AuditRecord, prefix: string) => Need[]

const arnsOf = ({ resources = [] }: AuditRecord): string[] =>
  resources.flatMap(({ ARN }) => (ARN ? [literal(ARN)] : []))

/** Writes an ARN so that a policy takes it for itself: keys of objects may have letters that patterns use. */
const literal = (arn: string): string => arn.replaceAll(/[*?$]/g, (letter) => `\${${letter}}`)

const parameter = ({ requestParameters }: AuditRecord, name: string): string | undefined => {
  const value = requestParameters && Object.hasOwn(requestParameters, name) ? requestParameters[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

const has = ({ requestParameters }: AuditRecord, name: string): boolean => {
  const value = requestParameters && Object.hasOwn(requestParameters, name) ? requestParameters[name] : undefined
  return Array.isArray(value) ? value.length > 0 : typeof value === 'object' ? value !== null : Boolean(value)
}

const on = (actions: readonly string[], resources: readonly string[]): Need[] =>
  actions.flatMap((action) =>
    (resources.length > 0 ? [...new Set(resources)] : ['*']).map((resource) => ({ action, resource })),
  )

const accountOf = ({ userIdentity: { accountId }, recipientAccountId }: AuditRecord) => accountId ?? recipientAccountId

/** The action has the operation's name, on the resources that the record names. */
const byResources: Rule = (record, prefix) => on([`${prefix}:${record.eventName}`], arnsOf(record))

/** Names of actions that differ, and operations whose actions take no resource although their records name one. */
const renamed =
  (names: Readonly<Record<string, readonly string[]>>, withoutResource: ReadonlySet<string> = new Set()): Rule =>
  (record, prefix) => {
    const { eventName } = record
    const actions = (Object.hasOwn(names, eventName) ? names[eventName] : undefined) ?? [eventName]
    return on(
      actions.map((action) => `${prefix}:${action}`),
      withoutResource.has(eventName) ? [] : arnsOf(record),
    )
  }

/** The keys of such a call are not there yet, or it is about none. */
const kmsWithoutKey = new Set(['CreateKey', 'GenerateRandom', 'ListKeys', 'ListAliases', 'CreateCustomKeyStore'])

const kms: Rule = (record) => {
  const { eventName } = record
  const needs = renamed({ ReEncrypt: ['ReEncryptFrom', 'ReEncryptTo'] }, kmsWithoutKey)(record, 'kms')
  if (eventName === 'CreateKey' && has(record, 'tags')) return [...needs, ...on(['kms:TagResource'], [])]
  // A replica is made in another Region, where no key is yet.
  if (eventName === 'ReplicateKey') return [...needs, ...on(['kms:CreateKey'], [])]
  return needs
}

const secretsManager: Rule = (record, prefix) => {
  if (record.eventName === 'CreateSecret') {
    const name = parameter(record, 'name')
    const { awsRegion } = record
    // A secret that is made again has another end of its ARN.
    const made = name ? [`arn:aws:secretsmanager:${awsRegion}:${accountOf(record)}:secret:${literal(name)}-??????`] : []
    const actions = ['CreateSecret']
    if (has(record, 'tags')) actions.push('TagResource')
    if (has(record, 'addReplicaRegions')) actions.push('ReplicateSecretToRegions')
    return on(
      actions.map((action) => `${prefix}:${action}`),
      made,
    )
  }
  if (record.eventName !== 'BatchGetSecretValue') return byResources(record, prefix)
  const secrets = arnsOf(record)
  return [
    ...on([`${prefix}:BatchGetSecretValue`], []),
    ...(has(record, 'filters') ? on([`${prefix}:ListSecrets`], []) : []),
    ...(secrets.length > 0 ? on([`${prefix}:GetSecretValue`], secrets) : []),
  ]
}

const ssm: Rule = (record, prefix) => {
  const path = record.eventName === 'GetParametersByPath' ? parameter(record, 'path') : undefined
  if (path) {
    const name = path === '/' ? path : path.replace(/^\/*/, '/').replace(/\/$/, '')
    // Who may read a path may read what is under it.
    return on(
      ['ssm:GetParametersByPath'],
      [`arn:aws:ssm:${record.awsRegion}:${accountOf(record)}:parameter${literal(name)}`],
    )
  }
  const needs = byResources(record, prefix)
  const tags = record.eventName === 'PutParameter' && has(record, 'tags')
  return tags ? [...needs, ...on(['ssm:AddTagsToResource'], arnsOf(record))] : needs
}

const lambda: Rule = (record, prefix) => {
  // CloudTrail has the date and the version of the operation's path behind its name: `GetFunction20150331v2`.
  const name = record.eventName.replace(/\d{8}(v\d+)?$/, '')
  return on([`${prefix}:${name === 'Invoke' || name === 'InvokeAsync' ? 'InvokeFunction' : name}`], arnsOf(record))
}

const s3: Rule = (record) => {
  const { eventName, resources = [] } = record
  const bucket = resources.flatMap(({ type, ARN }) => (type === 'AWS::S3::Bucket' && ARN ? [literal(ARN)] : []))
  const object = resources.flatMap(({ type, ARN }) => (type === 'AWS::S3::Object' && ARN ? [literal(ARN)] : []))
  const named = (names: readonly string[]) => names.map((name) => `s3:${name}`)
  if (eventName === 'ListBuckets') return on(['s3:ListAllMyBuckets'], [])
  if (/^(Get|Put|Delete)AccountPublicAccessBlock$/.test(eventName)) {
    return on([`s3:${eventName.startsWith('Get') ? 'Get' : 'Put'}AccountPublicAccessBlock`], [])
  }
  if (eventName === 'DeleteObjects') {
    // The record hides which objects.
    return on(
      ['s3:DeleteObject'],
      bucket.map((arn) => `${arn}/*`),
    )
  }
  const ofObject = objectActions(eventName, record.requestParameters ?? {})
  if (ofObject) {
    const needs = on(named(ofObject), object)
    return [...needs, ...copied(record)]
  }
  return on(named([bucketActions[eventName] ?? eventName]), bucket)
}

/** What a copy reads. */
function copied(record: AuditRecord): Need[] {
  const source = parameter(record, 'x-amz-copy-source') ?? parameter(record, 'copySource')
  if (source === undefined) return []
  const [, path = '', version] = /^\/?(.*?)(\?versionId=.*)?$/s.exec(source) ?? []
  return on([version ? 's3:GetObjectVersion' : 's3:GetObject'], [literal(`arn:aws:s3:::${decoded(path)}`)])
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** The kinds of IAM's resources, by the member of a request that names them; the first that is there counts. */
const iamMembers = [
  ['instanceProfileName', 'instance-profile'],
  ['groupName', 'group'],
  ['roleName', 'role'],
  ['userName', 'user'],
] as const

const iam: Rule = (record) => {
  const { eventName, userIdentity } = record
  const action = [`iam:${eventName}`]
  const own = (kind: string, name: string) =>
    `arn:aws:iam::${accountOf(record)}:${kind}${parameter(record, 'path') ?? '/'}${name}`
  if (eventName === 'CreatePolicy') return on(action, [own('policy', parameter(record, 'policyName') ?? '*')])
  const source = parameter(record, 'policySourceArn')
  if (source) return on(action, [source])
  for (const [member, kind] of iamMembers) {
    const name = parameter(record, member)
    if (name === undefined) continue
    const role = eventName === 'AddRoleToInstanceProfile' ? parameter(record, 'roleName') : undefined
    return [...on(action, [own(kind, name)]), ...(role ? on(['iam:PassRole'], [own('role', role)]) : [])]
  }
  const policy = parameter(record, 'policyArn')
  if (policy) return on(action, [policy])
  // Without a name, operations on access keys are about the user who calls.
  const isOwn = /(AccessKeys?|^iam:GetUser)$/.test(action[0] ?? '') && userIdentity.type === 'IAMUser'
  return on(action, isOwn && userIdentity.arn ? [userIdentity.arn] : [])
}

const sts: Rule = (record, prefix) => {
  const { eventName } = record
  if (eventName === 'GetCallerIdentity' || eventName === 'GetSessionToken') return []
  if (!eventName.startsWith('AssumeRole')) return on([`${prefix}:${eventName}`], [])
  const actions = [`${prefix}:${eventName}`]
  if (has(record, 'tags')) actions.push('sts:TagSession')
  if (has(record, 'sourceIdentity')) actions.push('sts:SetSourceIdentity')
  const role = parameter(record, 'roleArn')
  return on(actions, role ? [role] : arnsOf(record))
}

const rules: Readonly<Record<string, Rule>> = {
  ...{ kms, ssm, lambda, s3, iam, sts, secretsmanager: secretsManager },
  sqs: renamed({
    SendMessageBatch: ['SendMessage'],
    DeleteMessageBatch: ['DeleteMessage'],
    ChangeMessageVisibilityBatch: ['ChangeMessageVisibility'],
  }),
  sns: renamed({ PublishBatch: ['Publish'] }, new Set(['Unsubscribe'])),
}

/** Operations that hand a role on to their service. */
const passing =
  /^(lambda:(Create|Update)Function|events:(PutRule|PutTargets)|scheduler:(Create|Update)Schedule$|cloudtrail:(Create|Update)Trail$|s3:PutBucketReplication$)/

function passedRoles(record: AuditRecord, prefix: string): Need[] {
  if (!passing.test(`${prefix}:${record.eventName}`)) return []
  return on(['iam:PassRole'], rolesIn(record.requestParameters)).filter(({ resource }) => resource !== '*')
}

function rolesIn(value: unknown): string[] {
  if (typeof value === 'string') return /^arn:aws:iam::\d{12}:role\/[^\s*?$]+$/.test(value) ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(rolesIn) : []
}
