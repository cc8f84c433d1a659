import type { PolicyType as AwsPolicyType } from '@aws-sdk/client-organizations'
import { policyTypeNotHere } from './errors.ts'
import { awsPolicyArn } from './names.ts'

/** The types of policy that are here. */
export type PolicyType =
  | 'SERVICE_CONTROL_POLICY'
  | 'RESOURCE_CONTROL_POLICY'
  | 'TAG_POLICY'
  | 'BACKUP_POLICY'
  | 'AISERVICES_OPT_OUT_POLICY'

export interface PolicyTypeRules {
  /** Characters of a document. */
  maxCharacters: number
  /** Of an organization. */
  most: number
  /** On one root, organizational unit or account. */
  mostAttached: number
  /** AWS's own policy, which every entity has from the time when the type is enabled. */
  awsPolicy?: AwsPolicy
  /** The last policy on an entity stays. */
  needsOne?: true
}

/** A policy that AWS manages. */
export interface AwsPolicy {
  id: string
  arn: string
  name: string
  description: string
  content: string
  /** It cannot be detached. */
  stays?: true
}

const awsPolicy = (type: PolicyType, policy: Omit<AwsPolicy, 'arn'>): AwsPolicy => ({
  ...policy,
  arn: awsPolicyArn(type, policy.id),
})

/** @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
export const policyTypes: Readonly<Record<PolicyType, PolicyTypeRules>> = {
  SERVICE_CONTROL_POLICY: {
    ...{ maxCharacters: 10_240, most: 10_000, mostAttached: 10, needsOne: true },
    awsPolicy: awsPolicy('SERVICE_CONTROL_POLICY', {
      id: 'p-FullAWSAccess',
      name: 'FullAWSAccess',
      description: 'Allows access to every operation',
      content: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    }),
  },
  RESOURCE_CONTROL_POLICY: {
    ...{ maxCharacters: 5120, most: 1000, mostAttached: 5 },
    awsPolicy: awsPolicy('RESOURCE_CONTROL_POLICY', {
      id: 'p-RCPFullAWSAccess',
      name: 'RCPFullAWSAccess',
      description: 'Allows access to every resource',
      content: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
      stays: true,
    }),
  },
  TAG_POLICY: { maxCharacters: 10_000, most: 1000, mostAttached: 10 },
  BACKUP_POLICY: { maxCharacters: 10_000, most: 1000, mostAttached: 10 },
  AISERVICES_OPT_OUT_POLICY: { maxCharacters: 2500, most: 1000, mostAttached: 5 },
}

/** @throws ServiceError PolicyTypeNotAvailableForOrganizationException - a type that is not here. */
export function policyTypeOf(type: AwsPolicyType): PolicyType {
  if (!Object.hasOwn(policyTypes, type)) throw policyTypeNotHere(type)
  return type as PolicyType
}

/** Finds the policy that AWS manages under an id. */
export function findAwsPolicy(policyId: string): { type: PolicyType; policy: AwsPolicy } | undefined {
  for (const [type, { awsPolicy: policy }] of Object.entries(policyTypes)) {
    if (policy?.id === policyId) return { type: type as PolicyType, policy }
  }
  return undefined
}

/** Returns whether policies of the type decide about requests. */
export const isAuthorizationType = (type: PolicyType): boolean =>
  type === 'SERVICE_CONTROL_POLICY' || type === 'RESOURCE_CONTROL_POLICY'
