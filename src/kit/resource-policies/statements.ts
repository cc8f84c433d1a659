import { readPolicy } from '../../policy/language.ts'
import { type BoundPolicy, principalsIn, withPrincipals } from './bound-principals.ts'

// Policies that callers change statement by statement (AddPermission, RemovePermission). Their texts are valid policies.

interface RawPolicy {
  Statement: RawStatement | RawStatement[]
}

interface RawStatement {
  Sid?: string
}

const rawPolicy = (document: string): RawPolicy => JSON.parse(document)

const statementsOf = (document: string): RawStatement[] => [rawPolicy(document).Statement].flat()

const withStatements = (document: string, Statement: readonly RawStatement[]): string =>
  JSON.stringify({ ...rawPolicy(document), Statement })

/** Makes one policy of the statements of several. */
export const joinPolicies = (documents: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: documents.flatMap(statementsOf) })

export const hasStatement = ({ document }: BoundPolicy, sid: string): boolean =>
  statementsOf(document).some(({ Sid }) => Sid === sid)

/**
 * Adds the statements of a policy to another one, behind its own.
 * @param policy - absent when there is none yet.
 */
export function addStatements(policy: BoundPolicy | undefined, added: BoundPolicy): BoundPolicy {
  if (!policy) return added
  const { document, boundPrincipals } = withNamesFree(policy, added.boundPrincipals)
  return {
    document: withStatements(document, [...statementsOf(document), ...statementsOf(added.document)]),
    boundPrincipals: { ...boundPrincipals, ...added.boundPrincipals },
  }
}

/** Statements for a principal that had one of the names before name it by its unique id, so that the name can mean another. */
function withNamesFree(policy: BoundPolicy, names: BoundPolicy['boundPrincipals']): BoundPolicy {
  const changed = Object.entries(policy.boundPrincipals).filter(
    ([name, uniqueId]) => Object.hasOwn(names, name) && names[name] !== uniqueId,
  )
  if (changed.length === 0) return policy
  const taken = new Map(changed)
  const kept = Object.entries(policy.boundPrincipals).map(([name, uniqueId]) => [
    taken.has(name) ? uniqueId : name,
    uniqueId,
  ])
  return { document: withPrincipals(policy.document, taken), boundPrincipals: Object.fromEntries(kept) }
}

/**
 * Removes the statements with a Sid, and forgets the principals that only they named.
 * @returns undefined when no statement is left.
 */
export function removeStatement(policy: BoundPolicy, sid: string): BoundPolicy | undefined {
  const left = statementsOf(policy.document).filter(({ Sid }) => Sid !== sid)
  if (left.length === 0) return undefined
  const document = withStatements(policy.document, left)
  const named = new Set(principalsIn(readPolicy(document), 'AWS'))
  const bound = Object.entries(policy.boundPrincipals).filter(([name]) => named.has(name))
  return { document, boundPrincipals: Object.fromEntries(bound) }
}
