import type { PolicyDocument, PrincipalType } from '../../../policy/language.ts'
import type { TrustPolicy } from './entities.ts'

/**
 * The first principal that is nobody whatever exists: a canonical user, whom policies of S3 alone can name, or a service
 * whose name has not the form of one. Which services there are is AWS's to say, so that any name of the form is taken.
 */
export function impossiblePrincipal({ statements }: PolicyDocument): { type: PrincipalType; name: string } | undefined {
  for (const { principal } of statements) {
    if (principal === undefined || principal === '*') continue
    const [canonicalUser] = principal.get('CanonicalUser') ?? []
    if (canonicalUser !== undefined) return { type: 'CanonicalUser', name: canonicalUser }
    const service = principal.get('Service')?.find((name) => !servicePrincipal.test(name))
    if (service !== undefined) return { type: 'Service', name: service }
  }
  return undefined
}

const servicePrincipal =
  /^(\*|([A-Za-z0-9-]+\.)+(amazonaws\.com|amazonaws\.com\.cn|amazon\.com|aws\.internal|aws\.dev|api\.aws))$/

/**
 * Finds who the `AWS` principals of a policy are.
 * @param uniqueIdOf - the unique id behind a user's or role's ARN (or id); `accepted` for principals that are taken at
 *   their word (accounts, sessions, everybody), undefined for those that do not exist.
 * @returns the policy with its principals bound, or the principal that does not exist.
 */
export async function bindPrincipals(
  document: string,
  uniqueIdOf: (principal: string) => Promise<{ uniqueId?: string } | undefined>,
): Promise<{ trustPolicy: TrustPolicy } | { unresolved: string }> {
  const boundPrincipals: Record<string, string> = {}
  for (const principal of awsPrincipals(JSON.parse(document))) {
    const found = await uniqueIdOf(principal)
    if (!found) return { unresolved: principal }
    if (found.uniqueId) boundPrincipals[principal] = found.uniqueId
  }
  return { trustPolicy: { document, boundPrincipals } }
}

/**
 * The document as it stands today: a bound principal is shown under its present ARN, or under its id once it is deleted,
 * so that whoever has the name next is not meant.
 * @param arnOf - the present ARN of a unique id.
 */
export async function currentTrustDocument(
  { document, boundPrincipals }: TrustPolicy,
  arnOf: (uniqueId: string) => Promise<string | undefined>,
): Promise<string> {
  const changed = new Map<string, string>()
  for (const [written, uniqueId] of Object.entries(boundPrincipals)) {
    const shown = (await arnOf(uniqueId)) ?? uniqueId
    if (shown !== written) changed.set(written, shown)
  }
  if (changed.size === 0) return document
  return JSON.stringify(replacePrincipals(JSON.parse(document), (principal) => changed.get(principal) ?? principal))
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

function awsPrincipals(policy: Json): string[] {
  const found: string[] = []
  replacePrincipals(policy, (principal) => {
    found.push(principal)
    return principal
  })
  return found
}

/** Rebuilds a policy with other principals; documents have been validated, so anything unexpected is passed through. */
function replacePrincipals(policy: Json, replace: (principal: string) => string): Json {
  const each = (value: Json | undefined, change: (item: Json) => Json): Json =>
    Array.isArray(value) ? value.map(change) : change(value ?? null)
  const name = (value: Json) => (typeof value === 'string' ? replace(value) : value)
  const inMembers = (value: Json, names: readonly string[], change: (member: Json) => Json): Json => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, names.includes(key) ? change(member) : member]),
    )
  }
  return inMembers(policy, ['Statement'], (statements) =>
    each(statements, (statement) =>
      inMembers(statement, ['Principal', 'NotPrincipal'], (principal) =>
        inMembers(principal, ['AWS'], (names) => each(names, name)),
      ),
    ),
  )
}
