import type { Role, TrustPolicy } from '../domain/entities.ts'
import { invalidPrincipal } from '../domain/errors.ts'
import { bindPrincipals, currentTrustDocument } from '../domain/trust-policy.ts'
import type { Reader } from './collections.ts'
import { findPrincipal, principalArnOf } from './entity-store.ts'

/**
 * Whether the principal of a resource policy names somebody who exists. Accounts and sessions are taken at their word;
 * users and roles must be there, and come with the id to bind to.
 */
export async function resolvePrincipal(reader: Reader, principal: string): Promise<{ uniqueId?: string } | undefined> {
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
export async function bindTrustPolicy(reader: Reader, document: string): Promise<TrustPolicy> {
  const bound = await bindPrincipals(document, (principal) => resolvePrincipal(reader, principal))
  if ('trustPolicy' in bound) return bound.trustPolicy
  throw invalidPrincipal('AWS', bound.unresolved)
}

/** A role's trust policy as it stands today. */
export const trustDocumentOf = (reader: Reader, { trustPolicy }: Role): Promise<string> =>
  currentTrustDocument(trustPolicy, (uniqueId) => principalArnOf(reader, uniqueId))
