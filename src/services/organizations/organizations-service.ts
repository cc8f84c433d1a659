import type { AuditDeclaration, Operation } from '../../core/operation.ts'
import type { GivenTag } from '../../kit/tags.ts'
import {
  closeAccount,
  describeAccount,
  leaveOrganization,
  listAccounts,
  listAccountsForParent,
  moveAccount,
  removeAccountFromOrganization,
} from './operations/accounts.ts'
import { enableAllFeatures } from './operations/all-features.ts'
import { attachPolicy, detachPolicy, listPoliciesForTarget, listTargetsForPolicy } from './operations/attachments.ts'
import { createAccount, describeCreateAccountStatus, listCreateAccountStatus } from './operations/create-account.ts'
import {
  deregisterDelegatedAdministrator,
  disableAwsServiceAccess,
  enableAwsServiceAccess,
  listAwsServiceAccess,
  listDelegatedAdministrators,
  listDelegatedServicesForAccount,
  registerDelegatedAdministrator,
} from './operations/delegation.ts'
import {
  acceptHandshake,
  cancelHandshake,
  declineHandshake,
  describeHandshake,
  inviteAccountToOrganization,
  listHandshakesForAccount,
  listHandshakesForOrganization,
} from './operations/handshakes.ts'
import { createOrganization, deleteOrganization, describeOrganization } from './operations/organization.ts'
import { addedTags, type Callers, permissionsFor, takenTags } from './operations/permissions.ts'
import { createPolicy, deletePolicy, describePolicy, listPolicies, updatePolicy } from './operations/policies.ts'
import { describeEffectivePolicy, disablePolicyType, enablePolicyType } from './operations/policy-kinds.ts'
import { deleteResourcePolicy, describeResourcePolicy, putResourcePolicy } from './operations/resource-policy.ts'
import { listTagsForResource, tagResource, untagResource } from './operations/tags.ts'
import { listChildren, listParents, listRoots } from './operations/tree-lists.ts'
import {
  createOrganizationalUnit,
  deleteOrganizationalUnit,
  describeOrganizationalUnit,
  listOrganizationalUnitsForParent,
  updateOrganizationalUnit,
} from './operations/units.ts'
import type { OrganizationsContext } from './organizations-context.ts'

type Handle<I, O> = (context: OrganizationsContext, input: I) => Promise<O>
type About<I> = Parameters<typeof permissionsFor<I>>[1]

const read = <I extends object, O>(
  handle: Handle<I, O>,
  about?: About<I>,
  callers: Callers = 'reading',
): Operation<OrganizationsContext, I, O> => ({ handle, permissions: permissionsFor<I>(callers, about), readOnly: true })

const write = <I extends object, O>(
  handle: Handle<I, O>,
  about?: About<I>,
  { callers = 'management', ...audit }: AuditDeclaration<OrganizationsContext, I, O> & { callers?: Callers } = {},
): Operation<OrganizationsContext, I, O> => ({
  handle,
  permissions: permissionsFor<I>(callers, about),
  readOnly: false,
  ...(Object.keys(audit).length > 0 && { audit }),
})

const own = { callers: 'own' as const }
const ofHandshake = ({ HandshakeId }: { HandshakeId: string }) => ({ handshakeId: HandshakeId })
const ofAccount = ({ AccountId }: { AccountId: string }) => ({ ids: [AccountId] })
const ofParent = ({ ParentId }: { ParentId: string }) => ({ ids: [ParentId] })
const ofUnit = ({ OrganizationalUnitId }: { OrganizationalUnitId: string }) => ({ ids: [OrganizationalUnitId] })
const ofPolicy = ({ PolicyId }: { PolicyId: string }) => ({ ids: [PolicyId] })
const ofAttachment = ({ PolicyId, TargetId }: { PolicyId: string; TargetId: string }) => ({ ids: [PolicyId, TargetId] })
const ofType = ({ RootId, PolicyType }: { RootId: string; PolicyType: string }) => ({
  ids: [RootId],
  policyType: PolicyType,
})
const ofService = ({ ServicePrincipal }: { ServicePrincipal?: string | undefined }) => ({
  servicePrincipal: ServicePrincipal,
})
const ofDelegate = ({ AccountId, ServicePrincipal }: { AccountId: string; ServicePrincipal: string }) => ({
  ids: [AccountId],
  servicePrincipal: ServicePrincipal,
})
const ofNew = ({ Tags }: { Tags?: readonly GivenTag[] | undefined }) => ({ newTags: Tags })

/** Everything Organizations can do; what is missing here answers that it is not built. */
export const organizationsOperations = {
  CreateOrganization: write(createOrganization, undefined, own),
  DescribeOrganization: read(describeOrganization, undefined, 'own'),
  DeleteOrganization: write(deleteOrganization),
  EnableAllFeatures: write(enableAllFeatures),

  CreateAccount: write(createAccount, ofNew, { maskRequest: { Email: '****', AccountName: '****' } }),
  DescribeCreateAccountStatus: read(describeCreateAccountStatus),
  ListCreateAccountStatus: read(listCreateAccountStatus),
  DescribeAccount: read(describeAccount, ofAccount),
  ListAccounts: read(listAccounts),
  ListAccountsForParent: read(listAccountsForParent, ofParent),
  MoveAccount: write(moveAccount, ({ AccountId, SourceParentId, DestinationParentId }) => ({
    ids: [AccountId, SourceParentId, DestinationParentId],
  })),
  RemoveAccountFromOrganization: write(removeAccountFromOrganization, ofAccount),
  LeaveOrganization: write(leaveOrganization, undefined, own),
  CloseAccount: write(closeAccount, ofAccount),

  InviteAccountToOrganization: write(inviteAccountToOrganization, ofNew),
  AcceptHandshake: write(acceptHandshake, ofHandshake, own),
  DeclineHandshake: write(declineHandshake, ofHandshake, own),
  CancelHandshake: write(cancelHandshake, ofHandshake),
  DescribeHandshake: read(describeHandshake, ofHandshake, 'own'),
  ListHandshakesForAccount: read(listHandshakesForAccount, undefined, 'own'),
  ListHandshakesForOrganization: read(listHandshakesForOrganization),

  ListRoots: read(listRoots),
  ListChildren: read(listChildren, ofParent),
  ListParents: read(listParents, ({ ChildId }) => ({ ids: [ChildId] })),
  CreateOrganizationalUnit: write(createOrganizationalUnit, ({ ParentId, Tags }) => ({
    ids: [ParentId],
    tagKeys: addedTags(Tags),
  })),
  DescribeOrganizationalUnit: read(describeOrganizationalUnit, ofUnit),
  UpdateOrganizationalUnit: write(updateOrganizationalUnit, ofUnit),
  DeleteOrganizationalUnit: write(deleteOrganizationalUnit, ofUnit),
  ListOrganizationalUnitsForParent: read(listOrganizationalUnitsForParent, ofParent),

  CreatePolicy: write(createPolicy, ({ Type, Tags }) => ({ policyType: Type, newTags: Tags })),
  DescribePolicy: read(describePolicy, ofPolicy),
  UpdatePolicy: write(updatePolicy, ofPolicy),
  DeletePolicy: write(deletePolicy, ofPolicy),
  ListPolicies: read(listPolicies, ({ Filter }) => ({ policyType: Filter })),
  AttachPolicy: write(attachPolicy, ofAttachment),
  DetachPolicy: write(detachPolicy, ofAttachment),
  ListPoliciesForTarget: read(listPoliciesForTarget, ({ TargetId, Filter }) => ({
    ids: [TargetId],
    policyType: Filter,
  })),
  ListTargetsForPolicy: read(listTargetsForPolicy, ofPolicy),
  EnablePolicyType: write(enablePolicyType, ofType),
  DisablePolicyType: write(disablePolicyType, ofType),
  DescribeEffectivePolicy: read(
    describeEffectivePolicy,
    ({ TargetId, PolicyType }) => ({ ids: [TargetId], policyType: PolicyType }),
    'own',
  ),

  EnableAWSServiceAccess: write(enableAwsServiceAccess, ofService),
  DisableAWSServiceAccess: write(disableAwsServiceAccess, ofService),
  ListAWSServiceAccessForOrganization: read(listAwsServiceAccess),
  RegisterDelegatedAdministrator: write(registerDelegatedAdministrator, ofDelegate),
  DeregisterDelegatedAdministrator: write(deregisterDelegatedAdministrator, ofDelegate),
  ListDelegatedAdministrators: read(listDelegatedAdministrators, ofService),
  ListDelegatedServicesForAccount: read(listDelegatedServicesForAccount, ofAccount),

  PutResourcePolicy: write(putResourcePolicy, ofNew),
  DescribeResourcePolicy: read(describeResourcePolicy),
  DeleteResourcePolicy: write(deleteResourcePolicy),

  TagResource: write(tagResource, ({ ResourceId, Tags }) => ({ ids: [ResourceId], tagKeys: addedTags(Tags) })),
  UntagResource: write(untagResource, ({ ResourceId, TagKeys }) => ({
    ids: [ResourceId],
    tagKeys: takenTags(TagKeys),
  })),
  ListTagsForResource: read(listTagsForResource, ({ ResourceId }) => ({ ids: [ResourceId] })),
} satisfies Record<string, Operation<OrganizationsContext, never, unknown>>
