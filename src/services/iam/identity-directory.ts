import { type Awaitable, andThen } from '../../core/awaitable.ts'
import type { IdentityDirectory, IdentityRole, IdentityUser, NamedPolicy, PolicySet } from '../../core/identity.ts'
import type { Caller, Principal } from '../../core/principal.ts'
import type { Store } from '../../core/store.ts'
import { tagRecord } from '../../kit/tags.ts'
import type { Role, User } from './domain/entities.ts'
import { parseIamArn } from './domain/names.ts'
import { LastUseRecorder } from './last-use-recorder.ts'
import { findById, findEntity, roleKind, userKind } from './storage/entity-store.ts'
import { boundaryOf, collectPolicies, namedPolicy, policiesOfEntity, policiesOfUser } from './storage/policy-sets.ts'
import { policyOwner } from './storage/policy-store.ts'
import { principalDirectory, trustDocumentOf } from './storage/trust-policies.ts'

export interface IamDirectory extends Omit<IdentityDirectory, 'organizationOf'> {
  /** Writes the uses noted so far; for an orderly end. */
  flush(): Promise<void>
}

/**
 * Answers what other modules ask of IAM, from the last commit. A caller's policies cost one cached read for the user or role,
 * two for each of its groups and one for each policy of the customer's.
 * @param reportFault - called when noting uses fails for another reason than a store that cannot write.
 */
export function createIdentityDirectory({
  store,
  reportFault,
}: {
  store: Store
  reportFault(fault: unknown): void
}): IamDirectory {
  const lastUses = new LastUseRecorder(store, reportFault)
  return {
    policiesOf: (caller) => policiesOf(store, caller),
    findRole: (roleArn) => findRole(store, roleArn),
    findUser: (accountId, userId) => findUser(store, accountId, userId),
    ...principalDirectory(store),
    managedPolicy: (arn) => namedPolicy(store, policyOwner(arn) ?? '', arn),
    noteUse: (use) => lastUses.note(use),
    flush: () => lastUses.flush(),
  }
}

function policiesOf(store: Store, caller: Caller): Awaitable<PolicySet> {
  const { principal, session } = caller
  const narrowed = session && (session.policies.length > 0 || session.policyArns.length > 0)
  // A federated user may do nothing of its own accord that no session policy allows.
  if (narrowed || principal.kind === 'federated-user') return narrowedPolicies(store, caller)
  return ownPolicies(store, principal)
}

async function narrowedPolicies(store: Store, { principal, session }: Caller): Promise<PolicySet> {
  const set = await ownPolicies(store, principal)
  const inline = session?.policies.map((document) => ({ document, name: 'session policy' })) ?? []
  const managed = await Promise.all(
    session?.policyArns.map((arn) => namedPolicy(store, policyOwner(arn) ?? '', arn)) ?? [],
  )
  return { ...set, session: [...inline, ...managed.map((policy, place) => policy ?? gone(session?.policyArns[place]))] }
}

/** Stands for a session policy that was deleted since: what it denied is not known any more, so all is denied. */
const gone = (arn = ''): NamedPolicy => ({
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
  name: 'deleted session policy',
  arn,
})

const none: PolicySet = { identity: [] }

/** Of the user or role that acts; root users, services and anonymous callers have none. */
function ownPolicies(store: Store, principal: Principal): Awaitable<PolicySet> {
  const owner = principal.kind === 'federated-user' ? principal.issuer : principal
  if (owner.kind === 'assumed-role' && owner.serviceLinkedPolicy !== undefined) {
    return serviceLinkedPolicies(store, owner.serviceLinkedPolicy)
  }
  if (owner.kind === 'user') return collectPolicies(() => userPolicies(store, owner))
  return owner.kind === 'assumed-role' ? collectPolicies(() => rolePolicies(store, owner)) : none
}

const serviceLinkedPolicies = (store: Store, arn: string): Awaitable<PolicySet> =>
  andThen(namedPolicy(store, policyOwner(arn) ?? '', arn), (policy) => (policy ? { identity: [policy] } : none))

const userPolicies = (store: Store, principal: UserPrincipal): Awaitable<PolicySet> =>
  andThen(userOf(store, principal), (user) =>
    user ? withBoundary(store, principal, user, policiesOfUser(store, principal.accountId, user)) : none,
  )

const rolePolicies = (store: Store, principal: RolePrincipal): Awaitable<PolicySet> =>
  andThen(roleOf(store, principal), (role) =>
    role ? withBoundary(store, principal, role, policiesOfEntity(store, principal.accountId, role)) : none,
  )

const withBoundary = (
  store: Store,
  { accountId }: UserPrincipal | RolePrincipal,
  owner: User | Role,
  policies: Awaitable<readonly NamedPolicy[]>,
): Awaitable<PolicySet> =>
  andThen(policies, (identity) =>
    andThen(boundaryOf(store, accountId, owner), (boundary) => ({ identity, ...(boundary && { boundary }) })),
  )

type UserPrincipal = Extract<Principal, { kind: 'user' }>
type RolePrincipal = Extract<Principal, { kind: 'assumed-role' }>

/** Returns the user of a session, found by its id: it may have another name by now, and another user its old one. */
const userOf = (store: Store, { accountId, userName, userId }: UserPrincipal): Awaitable<User | undefined> =>
  andThen(findEntity(store, userKind, accountId, userName), (named) =>
    named?.id === userId ? named : findById(store, userKind, accountId, userId),
  )

/** The role of a session; a role made anew under the same name is another. */
const roleOf = (store: Store, { accountId, roleName, roleId }: RolePrincipal): Awaitable<Role | undefined> =>
  andThen(findEntity(store, roleKind, accountId, roleName), (role) => (role?.id === roleId ? role : undefined))

async function findRole(store: Store, roleArn: string): Promise<IdentityRole | undefined> {
  const parsed = parseIamArn(roleArn)
  if (parsed?.kind !== 'role') return undefined
  const role = await findEntity(store, roleKind, parsed.accountId, parsed.name)
  if (role?.arn !== roleArn) return undefined
  return {
    accountId: parsed.accountId,
    arn: role.arn,
    roleId: role.id,
    roleName: role.name,
    trustPolicy: await trustDocumentOf(store, role),
    maxSessionSeconds: role.maxSessionSeconds,
    tags: tagRecord(role.tags),
  }
}

async function findUser(store: Store, accountId: string, userId: string): Promise<IdentityUser | undefined> {
  const user = await findById(store, userKind, accountId, userId)
  return user && { accountId, arn: user.arn, userId, userName: user.name, tags: tagRecord(user.tags) }
}
