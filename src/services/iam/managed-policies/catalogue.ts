import { awsManagedPolicies } from '../managed-policies/index.ts'
import type { ManagedPolicy } from './entities.ts'

type AwsManagedPolicy = (typeof awsManagedPolicies)[number]

/** AWS's own policies in the form of the customer's. Earlier versions than the one in force are not held. */
function inOurForm(policy: AwsManagedPolicy): ManagedPolicy {
  const { name, path, arn, policyId, description, defaultVersionId, document } = policy
  const createdAtMs = Date.parse(policy.createDate)
  const updatedAtMs = Date.parse(policy.updateDate)
  return {
    name,
    path,
    id: policyId,
    arn,
    description,
    createdAtMs,
    updatedAtMs,
    tags: [],
    versions: [{ versionId: defaultVersionId, document, createdAtMs: updatedAtMs }],
    defaultVersionId,
    lastVersion: Number(defaultVersionId.slice(1)),
  }
}

const byArn = new Map(awsManagedPolicies.map((policy) => [policy.arn, inOurForm(policy)]))

export const findAwsManagedPolicy = (arn: string): ManagedPolicy | undefined => byArn.get(arn)

export const allAwsManagedPolicies = (): readonly ManagedPolicy[] => [...byArn.values()]
