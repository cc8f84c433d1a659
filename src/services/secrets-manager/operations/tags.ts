import type { TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-secrets-manager'
import type { Validated } from '../../../core/operation.ts'
import { removeTags, secretTags } from '../domain/tags.ts'
import type { SecretsManagerContext } from '../secrets-manager-context.ts'
import { changeSecret } from './change-secret.ts'

/** @throws ServiceError InvalidParameterException - reserved or double keys, more than 50 tags. */
export async function tagResource(
  context: SecretsManagerContext,
  { SecretId, Tags }: Validated<TagResourceRequest>,
): Promise<undefined> {
  await changeSecret(context, SecretId, (secret) => ({
    ...secret,
    tags: secretTags.merge(secret.tags ?? [], Tags),
  }))
}

/** Keys that the secret does not have are passed over. @throws ServiceError InvalidParameterException - a reserved key. */
export async function untagResource(
  context: SecretsManagerContext,
  { SecretId, TagKeys }: Validated<UntagResourceRequest>,
): Promise<undefined> {
  await changeSecret(context, SecretId, (secret) =>
    secret.tags ? { ...secret, tags: removeTags(secret.tags, TagKeys) } : secret,
  )
}
