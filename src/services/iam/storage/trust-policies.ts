import type { Awaitable } from '../../../core/awaitable.ts'
import type { PrincipalDirectory } from '../../../core/identity.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Role } from '../domain/entities.ts'
import { trustPolicies } from '../domain/policy-documents.ts'
import type { Reader } from './collections.ts'
import { findPrincipal, principalArnOf } from './entity-store.ts'

/** Users and roles as they are under a transaction, or at the last commit. */
export const principalDirectory = (reader: Reader): PrincipalDirectory => ({
  resolvePrincipal: (written) => resolvePrincipal(reader, written),
  principalArn: (uniqueId) => principalArnOf(reader, uniqueId),
})

/**
 * Resolves the principal of a resource policy; undefined when it does not exist. Accounts and sessions are not looked up;
 * users and roles must be there, and come with the id to bind to.
 */
async function resolvePrincipal(reader: Reader, principal: string): Promise<{ uniqueId?: string } | undefined> {
  if (/^(AIDA|AROA)[A-Z2-7]{17}$/.test(principal)) {
    return (await principalArnOf(reader, principal)) === undefined ? undefined : { uniqueId: principal }
  }
  if (/^arn:aws:iam::\d{12}:(user|role)\//.test(principal)) {
    const found = await findPrincipal(reader, principal)
    return found && { uniqueId: found.id }
  }
  return takenAtTheirWord.test(principal) ? {} : undefined
}

const takenAtTheirWord = /^(\*|\d{12}|arn:aws:iam::\d{12}:root|arn:aws:sts::\d{12}:(assumed-role|federated-user)\/.+)$/

/** @throws ServiceError MalformedPolicyDocument for a principal that does not exist. */
export const bindTrustPolicy = (reader: Reader, document: string): Promise<BoundPolicy> =>
  trustPolicies.bind(principalDirectory(reader), document)

/** A role's trust policy as it stands today. */
export const trustDocumentOf = (reader: Reader, { trustPolicy }: Role): Awaitable<string> =>
  trustPolicies.shown(principalDirectory(reader), trustPolicy)
