/** Limits of an account in a region, as the Systems Manager User Guide and the AWS General Reference state the defaults. */
export const quotas = {
  standardParameters: 10_000,
  advancedParameters: 100_000,
  standardValueBytes: 4096,
  advancedValueBytes: 8192,
  levels: 15,
  /** Of the whole ARN of a parameter. */
  arnCharacters: 1011,
  versions: 100,
  labelsPerVersion: 10,
  tags: 50,
  policies: 10,
  resourcePolicyBytes: 1024,
  /** AWS states no number. */
  resourcePolicies: 20,
} as const
