import { randomUUID } from 'node:crypto'
import { policyTooLarge, principalInvalid, statementExists, statementNotFound } from './errors.ts'
import { quotas } from './quotas.ts'

/** One statement of a function's policy, as AddPermission makes them. */
export interface PolicyStatement {
  Sid: string
  Effect: 'Allow'
  Principal: '*' | { Service: string } | { AWS: string }
  Action: string
  Resource: string
  Condition?: Record<string, Record<string, string>>
}

/** The policy of a function, or of one of its versions or aliases. */
export interface FunctionPolicy {
  statements: readonly PolicyStatement[]
  /** Users and roles that statements name, as written, with their unique ids: see `BoundPolicy`. */
  boundPrincipals: Readonly<Record<string, string>>
  revisionId: string
}

/** What AddPermission says of a statement. */
export interface GivenPermission {
  StatementId: string
  Action: string
  Principal: string
  SourceArn?: string
  SourceAccount?: string
  EventSourceToken?: string
  PrincipalOrgID?: string
  FunctionUrlAuthType?: string
  InvokedViaFunctionUrl?: boolean
}

/** @param resource - ARN of what the policy belongs to. @throws ServiceError InvalidParameterValueException. */
export function statementOf(given: GivenPermission, resource: string): PolicyStatement {
  const condition = conditionOf(given)
  return {
    Sid: given.StatementId,
    Effect: 'Allow',
    Principal: principalOf(given.Principal),
    Action: given.Action,
    Resource: resource,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  }
}

function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*'
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` }
  if (/^arn:[a-z-]+:(iam|sts)::\d{12}:.+$/.test(principal)) return { AWS: principal }
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(principal)) return { Service: principal }
  throw principalInvalid()
}

function conditionOf(given: GivenPermission): Record<string, Record<string, string>> {
  const equals: Record<string, string> = {}
  if (given.SourceAccount !== undefined) equals['AWS:SourceAccount'] = given.SourceAccount
  if (given.PrincipalOrgID !== undefined) equals['aws:PrincipalOrgID'] = given.PrincipalOrgID
  if (given.EventSourceToken !== undefined) equals['lambda:EventSourceToken'] = given.EventSourceToken
  if (given.FunctionUrlAuthType !== undefined) equals['lambda:FunctionUrlAuthType'] = given.FunctionUrlAuthType
  const via = given.InvokedViaFunctionUrl
  return {
    ...(Object.keys(equals).length > 0 ? { StringEquals: equals } : {}),
    ...(given.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': given.SourceArn } }),
    ...(via === undefined ? {} : { Bool: { 'lambda:InvokedViaFunctionUrl': String(via) } }),
  }
}

const none: FunctionPolicy = { statements: [], boundPrincipals: {}, revisionId: '' }

/**
 * @param bound - unique id of the statement's principal, where it is a user or a role.
 * @throws ServiceError ResourceConflictException, PolicyLengthExceededException.
 */
export function addStatement(
  policy: FunctionPolicy = none,
  statement: PolicyStatement,
  bound: string | undefined,
): FunctionPolicy {
  if (policy.statements.some(({ Sid }) => Sid === statement.Sid)) throw statementExists(statement.Sid)
  const named = principalNamed(statement)
  const { statements, boundPrincipals } = named === undefined ? policy : withNameFree(policy, named, bound)
  const changed: FunctionPolicy = {
    statements: [...statements, statement],
    boundPrincipals: { ...boundPrincipals, ...(named !== undefined && bound !== undefined && { [named]: bound }) },
    revisionId: randomUUID(),
  }
  const bytes = Buffer.byteLength(policyDocument(changed.statements))
  if (bytes > quotas.policyBytes) throw policyTooLarge(bytes)
  return changed
}

/** Statements for the one who had the name before name that one by its unique id, so that the name can mean another. */
function withNameFree(policy: FunctionPolicy, name: string, bound: string | undefined): FunctionPolicy {
  const { [name]: before, ...others } = policy.boundPrincipals
  if (before === undefined || before === bound) return policy
  const statements = policy.statements.map((statement) =>
    principalNamed(statement) === name ? { ...statement, Principal: { AWS: before } } : statement,
  )
  return { ...policy, statements, boundPrincipals: { ...others, [before]: before } }
}

/** The account, user, role or session that a statement is for. */
export const principalNamed = ({ Principal }: PolicyStatement): string | undefined =>
  typeof Principal === 'object' && 'AWS' in Principal ? Principal.AWS : undefined

/** @returns undefined when no statement is left. @throws ServiceError ResourceNotFoundException. */
export function removeStatement(policy: FunctionPolicy, statementId: string): FunctionPolicy | undefined {
  const statements = policy.statements.filter(({ Sid }) => Sid !== statementId)
  if (statements.length === policy.statements.length) throw statementNotFound(statementId)
  if (statements.length === 0) return undefined
  const named = new Set(statements.map(principalNamed))
  const bound = Object.entries(policy.boundPrincipals).filter(([name]) => named.has(name))
  return { statements, boundPrincipals: Object.fromEntries(bound), revisionId: randomUUID() }
}

/** The policy as JSON text, its principals as written. */
export const policyDocument = (statements: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
