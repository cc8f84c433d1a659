import type { Awaitable } from '../core/awaitable.ts'
import { accountOfId } from '../core/identifiers.ts'
import type { IdentityDirectory } from '../core/identity.ts'
import type { PolicyDocument } from './language.ts'

/** The policy of a resource as it is kept. */
export interface BoundPolicy {
  /** JSON text as given. */
  document: string
  /**
   * Users and roles among its principals, as written, with the unique ids they had then: whoever has the name later is
   * not meant.
   */
  boundPrincipals: Readonly<Record<string, string>>
}

/**
 * Binds the users and roles that a policy names to who they are now.
 * @returns undefined when one of them does not exist.
 */
export async function bindPrincipals(
  identity: IdentityDirectory,
  principals: readonly string[],
): Promise<BoundPolicy['boundPrincipals'] | undefined> {
  const bound: Record<string, string> = {}
  for (const principal of new Set(principals)) {
    const found = await identity.resolvePrincipal(principal)
    if (!found) return undefined
    if (found.uniqueId && found.uniqueId !== principal) bound[principal] = found.uniqueId
  }
  return bound
}

/**
 * What a user or role that was named once is called today: a user with a new name by that, and one that was deleted by the
 * unique id, so that whoever has the name next is not meant.
 */
export async function presentName(identity: IdentityDirectory, written: string, uniqueId: string): Promise<string> {
  if ((await identity.resolvePrincipal(written))?.uniqueId === uniqueId) return written
  const user = await identity.findUser(accountOfId(uniqueId) ?? '', uniqueId)
  return user?.arn ?? uniqueId
}

/** The policy as it stands today. */
export function currentPolicy(identity: IdentityDirectory, policy: BoundPolicy): Awaitable<string> {
  const bound = Object.entries(policy.boundPrincipals)
  return bound.length === 0 ? policy.document : withPresentNames(identity, policy.document, bound)
}

async function withPresentNames(
  identity: IdentityDirectory,
  document: string,
  bound: readonly [written: string, uniqueId: string][],
): Promise<string> {
  const changed = new Map<string, string>()
  for (const [written, uniqueId] of bound) {
    const present = await presentName(identity, written, uniqueId)
    if (present !== written) changed.set(written, present)
  }
  return changed.size === 0 ? document : withPrincipals(document, changed)
}

/** The principals of a type that a policy names, as written. */
export const principalsIn = ({ statements }: PolicyDocument, type: 'AWS' | 'Service'): string[] =>
  statements
    .flatMap(({ principal, notPrincipal }) => [principal, notPrincipal])
    .flatMap((element) => (element === undefined || element === '*' ? [] : (element.get(type) ?? [])))

/** A valid policy with other principals in place of some; layout is lost. */
export function withPrincipals(document: string, changed: ReadonlyMap<string, string>): string {
  const name = (value: Json) => (typeof value === 'string' ? (changed.get(value) ?? value) : value)
  const policy = mapMembers(JSON.parse(document), ['Statement'], (statement) =>
    mapMembers(statement, ['Principal', 'NotPrincipal'], (principal) => mapMembers(principal, ['AWS'], name)),
  )
  return JSON.stringify(policy, null, 2)
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
