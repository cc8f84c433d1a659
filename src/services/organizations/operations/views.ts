import type {
  Account,
  AccountState,
  AccountStatus,
  CreateAccountStatus,
  OrganizationalUnit,
  PolicySummary,
  Root,
  Handshake as ShownHandshake,
  Organization as ShownOrganization,
} from '@aws-sdk/client-organizations'
import type { CreateRequest, Handshake, Member, Organization, Policy, Unit } from '../domain/entities.ts'
import {
  accountArn,
  defaultEmail,
  defaultName,
  handshakeArn,
  organizationArn,
  policyArn,
  rootArn,
  unitArn,
} from '../domain/names.ts'
import type { AwsPolicy, PolicyType } from '../domain/policy-types.ts'
import { everywhere, findMember, findOrganization, profiles, type Reader } from '../storage/collections.ts'
import { pathTo } from '../storage/tree.ts'

// How organizations and what is in them are shown in answers.

/** Returns what an account is called, and its address. */
export async function profileOf(reader: Reader, accountId: string): Promise<{ name: string; email: string }> {
  const profile = await reader.in(profiles).get(everywhere, accountId)
  return profile ?? { name: defaultName(accountId), email: defaultEmail(accountId) }
}

export async function shownOrganization(reader: Reader, organization: Organization): Promise<ShownOrganization> {
  const { id, managementAccountId, featureSet } = organization
  const { email } = (await findMember(reader, managementAccountId)) ?? (await profileOf(reader, managementAccountId))
  return {
    Id: id,
    Arn: organizationArn(organization),
    FeatureSet: featureSet,
    MasterAccountArn: accountArn(organization, managementAccountId),
    MasterAccountId: managementAccountId,
    MasterAccountEmail: email,
    // AWS shows this one type here, whatever is enabled: ListRoots tells what is.
    AvailablePolicyTypes: featureSet === 'ALL' ? [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }] : [],
  }
}

export const shownRoot = (organization: Organization): Root => ({
  Id: organization.rootId,
  Arn: rootArn(organization, organization.rootId),
  Name: 'Root',
  PolicyTypes: Object.keys(organization.policyTypes)
    .sort()
    .map((Type) => ({ Type: Type as PolicyType, Status: 'ENABLED' })),
})

const statusOf = ({ closedAtMs }: Member): { Status: AccountStatus; State: AccountState } =>
  closedAtMs === undefined ? { Status: 'ACTIVE', State: 'ACTIVE' } : { Status: 'SUSPENDED', State: 'SUSPENDED' }

export const shownMember = (organization: Organization, member: Member) => ({
  Id: member.accountId,
  Arn: accountArn(organization, member.accountId),
  Email: member.email,
  Name: member.name,
  ...statusOf(member),
  JoinedMethod: member.joinedMethod,
  JoinedTimestamp: new Date(member.joinedAtMs),
})

/** @param reader - for the way to it in the tree. */
export async function shownAccount(reader: Reader, organization: Organization, member: Member): Promise<Account> {
  const path = await pathTo(reader, organization, member.parentId)
  const Paths = path ? [`${[organization.id, ...path, member.accountId].join('/')}/`] : []
  return { ...shownMember(organization, member), Paths }
}

export const shownUnit = (organization: Organization, { id, name, ancestors }: Unit): OrganizationalUnit => ({
  Id: id,
  Arn: unitArn(organization, id),
  Name: name,
  Path: `${[organization.id, ...ancestors, id].join('/')}/`,
})

export const policySummary = (organization: Organization, { id, type, name, description }: Policy): PolicySummary => ({
  Id: id,
  Arn: policyArn(organization, type, id),
  Name: name,
  Description: description,
  Type: type,
  AwsManaged: false,
})

export const awsPolicySummary = (type: PolicyType, { id, arn, name, description }: AwsPolicy): PolicySummary => ({
  Id: id,
  Arn: arn,
  Name: name,
  Description: description,
  Type: type,
  AwsManaged: true,
})

export const shownRequest = (request: CreateRequest): CreateAccountStatus => ({
  Id: request.id,
  AccountName: request.accountName,
  State: request.state,
  RequestedTimestamp: new Date(request.requestedAtMs),
  ...(request.completedAtMs !== undefined && { CompletedTimestamp: new Date(request.completedAtMs) }),
  ...(request.state === 'SUCCEEDED' && { AccountId: request.accountId }),
  ...(request.failureReason && { FailureReason: request.failureReason }),
})

/** The state of a handshake now: one that was not answered in time has expired. */
export const stateOf = ({ state, expiresAtMs }: Handshake, nowMs: number): Handshake['state'] =>
  (state === 'OPEN' || state === 'REQUESTED') && expiresAtMs <= nowMs ? 'EXPIRED' : state

export async function shownHandshake(reader: Reader, handshake: Handshake, nowMs: number): Promise<ShownHandshake> {
  const { id, action, organizationId, managementAccountId, accountId, invitedBy, notes } = handshake
  const organization = { id: organizationId, managementAccountId }
  const [management, invited] = [await profileOf(reader, managementAccountId), await profileOf(reader, accountId)]
  const party =
    invitedBy === 'EMAIL'
      ? ({ Id: invited.email, Type: 'EMAIL' } as const)
      : ({ Id: accountId, Type: 'ACCOUNT' } as const)
  const featureSet = (await findOrganization(reader, managementAccountId))?.featureSet
  return {
    Id: id,
    Arn: handshakeArn(organization, action, id),
    Parties:
      action === 'INVITE'
        ? [{ Id: organizationId, Type: 'ORGANIZATION' }, party]
        : [{ Id: organizationId, Type: 'ORGANIZATION' }, ...(action === 'APPROVE_ALL_FEATURES' ? [party] : [])],
    State: stateOf(handshake, nowMs),
    RequestedTimestamp: new Date(handshake.requestedAtMs),
    ExpirationTimestamp: new Date(handshake.expiresAtMs),
    Action: action,
    Resources: [
      {
        Type: 'ORGANIZATION',
        Value: organizationId,
        Resources: [
          { Type: 'MASTER_EMAIL', Value: management.email },
          { Type: 'MASTER_NAME', Value: management.name },
          {
            Type: 'ORGANIZATION_FEATURE_SET',
            Value: featureSet === 'CONSOLIDATED_BILLING' ? 'CONSOLIDATED_BILLING' : 'FULL',
          },
        ],
      },
      ...(action === 'ENABLE_ALL_FEATURES' ? [] : [{ Type: party.Type, Value: party.Id }]),
      ...(notes === undefined ? [] : [{ Type: 'NOTES' as const, Value: notes }]),
      ...(handshake.parentId === undefined ? [] : [{ Type: 'PARENT_HANDSHAKE' as const, Value: handshake.parentId }]),
    ],
  }
}
