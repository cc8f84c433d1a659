import type { ParameterTier, ParameterType } from '@aws-sdk/client-ssm'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { StoredPolicy } from './parameter-policies.ts'

/** What the tier of a stored parameter can be. */
export type StoredTier = Extract<ParameterTier, 'Standard' | 'Advanced'>

/** What a version is besides its value. Times are epoch milliseconds. */
export interface VersionFacts {
  version: number
  type: ParameterType
  dataType: string
  tier: StoredTier
  /** Of a SecureString, as given: an alias stays an alias. */
  keyId?: string
  description?: string
  allowedPattern?: string
  policies: readonly StoredPolicy[]
  modifiedAtMs: number
  /** ARN of who wrote it. */
  modifiedBy: string
}

/** A parameter as it is kept, under its qualified name: the facts of its latest version, and what belongs to no version. */
export interface StoredParameter extends VersionFacts {
  accountId: string
  region: string
  /** Fully qualified: with a leading slash. */
  qualified: string
  /** As it was created: lists show it so. */
  name: string
  /** Versions are kept from this one to the latest, without a gap. */
  oldestVersion: number
  /** Label → version. */
  labels: Readonly<Record<string, number>>
  /** In order of key. */
  tags: readonly Tag[]
  resourcePolicies: readonly StoredResourcePolicy[]
}

/** A policy by which a parameter is shared. */
export interface StoredResourcePolicy extends BoundPolicy {
  policyId: string
  /** SHA-256 of the text as given, in hexadecimal. */
  hash: string
}

/** A version with its value, under the qualified name and the version. */
export interface StoredVersion extends VersionFacts {
  /** Of a SecureString: what decrypts to it, in base64. */
  value: string
}

/** The labels of a version, in order. */
export const labelsOf = ({ labels }: Pick<StoredParameter, 'labels'>, version: number): string[] =>
  Object.keys(labels)
    .filter((label) => labels[label] === version)
    .sort()

/** The facts of the latest version alone. */
export function factsOf(parameter: VersionFacts): VersionFacts {
  const { version, type, dataType, tier, keyId, description, allowedPattern, policies, modifiedAtMs, modifiedBy } =
    parameter
  return { version, type, dataType, tier, keyId, description, allowedPattern, policies, modifiedAtMs, modifiedBy }
}
