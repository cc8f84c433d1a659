import type { RequestContext } from '../../../core/operation.ts'
import { createdTagKeys, resourceTagKeys } from '../../../kit/tag-keys.ts'
import type { GivenTag } from '../../../kit/tags.ts'
import type { Secret } from '../domain/secret.ts'

// The condition keys of Secrets Manager, as the Service Authorization Reference, "AWS Secrets Manager", lists them.

/** Returns the condition keys of every call on a secret. */
export function secretConditionKeys({ arn, primaryRegion, tags = [], rotation }: Secret): RequestContext {
  const context: RequestContext = { 'secretsmanager:SecretId': arn }
  if (primaryRegion !== undefined) context['secretsmanager:SecretPrimaryRegion'] = primaryRegion
  if (rotation?.lambdaArn) context['secretsmanager:resource/AllowRotationLambdaArn'] = rotation.lambdaArn
  return { ...context, ...resourceTagKeys(tags, ownTagName) }
}

const ownTagName = 'secretsmanager:ResourceTag'

/** The members of a request under the names that policies have for them; what is absent has no key. */
export function requestConditionKeys(
  members: Readonly<Record<string, string | number | boolean | undefined>>,
): RequestContext {
  const context: RequestContext = {}
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) context[`secretsmanager:${name}`] = String(value)
  }
  return context
}

/** The key that a request names; its ARN where that is what it gives. */
export const kmsKeyConditionKeys = (kmsKeyId: string | undefined): RequestContext =>
  requestConditionKeys({ KmsKeyId: kmsKeyId, KmsKeyArn: kmsKeyId?.startsWith('arn:') ? kmsKeyId : undefined })

/** Returns the condition keys of CreateSecret. */
export const newSecretTagConditionKeys = (tags: readonly GivenTag[]): RequestContext => createdTagKeys(tags, ownTagName)

export const replicaConditionKeys = (
  regions: readonly { Region?: string }[] | undefined,
  force: boolean | undefined,
): RequestContext => {
  if (!regions || regions.length === 0) return {}
  return {
    'secretsmanager:AddReplicaRegions': regions.flatMap(({ Region }) => (Region === undefined ? [] : [Region])),
    'secretsmanager:ForceOverwriteReplicaSecret': String(force ?? false),
  }
}
