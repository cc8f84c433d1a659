import { type Awaitable, andThen, mapAll } from '../../../core/awaitable.ts'
import { accountOfId } from '../../../core/identifiers.ts'
import type { CollectionSpec, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import type { AccountCounts, Entity, Group, InstanceProfile, NamedEntity, Role, User } from '../domain/entities.ts'
import {
  type EntityNoun,
  entityAlreadyExists,
  entityNotFound,
  type IdentityNoun,
  quotaExceeded,
} from '../domain/errors.ts'
import { nameKey, parseIamArn } from '../domain/names.ts'
import { quotas } from '../domain/quotas.ts'
import {
  accountCounts,
  accountScope,
  entityIds,
  groups,
  instanceProfiles,
  type Reader,
  roles,
  users,
} from './collections.ts'

/** What tells users, groups, roles and instance profiles apart where they are alike. */
export interface EntityKind<T extends NamedEntity> {
  noun: EntityNoun
  /** Where requests name it. */
  nameMember: 'UserName' | 'GroupName' | 'RoleName' | 'InstanceProfileName'
  collection: CollectionSpec<T>
  counter: 'users' | 'groups' | 'roles' | 'instanceProfiles'
}

/** Of those that policies are attached to. */
export interface IdentityKind<T extends Entity> extends EntityKind<T> {
  noun: IdentityNoun
}

export const userKind: IdentityKind<User> = {
  noun: 'user',
  nameMember: 'UserName',
  collection: users,
  counter: 'users',
}

export const groupKind: IdentityKind<Group> = {
  noun: 'group',
  nameMember: 'GroupName',
  collection: groups,
  counter: 'groups',
}

export const roleKind: IdentityKind<Role> = {
  noun: 'role',
  nameMember: 'RoleName',
  collection: roles,
  counter: 'roles',
}

export const instanceProfileKind: EntityKind<InstanceProfile> = {
  noun: 'instance-profile',
  nameMember: 'InstanceProfileName',
  collection: instanceProfiles,
  counter: 'instanceProfiles',
}

export function findEntity<T extends NamedEntity>(
  reader: Reader,
  kind: EntityKind<T>,
  accountId: string,
  name: string,
) {
  return reader.in(kind.collection).get(accountScope(accountId), nameKey(name))
}

/** @throws ServiceError NoSuchEntity. */
export async function getEntity<T extends NamedEntity>(
  reader: Reader,
  kind: EntityKind<T>,
  accountId: string,
  name: string,
): Promise<T> {
  const entity = await findEntity(reader, kind, accountId, name)
  if (!entity) throw entityNotFound(kind.noun, name)
  return entity
}

/** @throws ServiceError EntityAlreadyExists, LimitExceeded. */
export async function createEntity<T extends NamedEntity>(
  tx: Transaction,
  kind: EntityKind<T>,
  accountId: string,
  entity: T,
): Promise<void> {
  if (await findEntity(tx, kind, accountId, entity.name)) throw entityAlreadyExists(kind.noun, entity.name)
  await changeCounts(tx, accountId, { [kind.counter]: 1 })
  await putUnderName(tx, kind, accountId, entity)
}

/** Writes an entity whose name has not changed. */
export function updateEntity<T extends NamedEntity>(
  tx: Transaction,
  kind: EntityKind<T>,
  accountId: string,
  entity: T,
) {
  return tx.in(kind.collection).put(accountScope(accountId), nameKey(entity.name), entity)
}

/** Moves an entity to another name, path or both. @throws ServiceError EntityAlreadyExists. */
export async function renameEntity<T extends NamedEntity>(
  tx: Transaction,
  kind: EntityKind<T>,
  accountId: string,
  old: T,
  renamed: T,
): Promise<void> {
  if (nameKey(old.name) !== nameKey(renamed.name)) {
    if (await findEntity(tx, kind, accountId, renamed.name)) throw entityAlreadyExists(kind.noun, renamed.name)
    await tx.in(kind.collection).delete(accountScope(accountId), nameKey(old.name))
  }
  await putUnderName(tx, kind, accountId, renamed)
}

export async function deleteEntity<T extends NamedEntity>(
  tx: Transaction,
  kind: EntityKind<T>,
  accountId: string,
  { name, id }: T,
): Promise<void> {
  const scope = accountScope(accountId)
  await tx.in(kind.collection).delete(scope, nameKey(name))
  await tx.in(entityIds).delete(scope, id)
  await changeCounts(tx, accountId, { [kind.counter]: -1 })
}

async function putUnderName<T extends NamedEntity>(tx: Transaction, kind: EntityKind<T>, accountId: string, entity: T) {
  const scope = accountScope(accountId)
  await tx.in(kind.collection).put(scope, nameKey(entity.name), entity)
  await tx.in(entityIds).put(scope, entity.id, { noun: kind.noun, nameKey: nameKey(entity.name) })
}

/** The user, group or role of this kind that has the id now, under whatever name. */
export function findById<T extends NamedEntity>(
  reader: Reader,
  kind: EntityKind<T>,
  accountId: string,
  id: string,
  attemptsLeft = readAttempts,
): Awaitable<T | undefined> {
  if (attemptsLeft === 0) throw new Error(`${kind.noun} ${id} is not under the name that its id has`)
  const scope = accountScope(accountId)
  return andThen(reader.in(entityIds).get(scope, id), (entry) => {
    if (entry?.noun !== kind.noun) return undefined
    return andThen(reader.in(kind.collection).get(scope, entry.nameKey), (entity) =>
      // Or else renamed or deleted between the two reads: another entity may have the name now.
      entity?.id === id ? entity : findById(reader, kind, accountId, id, attemptsLeft - 1),
    )
  })
}

/** Outside transactions a commit may come between two reads that belong together; they are then made again. */
export const readAttempts = 5

/** The groups a user is in. */
export function groupsOf(reader: Reader, accountId: string, { groupIds }: User): Awaitable<Group[]> {
  return andThen(
    mapAll(groupIds, (id) => findById(reader, groupKind, accountId, id)),
    (found) => found.filter((group) => group !== undefined),
  )
}

/** The present ARN of the user or role with an id; the id tells its account. */
export async function principalArnOf(reader: Reader, uniqueId: string): Promise<string | undefined> {
  const accountId = accountOfId(uniqueId)
  if (!accountId) return undefined
  const principal = uniqueId.startsWith('AIDA')
    ? await findById(reader, userKind, accountId, uniqueId)
    : await findById(reader, roleKind, accountId, uniqueId)
  return principal?.arn
}

/** The user or role behind an ARN, exactly as it is written: names in ARNs have case. */
export async function findPrincipal(reader: Reader, arn: string): Promise<User | Role | undefined> {
  const parsed = parseIamArn(arn)
  if (parsed?.kind !== 'user' && parsed?.kind !== 'role') return undefined
  const { accountId, name } = parsed
  const found =
    parsed.kind === 'user'
      ? await findEntity(reader, userKind, accountId, name)
      : await findEntity(reader, roleKind, accountId, name)
  return found?.arn === arn ? found : undefined
}

/** @param quota - AWS's name of it. */
const upTo = (most: number, quota: string) => ({ most, exceeded: () => quotaExceeded(quota, most) })

const counts = counters({
  collection: accountCounts,
  none: { users: 0, groups: 0, roles: 0, policies: 0, policyVersions: 0, instanceProfiles: 0 },
  quotas: {
    users: upTo(quotas.users, 'UsersPerAccount'),
    groups: upTo(quotas.groups, 'GroupsPerAccount'),
    roles: upTo(quotas.roles, 'RolesPerAccount'),
    policies: upTo(quotas.policies, 'PoliciesPerAccount'),
    instanceProfiles: upTo(quotas.instanceProfiles, 'InstanceProfilesPerAccount'),
  },
})

/** Counts what an account gets, or loses. @throws ServiceError LimitExceeded. */
export const changeCounts = (tx: Transaction, accountId: string, by: Partial<AccountCounts>) =>
  counts.change(tx, accountScope(accountId), accountId, by)

export const countsOf = (reader: Reader, accountId: string) => counts.read(reader, accountScope(accountId), accountId)
