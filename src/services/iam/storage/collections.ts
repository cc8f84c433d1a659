import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'
import type {
  AccessKey,
  Account,
  AccountCounts,
  Entity,
  Group,
  InstanceProfile,
  LastUse,
  ManagedPolicy,
  PolicyUse,
  Role,
  User,
} from '../domain/entities.ts'
import type { EntityNoun } from '../domain/errors.ts'
import { foldersOf } from '../domain/names.ts'

/** What reads need: the store itself, or a transaction. */
export type Reader = Pick<Store, 'in'>

/** Returns what belongs to one account; IAM has no regions. */
export const accountScope = (accountId: string): Scope => ({ accountId, region: '' })

/** What is found without knowing the account: access keys, accounts, aliases. */
export const everywhere: Scope = { accountId: '', region: '' }

const byPath = ({ path }: { path: string }) => foldersOf(path)

/** Values of the `policy` index: a managed policy with the use that is made of it; `any` for both. */
export const policyIndexValue = (use: 'any' | 'attached' | 'boundary', arn: string) => `${use} ${arn}`

function byPolicy({ attachedPolicies, boundaryArn }: Entity & { boundaryArn?: string }): string[] {
  const boundary = boundaryArn ? [boundaryArn] : []
  return [
    ...attachedPolicies.map((arn) => policyIndexValue('attached', arn)),
    ...boundary.map((arn) => policyIndexValue('boundary', arn)),
    ...[...new Set([...attachedPolicies, ...boundary])].map((arn) => policyIndexValue('any', arn)),
  ]
}

/** Under the key of the name, as are groups, roles and policies. */
export const users: CollectionSpec<User> = {
  name: 'iam.users',
  indexes: { path: byPath, policy: byPolicy, group: ({ groupIds }) => groupIds },
}

export const groups: CollectionSpec<Group> = { name: 'iam.groups', indexes: { path: byPath, policy: byPolicy } }

export const roles: CollectionSpec<Role> = { name: 'iam.roles', indexes: { path: byPath, policy: byPolicy } }

export const instanceProfiles: CollectionSpec<InstanceProfile> = {
  name: 'iam.instance-profiles',
  indexes: { path: byPath, role: ({ roleIds }) => roleIds },
}

export const policies: CollectionSpec<ManagedPolicy> = { name: 'iam.policies', indexes: { path: byPath } }

/** AWS's own policies that an operator imported, under their ARNs, everywhere. */
export const importedPolicies: CollectionSpec<ManagedPolicy> = { name: 'iam.imported-policies' }

/** Unique id → the entity that has it now: its name may have changed, and another entity may have the old one. */
export const entityIds: CollectionSpec<{ noun: EntityNoun; nameKey: string }> = {
  name: 'iam.entity-ids',
}

/** Policy ARN → its uses in the account; AWS's own policies too. */
export const policyUses: CollectionSpec<PolicyUse> = { name: 'iam.policy-uses' }

/** One document an account, under the account's id. */
export const accountCounts: CollectionSpec<AccountCounts> = { name: 'iam.account-counts' }

/** Under the access key id, everywhere. */
export const accessKeys: CollectionSpec<AccessKey> = { name: 'iam.access-keys', sealed: ['secretAccessKey'] }

/** Under the access key id or role id. */
export const lastUses: CollectionSpec<LastUse> = { name: 'iam.last-uses' }

/** Under the account id, everywhere. */
export const accounts: CollectionSpec<Account> = { name: 'iam.accounts' }

/** Alias → account, everywhere: no two accounts have the same. */
export const accountAliases: CollectionSpec<{ accountId: string }> = { name: 'iam.account-aliases' }
