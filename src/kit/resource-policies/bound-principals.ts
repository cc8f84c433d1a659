import type { Awaitable } from '../../core/awaitable.ts'
import type { PrincipalDirectory } from '../../core/identity.ts'
import type { PolicyDocument } from '../../policy/language.ts'

/** The policy of a resource as it is kept, its users and roles bound to those who had their names when it was saved. */
export interface BoundPolicy {
  /** JSON text as given, but for accounts: those among its principals are named by their ARNs. */
  document: string
  /** Users and roles among its principals, as written, with their unique ids: another one made later under the name is not meant. */
  boundPrincipals: Readonly<Record<string, string>>
}

/**
 * Binds the users and roles that a policy names to who they are now.
 * @param document - JSON text.
 * @param policy - the same, parsed.
 * @param unknown - makes the refusal of a service for a principal that does not exist.
 */
export async function bindPolicy(
  directory: PrincipalDirectory,
  document: string,
  policy: PolicyDocument,
  unknown: (principal: string) => Error,
): Promise<BoundPolicy> {
  const boundPrincipals: Record<string, string> = {}
  for (const principal of new Set(principalsIn(policy, 'AWS'))) {
    const uniqueId = await uniqueIdOf(directory, principal, unknown)
    if (uniqueId !== undefined) boundPrincipals[principal] = uniqueId
  }
  return { document: withAccountArns(document, policy), boundPrincipals }
}

/**
 * A policy as AWS's services store it: an account among its principals by its ARN, also where its id alone was given.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
 */
function withAccountArns(document: string, policy: PolicyDocument): string {
  const accountIds = principalsIn(policy, 'AWS').filter((name) => /^\d{12}$/.test(name))
  return accountIds.length === 0
    ? document
    : withPrincipals(document, new Map(accountIds.map((id) => [id, `arn:aws:iam::${id}:root`])))
}

/** The unique id that one principal is bound to; undefined for accounts, sessions and `*`. Throws as `bindPolicy`. */
async function uniqueIdOf(
  directory: PrincipalDirectory,
  principal: string,
  unknown: (principal: string) => Error,
): Promise<string | undefined> {
  const found = await directory.resolvePrincipal(principal)
  if (!found) throw unknown(principal)
  return found.uniqueId
}

/** Returns what a bound user or role is called today: its present ARN, or once it is deleted its unique id, which no other one gets. */
export const presentName = async (directory: PrincipalDirectory, uniqueId: string): Promise<string> =>
  (await directory.principalArn(uniqueId)) ?? uniqueId

/** The policy as it stands today. */
export function currentPolicy(directory: PrincipalDirectory, policy: BoundPolicy): Awaitable<string> {
  const bound = Object.entries(policy.boundPrincipals)
  return bound.length === 0 ? policy.document : withPresentNames(directory, policy.document, bound)
}

async function withPresentNames(
  directory: PrincipalDirectory,
  document: string,
  bound: readonly [written: string, uniqueId: string][],
): Promise<string> {
  const changed = new Map<string, string>()
  for (const [written, uniqueId] of bound) {
    const present = await presentName(directory, uniqueId)
    if (present !== written) changed.set(written, present)
  }
  return changed.size === 0 ? document : withPrincipals(document, changed)
}

/** The principals of a type that a policy names, as written. */
export const principalsIn = ({ statements }: PolicyDocument, type: 'AWS' | 'Service'): string[] =>
  statements
    .flatMap(({ principal, notPrincipal }) => [principal, notPrincipal])
    .flatMap((element) => (element === undefined || element === '*' ? [] : (element.get(type) ?? [])))

/** A valid policy with other principals in place of some; of its layout only stays whether it is indented. */
export function withPrincipals(document: string, changed: ReadonlyMap<string, string>): string {
  const name = (value: Json) => (typeof value === 'string' ? (changed.get(value) ?? value) : value)
  const policy = mapMembers(JSON.parse(document), ['Statement'], (statement) =>
    mapMembers(statement, ['Principal', 'NotPrincipal'], (principal) => mapMembers(principal, ['AWS'], name)),
  )
  return JSON.stringify(policy, null, document.includes('\n') ? 2 : undefined)
}

type Json = null | boolean | number | string | Json[] | { [member: string]: Json }

/** Changes the values of some members of a structure; a list stands for its items. */
function mapMembers(structure: Json, names: readonly string[], change: (value: Json) => Json): Json {
  if (typeof structure !== 'object' || structure === null || Array.isArray(structure)) return structure
  const each = (value: Json) => (Array.isArray(value) ? value.map(change) : change(value))
  return Object.fromEntries(
    Object.entries(structure).map(([name, value]) => [name, names.includes(name) ? each(value) : value]),
  )
}
