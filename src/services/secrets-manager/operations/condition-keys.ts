import type { RequestContext } from '../../../core/operation.ts'
import type { Secret } from '../domain/secret.ts'
import type { GivenTag } from '../domain/tags.ts'

// The condition keys of Secrets Manager, as the Service Authorization Reference, "AWS Secrets Manager", lists them.

/** Of every call on a secret. */
export function secretKeys({ arn, primaryRegion, tags = [], rotation }: Secret): RequestContext {
  const context: RequestContext = { 'secretsmanager:SecretId': arn }
  if (primaryRegion !== undefined) context['secretsmanager:SecretPrimaryRegion'] = primaryRegion
  if (rotation?.lambdaArn) context['secretsmanager:resource/AllowRotationLambdaArn'] = rotation.lambdaArn
  for (const { Key, Value } of tags) {
    context[`aws:ResourceTag/${Key}`] = Value
    context[`secretsmanager:ResourceTag/${Key}`] = Value
  }
  return context
}

/** The members of a request under the names that policies have for them; what is absent has no key. */
export function requestKeys(members: Readonly<Record<string, string | number | boolean | undefined>>): RequestContext {
  const context: RequestContext = {}
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) context[`secretsmanager:${name}`] = String(value)
  }
  return context
}

/** The key that a request names; its ARN where that is what it gives. */
export const kmsKeyKeys = (kmsKeyId: string | undefined): RequestContext =>
  requestKeys({ KmsKeyId: kmsKeyId, KmsKeyArn: kmsKeyId?.startsWith('arn:') ? kmsKeyId : undefined })

/** Of operations that carry tags. */
export function requestTagKeys(tags: readonly GivenTag[] = []): RequestContext {
  if (tags.length === 0) return {}
  const context = removedTagKeys(tags.flatMap(({ Key }) => (Key === undefined ? [] : [Key])))
  for (const { Key, Value = '' } of tags) if (Key !== undefined) context[`aws:RequestTag/${Key}`] = Value
  return context
}

export const removedTagKeys = (keys: readonly string[]): RequestContext => ({ 'aws:TagKeys': keys })

export const replicaKeys = (
  regions: readonly { Region?: string }[] | undefined,
  force: boolean | undefined,
): RequestContext => {
  if (!regions || regions.length === 0) return {}
  return {
    'secretsmanager:AddReplicaRegions': regions.flatMap(({ Region }) => (Region === undefined ? [] : [Region])),
    'secretsmanager:ForceOverwriteReplicaSecret': String(force ?? false),
  }
}
