import type { Membership } from '../../../core/organizations.ts'
import type { CollectionSpec, DocumentReader, Scope, Transaction } from '../../../core/store.ts'
import { counters } from '../../../kit/counters.ts'
import type {
  AccountProfile,
  Attachments,
  CreateRequest,
  Delegation,
  Handshake,
  Member,
  Organization,
  Policy,
  ResourcePolicy,
  Unit,
} from '../domain/entities.ts'
import { tooManyPolicies, tooManyUnits } from '../domain/errors.ts'
import { type PolicyType, policyTypes } from '../domain/policy-types.ts'

export type Reader = DocumentReader

/** What is found without knowing the organization: members, by account, and handshakes. */
export const everywhere: Scope = { accountId: '', region: '' }

/** Returns where the documents of an organization stand: under its management account. */
export const scopeOf = ({ managementAccountId }: { managementAccountId: string }): Scope => ({
  accountId: managementAccountId,
  region: '',
})

/** The value of `Member`'s index by place. Ids of roots are unique in an organization alone. */
export const placeOf = ({ managementAccountId }: { managementAccountId: string }, parentId: string) =>
  `${managementAccountId}/${parentId}`

export const members: CollectionSpec<Member> = {
  name: 'organizations.members',
  indexes: {
    organization: ({ managementAccountId }) => [managementAccountId],
    place: (member) => [placeOf(member, member.parentId)],
    closed: ({ managementAccountId, closedAtMs }) => (closedAtMs === undefined ? [] : [managementAccountId]),
    email: ({ email }) => [email.toLowerCase()],
  },
}

export const profiles: CollectionSpec<AccountProfile> = {
  name: 'organizations.accounts',
  indexes: { email: ({ email }) => [email.toLowerCase()] },
}

/** One document an organization, under this id. */
export const organizations: CollectionSpec<Organization> = { name: 'organizations.organizations' }
const own = 'organization'

export const units: CollectionSpec<Unit> = {
  name: 'organizations.units',
  indexes: {
    parent: ({ ancestors }) => [ancestors.at(-1) ?? ''],
    name: ({ ancestors, name }) => [`${ancestors.at(-1)}/${name}`],
  },
}

export const policies: CollectionSpec<Policy> = {
  name: 'organizations.policies',
  indexes: { type: ({ type }) => [type], name: ({ type, name }) => [`${type}/${name}`] },
}

/** The value of the index by policy: the time for which its type is enabled is part of it. */
export const attachedValue = (time: number, policyId: string) => `${time}/${policyId}`

/** Under the id of the root, organizational unit or account. */
export const attachments: CollectionSpec<Attachments> = {
  name: 'organizations.attachments',
  indexes: {
    policy: ({ byType }) =>
      Object.values(byType).flatMap(({ time, policyIds }) => policyIds.map((id) => attachedValue(time, id))),
  },
}

export const createRequests: CollectionSpec<CreateRequest> = {
  name: 'organizations.create-requests',
  indexes: { state: ({ state }) => [state] },
}

export const handshakes: CollectionSpec<Handshake> = {
  name: 'organizations.handshakes',
  indexes: {
    organization: ({ managementAccountId }) => [managementAccountId],
    account: ({ accountId }) => [accountId],
    parent: ({ parentId }) => (parentId === undefined ? [] : [parentId]),
    pending: ({ managementAccountId, state }) =>
      state === 'OPEN' || state === 'REQUESTED' ? [managementAccountId] : [],
  },
}

/** Under the account's id. */
export const delegations: CollectionSpec<Delegation> = {
  name: 'organizations.delegations',
  indexes: { service: ({ services }) => Object.keys(services) },
}

/** One document an organization. */
export const resourcePolicies: CollectionSpec<ResourcePolicy> = { name: 'organizations.resource-policies' }

/** Present and past, everywhere. */
export const memberships: CollectionSpec<Membership> = {
  name: 'organizations.memberships',
  indexes: { organization: ({ organizationId }) => [organizationId] },
}

const paddedTime = (timeMs: number) => String(Math.floor(timeMs)).padStart(15, '0')

/** The memberships of an account stand in order of time. */
export const membershipId = ({ accountId, joinedAtMs, organizationId }: Omit<Membership, 'managementAccountId'>) =>
  `${accountId}/${paddedTime(joinedAtMs)}/${organizationId}`

/** Behind every membership that began at a time or before it. */
export const afterMembershipsUntil = (accountId: string, atMs: number) => `${accountId}/${paddedTime(atMs)}/~`

export const findMember = (reader: Reader, accountId: string) => reader.in(members).get(everywhere, accountId)

export const findOrganization = (reader: Reader, managementAccountId: string) =>
  reader.in(organizations).get({ accountId: managementAccountId, region: '' }, own)

export const organizationDocument = {
  id: own,
  put: (tx: Transaction, organization: Organization) =>
    tx.in(organizations).put(scopeOf(organization), own, organization),
  delete: (tx: Transaction, organization: Organization) => tx.in(organizations).delete(scopeOf(organization), own),
}

export const findResourcePolicy = (reader: Reader, of: { managementAccountId: string }) =>
  reader.in(resourcePolicies).get(scopeOf(of), own)

export const resourcePolicyDocument = {
  put: (tx: Transaction, of: { managementAccountId: string }, policy: ResourcePolicy) =>
    tx.in(resourcePolicies).put(scopeOf(of), own, policy),
  delete: (tx: Transaction, of: { managementAccountId: string }) => tx.in(resourcePolicies).delete(scopeOf(of), own),
}

type Counted = 'accounts' | 'units' | PolicyType

/** How many an organization has, under `all`. The quota of accounts is a setting: operations check it. */
export const counts = counters<Counted>({
  collection: { name: 'organizations.counts' },
  none: {
    ...{ accounts: 0, units: 0 },
    ...{ SERVICE_CONTROL_POLICY: 0, RESOURCE_CONTROL_POLICY: 0, TAG_POLICY: 0, BACKUP_POLICY: 0 },
    AISERVICES_OPT_OUT_POLICY: 0,
  },
  quotas: {
    units: { most: 2000, exceeded: tooManyUnits },
    ...Object.fromEntries(
      Object.entries(policyTypes).map(([type, { most }]) => [type, { most, exceeded: tooManyPolicies }]),
    ),
  },
})
