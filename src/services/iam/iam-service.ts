import type { Operation, Permission } from '../../core/operation.ts'
import type { IamContext } from './iam-context.ts'
import {
  createAccessKey,
  deleteAccessKey,
  getAccessKeyLastUsed,
  listAccessKeys,
  onAccessKey,
  updateAccessKey,
} from './operations/access-keys.ts'
import { createAccountAlias, deleteAccountAlias, getAccountSummary, listAccountAliases } from './operations/account.ts'
import { attachPolicy, detachPolicy, listAttachedPolicies, listEntitiesForPolicy } from './operations/attachments.ts'
import { getAccountAuthorizationDetails } from './operations/authorization-details.ts'
import { getContextKeysForCustomPolicy, getContextKeysForPrincipalPolicy } from './operations/context-keys.ts'
import {
  addUserToGroup,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupsForUser,
  removeUserFromGroup,
  updateGroup,
} from './operations/groups.ts'
import {
  deleteInlinePolicy,
  getInlinePolicy,
  listInlinePolicies,
  putInlinePolicy,
} from './operations/inline-policies.ts'
import {
  addRoleToInstanceProfile,
  createInstanceProfile,
  deleteInstanceProfile,
  getInstanceProfile,
  listInstanceProfiles,
  listInstanceProfilesForRole,
  onAddingRole,
  removeRoleFromInstanceProfile,
} from './operations/instance-profiles.ts'
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  getPolicy,
  getPolicyVersion,
  listPolicies,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './operations/managed-policies.ts'
import {
  deleteLoginProfile,
  getLoginProfile,
  getMfaDevice,
  getSshPublicKey,
  listNoneOfUser,
  listServiceSpecificCredentials,
  onServiceCredentials,
} from './operations/other-credentials.ts'
import {
  onAccount,
  onCreation,
  onEntity,
  onOwnPolicy,
  onPathPrefix,
  onPolicy,
  onPolicyCreation,
  onPolicyPathPrefix,
  onRename,
  withBoundary,
  withPolicyArn,
  withTagKeys,
  withTags,
} from './operations/permissions.ts'
import { deletePermissionsBoundary, putPermissionsBoundary } from './operations/permissions-boundaries.ts'
import {
  createRole,
  deleteRole,
  getRole,
  listRoles,
  updateAssumeRolePolicy,
  updateRole,
  updateRoleDescription,
} from './operations/roles.ts'
import { onPolicySource, simulateCustomPolicy, simulatePrincipalPolicy } from './operations/simulation.ts'
import { listEntityTags, listPolicyTags, tagEntity, tagPolicy, untagEntity, untagPolicy } from './operations/tags.ts'
import { onTargetUser } from './operations/target-user.ts'
import {
  getAccountPasswordPolicy,
  getCredentialReport,
  getOpenIdConnectProvider,
  getSamlProvider,
  getServerCertificate,
  listMfaDeviceTags,
  listOpenIdConnectProviders,
  listOrganizationsFeatures,
  listSamlProviders,
  listServerCertificates,
  listVirtualMfaDevices,
  onMfaDevice,
  onOidcProvider,
  onSamlProvider,
  onServerCertificate,
} from './operations/unused-features.ts'
import { createUser, deleteUser, getUser, listUsers, updateUser } from './operations/users.ts'
import { groupKind, instanceProfileKind, roleKind, userKind } from './storage/entity-store.ts'

type Decide<I> = (context: IamContext, input: I) => readonly Permission[] | Promise<readonly Permission[]>
type Handle<I, O> = (context: IamContext, input: I) => Promise<O>

const read = <I, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<IamContext, I, O> => ({
  handle,
  permissions,
  readOnly: true,
})

const write = <I, O>(handle: Handle<I, O>, permissions: Decide<I>): Operation<IamContext, I, O> => ({
  handle,
  permissions,
  readOnly: false,
})

const onUser = onEntity(userKind)
const onGroup = onEntity(groupKind)
const onRole = onEntity(roleKind)
const onProfile = onEntity(instanceProfileKind)

/** Everything IAM can do; what is missing here answers that it is not built. */
export const iamOperations = {
  CreateUser: write(createUser, onCreation(userKind)),
  GetUser: read(getUser, onTargetUser),
  ListUsers: read(listUsers, onPathPrefix(userKind)),
  UpdateUser: write(updateUser, onRename(userKind)),
  DeleteUser: write(deleteUser, onUser),
  TagUser: write(tagEntity(userKind), onEntity(userKind, withTags)),
  UntagUser: write(untagEntity(userKind), onEntity(userKind, withTagKeys)),
  ListUserTags: read(listEntityTags(userKind), onUser),
  PutUserPermissionsBoundary: write(putPermissionsBoundary(userKind), onEntity(userKind, withBoundary)),
  DeleteUserPermissionsBoundary: write(deletePermissionsBoundary(userKind), onUser),
  PutUserPolicy: write(putInlinePolicy(userKind), onUser),
  GetUserPolicy: read(getInlinePolicy(userKind), onUser),
  DeleteUserPolicy: write(deleteInlinePolicy(userKind), onUser),
  ListUserPolicies: read(listInlinePolicies(userKind), onUser),
  AttachUserPolicy: write(attachPolicy(userKind), onEntity(userKind, withPolicyArn)),
  DetachUserPolicy: write(detachPolicy(userKind), onEntity(userKind, withPolicyArn)),
  ListAttachedUserPolicies: read(listAttachedPolicies(userKind), onUser),
  ListGroupsForUser: read(listGroupsForUser, onUser),

  CreateAccessKey: write(createAccessKey, onTargetUser),
  UpdateAccessKey: {
    ...write(updateAccessKey, onTargetUser),
    // The model has one enumeration for all credentials; access keys do not expire.
    constraints: { Status: { enum: ['Active', 'Inactive'] } },
  },
  DeleteAccessKey: write(deleteAccessKey, onTargetUser),
  ListAccessKeys: read(listAccessKeys, onTargetUser),
  GetAccessKeyLastUsed: read(getAccessKeyLastUsed, onAccessKey),

  ListMFADevices: read(listNoneOfUser('MFADevices'), onTargetUser),
  GetMFADevice: read(getMfaDevice, onTargetUser),
  ListSSHPublicKeys: read(listNoneOfUser('SSHPublicKeys'), onTargetUser),
  GetSSHPublicKey: read(getSshPublicKey, onUser),
  ListSigningCertificates: read(listNoneOfUser('Certificates'), onTargetUser),
  ListServiceSpecificCredentials: read(listServiceSpecificCredentials, onServiceCredentials),
  GetLoginProfile: read(getLoginProfile, onTargetUser),
  DeleteLoginProfile: write(deleteLoginProfile, onTargetUser),

  CreateGroup: write(createGroup, onCreation(groupKind)),
  GetGroup: read(getGroup, onGroup),
  ListGroups: read(listGroups, onPathPrefix(groupKind)),
  UpdateGroup: write(updateGroup, onRename(groupKind)),
  DeleteGroup: write(deleteGroup, onGroup),
  AddUserToGroup: write(addUserToGroup, onGroup),
  RemoveUserFromGroup: write(removeUserFromGroup, onGroup),
  PutGroupPolicy: write(putInlinePolicy(groupKind), onGroup),
  GetGroupPolicy: read(getInlinePolicy(groupKind), onGroup),
  DeleteGroupPolicy: write(deleteInlinePolicy(groupKind), onGroup),
  ListGroupPolicies: read(listInlinePolicies(groupKind), onGroup),
  AttachGroupPolicy: write(attachPolicy(groupKind), onEntity(groupKind, withPolicyArn)),
  DetachGroupPolicy: write(detachPolicy(groupKind), onEntity(groupKind, withPolicyArn)),
  ListAttachedGroupPolicies: read(listAttachedPolicies(groupKind), onGroup),

  CreateRole: write(createRole, onCreation(roleKind)),
  GetRole: read(getRole, onRole),
  ListRoles: read(listRoles, onPathPrefix(roleKind)),
  UpdateRole: write(updateRole, onRole),
  UpdateRoleDescription: write(updateRoleDescription, onRole),
  UpdateAssumeRolePolicy: write(updateAssumeRolePolicy, onRole),
  DeleteRole: write(deleteRole, onRole),
  TagRole: write(tagEntity(roleKind), onEntity(roleKind, withTags)),
  UntagRole: write(untagEntity(roleKind), onEntity(roleKind, withTagKeys)),
  ListRoleTags: read(listEntityTags(roleKind), onRole),
  PutRolePermissionsBoundary: write(putPermissionsBoundary(roleKind), onEntity(roleKind, withBoundary)),
  DeleteRolePermissionsBoundary: write(deletePermissionsBoundary(roleKind), onRole),
  PutRolePolicy: write(putInlinePolicy(roleKind), onRole),
  GetRolePolicy: read(getInlinePolicy(roleKind), onRole),
  DeleteRolePolicy: write(deleteInlinePolicy(roleKind), onRole),
  ListRolePolicies: read(listInlinePolicies(roleKind), onRole),
  AttachRolePolicy: write(attachPolicy(roleKind), onEntity(roleKind, withPolicyArn)),
  DetachRolePolicy: write(detachPolicy(roleKind), onEntity(roleKind, withPolicyArn)),
  ListAttachedRolePolicies: read(listAttachedPolicies(roleKind), onRole),

  CreateInstanceProfile: write(createInstanceProfile, onCreation(instanceProfileKind)),
  GetInstanceProfile: read(getInstanceProfile, onProfile),
  ListInstanceProfiles: read(listInstanceProfiles, onPathPrefix(instanceProfileKind)),
  ListInstanceProfilesForRole: read(listInstanceProfilesForRole, onRole),
  DeleteInstanceProfile: write(deleteInstanceProfile, onProfile),
  AddRoleToInstanceProfile: write(addRoleToInstanceProfile, onAddingRole),
  RemoveRoleFromInstanceProfile: write(removeRoleFromInstanceProfile, onProfile),
  TagInstanceProfile: write(tagEntity(instanceProfileKind), onEntity(instanceProfileKind, withTags)),
  UntagInstanceProfile: write(untagEntity(instanceProfileKind), onEntity(instanceProfileKind, withTagKeys)),
  ListInstanceProfileTags: read(listEntityTags(instanceProfileKind), onProfile),

  CreatePolicy: write(createPolicy, onPolicyCreation),
  GetPolicy: read(getPolicy, onPolicy),
  ListPolicies: read(listPolicies, onPolicyPathPrefix),
  DeletePolicy: write(deletePolicy, onOwnPolicy()),
  CreatePolicyVersion: write(createPolicyVersion, onOwnPolicy()),
  GetPolicyVersion: read(getPolicyVersion, onPolicy),
  ListPolicyVersions: read(listPolicyVersions, onPolicy),
  DeletePolicyVersion: write(deletePolicyVersion, onOwnPolicy()),
  SetDefaultPolicyVersion: write(setDefaultPolicyVersion, onOwnPolicy()),
  ListEntitiesForPolicy: read(listEntitiesForPolicy, onPolicy),
  TagPolicy: write(tagPolicy, onOwnPolicy(withTags)),
  UntagPolicy: write(untagPolicy, onOwnPolicy(withTagKeys)),
  ListPolicyTags: read(listPolicyTags, onPolicy),

  GetAccountSummary: read(getAccountSummary, onAccount),
  CreateAccountAlias: write(createAccountAlias, onAccount),
  DeleteAccountAlias: write(deleteAccountAlias, onAccount),
  ListAccountAliases: read(listAccountAliases, onAccount),
  GetAccountAuthorizationDetails: read(getAccountAuthorizationDetails, onAccount),

  GetAccountPasswordPolicy: read(getAccountPasswordPolicy, onAccount),
  DeleteAccountPasswordPolicy: write(getAccountPasswordPolicy, onAccount),
  GetCredentialReport: read(getCredentialReport, onAccount),
  ListOrganizationsFeatures: read(listOrganizationsFeatures, onAccount),
  ListVirtualMFADevices: read(listVirtualMfaDevices, onAccount),
  ListMFADeviceTags: read(listMfaDeviceTags, onMfaDevice),
  ListOpenIDConnectProviders: read(listOpenIdConnectProviders, onAccount),
  GetOpenIDConnectProvider: read(getOpenIdConnectProvider, onOidcProvider),
  ListOpenIDConnectProviderTags: read(getOpenIdConnectProvider, onOidcProvider),
  ListSAMLProviders: read(listSamlProviders, onAccount),
  GetSAMLProvider: read(getSamlProvider, onSamlProvider),
  ListSAMLProviderTags: read(getSamlProvider, onSamlProvider),
  ListServerCertificates: read(listServerCertificates, onAccount),
  GetServerCertificate: read(getServerCertificate, onServerCertificate),
  ListServerCertificateTags: read(getServerCertificate, onServerCertificate),

  SimulatePrincipalPolicy: read(simulatePrincipalPolicy, onPolicySource),
  SimulateCustomPolicy: read(simulateCustomPolicy, onAccount),
  GetContextKeysForPrincipalPolicy: read(getContextKeysForPrincipalPolicy, onPolicySource),
  GetContextKeysForCustomPolicy: read(getContextKeysForCustomPolicy, onAccount),
} satisfies Record<string, Operation<IamContext, never, unknown>>
