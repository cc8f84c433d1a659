/** Quotas of an account, as the IAM User Guide, "IAM and AWS STS quotas", states the defaults. Sizes leave out white space. */
export const quotas = {
  users: 5000,
  groups: 300,
  roles: 1000,
  policies: 1500,
  instanceProfiles: 1000,
  rolesPerInstanceProfile: 1,
  groupsPerUser: 10,
  accessKeysPerUser: 2,
  attachedPolicies: 10,
  versionsPerPolicy: 5,
  tags: 50,
  managedPolicySize: 6144,
  trustPolicySize: 2048,
  userPolicySize: 2048,
  groupPolicySize: 5120,
  rolePolicySize: 10240,
} as const
