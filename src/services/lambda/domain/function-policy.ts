import { randomUUID } from 'node:crypto'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import { resourcePolicies } from '../../../kit/resource-policies/resource-policies.ts'
import { addStatements, hasStatement, removeStatement } from '../../../kit/resource-policies/statements.ts'
import { policyTooLarge, principalInvalid, statementExists, statementMalformed, statementNotFound } from './errors.ts'
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

/** Policies of functions. AddPermission makes their statements. */
export const functionPolicies = resourcePolicies({
  kind: 'resource-policy',
  size: { most: quotas.policyBytes, exceeded: policyTooLarge },
  malformed: statementMalformed,
  unknownPrincipal: principalInvalid,
})

/** The policy as JSON text. */
export const policyDocument = (statements: readonly PolicyStatement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })

/** A function's policy as text, with the principals that its statements name. */
export const policyText = ({ statements, boundPrincipals }: FunctionPolicy): BoundPolicy => ({
  document: policyDocument(statements),
  boundPrincipals,
})

const revised = ({ document, boundPrincipals }: BoundPolicy): FunctionPolicy => ({
  // The statements are those that `statementOf` made.
  statements: JSON.parse(document).Statement,
  boundPrincipals,
  revisionId: randomUUID(),
})

/**
 * @param added - a policy of the statement alone, its principal bound.
 * @throws ServiceError ResourceConflictException, PolicyLengthExceededException.
 */
export function withStatement(
  policy: FunctionPolicy | undefined,
  statementId: string,
  added: BoundPolicy,
): FunctionPolicy {
  const before = policy && policyText(policy)
  if (before && hasStatement(before, statementId)) throw statementExists(statementId)
  const after = addStatements(before, added)
  functionPolicies.checkSize(after.document)
  return revised(after)
}

/** @returns undefined when no statement is left. @throws ServiceError ResourceNotFoundException. */
export function withoutStatement(policy: FunctionPolicy, statementId: string): FunctionPolicy | undefined {
  const before = policyText(policy)
  if (!hasStatement(before, statementId)) throw statementNotFound(statementId)
  const after = removeStatement(before, statementId)
  return after && revised(after)
}
