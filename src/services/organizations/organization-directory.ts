import { type Awaitable, andThen, mapAll } from '../../core/awaitable.ts'
import { BoundedMap } from '../../core/bounded-map.ts'
import type { AccountOrganization, NamedPolicy, PolicyLevels } from '../../core/identity.ts'
import type { OrganizationReader } from '../../core/organizations.ts'
import { type Store, StoreUnavailableError } from '../../core/store.ts'
import type { Member, Organization } from './domain/entities.ts'
import { organizationArn, policyArn } from './domain/names.ts'
import { findAwsPolicy, type PolicyType } from './domain/policy-types.ts'
import {
  afterMembershipsUntil,
  delegations,
  everywhere,
  findMember,
  findOrganization,
  members,
  memberships,
  organizationDocument,
  organizations,
  policies,
  type Reader,
  scopeOf,
} from './storage/collections.ts'
import { pathTo, policyIdsOn } from './storage/tree.ts'

/** How many organizations, and accounts and policies of each, are remembered: what is not is looked up. */
const mostOrganizations = 50
const mostAccounts = 2000
const mostPolicies = 1000

/** What is known of an organization as it was between two changes. */
interface Remembered {
  revision: number
  accounts: BoundedMap<string, AccountOrganization>
  /** The same object for a policy wherever it is attached: the texts are large. */
  policies: BoundedMap<string, NamedPolicy>
}

/** Changes came between reads of one place so often that none was whole. */
const maxAttempts = 20

/**
 * Answers what the server and its services ask about organizations, from the last commit. An account costs one read, and one more where
 * it is in an organization: that says whether what is remembered of its place is still so. Over SQLite both are in the store's cache.
 */
export function createOrganizationDirectory(store: Pick<Store, 'in'>): OrganizationReader {
  // Every call asks these two.
  const [memberReader, organizationReader] = [store.in(members), store.in(organizations)]
  const remembered = new BoundedMap<string, Remembered>(mostOrganizations)

  function organizationOf(accountId: string): Awaitable<AccountOrganization | undefined> {
    return andThen(memberReader.get(everywhere, accountId), (member) => member && placeOf(member))
  }

  function placeOf(member: Member): Awaitable<AccountOrganization | undefined> {
    return andThen(organizationReader.get(scopeOf(member), organizationDocument.id), (organization) => {
      const known = organization && remembered.get(organization.id)
      if (known?.revision === organization?.revision) {
        const place = known?.accounts.get(member.accountId)
        if (place) return place
      }
      return lookUp(member.accountId, maxAttempts)
    })
  }

  /** Reads a place whole: a change between two of the reads could otherwise leave out a policy that denies. */
  async function lookUp(accountId: string, attemptsLeft: number): Promise<AccountOrganization | undefined> {
    const first = await findMember(store, accountId)
    const organization = first && (await findOrganization(store, first.managementAccountId))
    if (!organization) return undefined
    const { id, revision, managementAccountId } = organization
    const known = remembered.get(id)
    const memory =
      known?.revision === revision
        ? known
        : {
            revision,
            accounts: new BoundedMap<string, AccountOrganization>(mostAccounts),
            policies: new BoundedMap<string, NamedPolicy>(mostPolicies),
          }
    // Read after the revision: the place is then not older than that.
    const member = await findMember(store, accountId)
    const place =
      member && member.organizationId === id && (await readPlace(store, organization, member, memory.policies))
    const after = await findOrganization(store, managementAccountId)
    if (place && after?.id === id && after.revision === revision) {
      memory.accounts.set(accountId, place)
      remembered.set(id, memory)
      return place
    }
    if (attemptsLeft === 1) throw new StoreUnavailableError('The organization changes too often to be read now.')
    return lookUp(accountId, attemptsLeft - 1)
  }

  return {
    organizationOf,
    describe: async (accountId) => {
      const member = await findMember(store, accountId)
      const organization = member && (await findOrganization(store, member.managementAccountId))
      if (!organization) return undefined
      const { id, managementAccountId, featureSet } = organization
      return { id, managementAccountId, arn: organizationArn(organization), hasAllFeatures: featureSet === 'ALL' }
    },
    membershipAt: async (accountId, atMs) => {
      const [last] = await store.in(memberships).listOrdered(everywhere, {
        ...{ idPrefix: `${accountId}/`, descending: true, limit: 1 },
        after: { value: '', id: afterMembershipsUntil(accountId, atMs) },
      })
      if (!last) return undefined
      const { joinedAtMs, leftAtMs = Number.POSITIVE_INFINITY } = last.document
      return joinedAtMs <= atMs && atMs < leftAtMs ? last.document : undefined
    },
    memberships: async (organizationId, { afterId, limit }) => {
      const index = { name: 'organization', value: organizationId }
      const found = await store
        .in(memberships)
        .list(everywhere, { index, limit, ...(afterId !== undefined && { afterId }) })
      return found.map(({ id, document }) => ({ id, membership: document }))
    },
    hasTrustedAccess: async (managementAccountId, service) => {
      const organization = await findOrganization(store, managementAccountId)
      return organization !== undefined && Object.hasOwn(organization.trustedServices, service)
    },
    delegatedAdministrators: async (managementAccountId, service) => {
      const index = { name: 'service', value: service }
      const found = await store.in(delegations).list({ accountId: managementAccountId, region: '' }, { index })
      return found.map(({ id }) => id)
    },
  }
}

/** @returns undefined when a part of it was removed meanwhile. */
async function readPlace(
  reader: Reader,
  organization: Organization,
  { accountId, parentId, closedAtMs }: Member,
  known: BoundedMap<string, NamedPolicy>,
): Promise<AccountOrganization | undefined> {
  const { id, managementAccountId } = organization
  const path = await pathTo(reader, organization, parentId)
  if (!path) return undefined
  const place = { id, managementAccountId, paths: [`${[id, ...path].join('/')}/`] }
  // Policies do not reach the management account.
  if (accountId === managementAccountId || organization.featureSet !== 'ALL') return place
  const targets = [...path, accountId]
  const serviceControl = await readLevels(reader, organization, 'SERVICE_CONTROL_POLICY', targets, known)
  const resourceControl = await readLevels(reader, organization, 'RESOURCE_CONTROL_POLICY', targets, known)
  if (serviceControl === 'gone' || resourceControl === 'gone') return undefined
  const limits = closedAtMs === undefined ? serviceControl : [...(serviceControl ?? []), closedAccount]
  return { ...place, ...(limits && { serviceControl: limits }), ...(resourceControl && { resourceControl }) }
}

/** What stands over a closed account, beside what is attached: no caller of it may do anything. */
const closedAccount: readonly NamedPolicy[] = [
  {
    name: 'closed account',
    document:
      '{"Version":"2012-10-17","Statement":[{"Sid":"ClosedAccount","Effect":"Deny","Action":"*","Resource":"*"}]}',
  },
]

/** @returns undefined while the type is not enabled; `gone` when a policy was removed meanwhile. */
async function readLevels(
  reader: Reader,
  organization: Organization,
  type: PolicyType,
  targets: readonly string[],
  known: BoundedMap<string, NamedPolicy>,
): Promise<PolicyLevels | undefined | 'gone'> {
  if (organization.policyTypes[type] === undefined) return undefined
  const levels: NamedPolicy[][] = []
  for (const target of targets) {
    const level: NamedPolicy[] = []
    const ids = await policyIdsOn(reader, organization, target, type)
    for (const policy of await mapAll(ids, (policyId) => readNamed(reader, organization, policyId, known))) {
      if (!policy) return 'gone'
      level.push(policy)
    }
    levels.push(level)
  }
  return levels
}

function readNamed(
  reader: Reader,
  organization: Organization,
  policyId: string,
  known: BoundedMap<string, NamedPolicy>,
): Awaitable<NamedPolicy | undefined> {
  const found = known.get(policyId) ?? awsPolicyNamed(policyId)
  if (found) return found
  return andThen(reader.in(policies).get(scopeOf(organization), policyId), (policy) => {
    if (!policy) return undefined
    const named = { name: policy.name, arn: policyArn(organization, policy.type, policyId), document: policy.content }
    known.set(policyId, named)
    return named
  })
}

function awsPolicyNamed(policyId: string): NamedPolicy | undefined {
  const policy = findAwsPolicy(policyId)?.policy
  return policy && { name: policy.name, arn: policy.arn, document: policy.content }
}
