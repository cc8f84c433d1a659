import type { Call } from '../../../core/call.ts'
import type { RequestContext } from '../../../core/operation.ts'
import type { KmsKey } from '../domain/key.ts'
import type { KeyDesign } from '../domain/key-creation.ts'
import { type GivenTag, tagsIn } from '../domain/tags.ts'

// The condition keys of KMS, as the AWS KMS Developer Guide, "Condition keys for AWS KMS", lists them.

/** Of every call: who makes it, and through which service. */
export function callerKeys({ accountId, calledVia, region }: Call): RequestContext {
  const context: RequestContext = {}
  if (accountId) context['kms:CallerAccount'] = accountId
  const [service] = calledVia.at(-1)?.split('.') ?? []
  if (service) context['kms:ViaService'] = `${service}.${region}.amazonaws.com`
  return context
}

/** What a key is, or is to be. */
export function designKeys({ keySpec, keyUsage, origin, multiRegion }: Partial<KeyDesign>): RequestContext {
  const context: RequestContext = { 'kms:MultiRegion': String(multiRegion ?? false) }
  if (origin) context['kms:KeyOrigin'] = origin
  if (keySpec) {
    context['kms:KeySpec'] = keySpec
    context['kms:CustomerMasterKeySpec'] = keySpec
  }
  if (keyUsage) {
    context['kms:KeyUsage'] = keyUsage
    context['kms:CustomerMasterKeyUsage'] = keyUsage
  }
  return context
}

/** Of every call on a key. @param aliasName - the alias that the request named instead of the key. */
export function keyKeys(key: KmsKey, aliasName: string | undefined): RequestContext {
  const context = designKeys(key)
  if (key.aliasNames.length > 0) context['kms:ResourceAliases'] = key.aliasNames
  if (aliasName) context['kms:RequestAlias'] = aliasName
  for (const { TagKey, TagValue } of key.tags) context[`aws:ResourceTag/${TagKey}`] = TagValue
  return context
}

/** Of cryptographic operations on symmetric encryption keys. */
export function encryptionKeys(
  encryptionContext: Readonly<Record<string, string>> | undefined,
  algorithm = 'SYMMETRIC_DEFAULT',
): RequestContext {
  const context: RequestContext = { 'kms:EncryptionAlgorithm': algorithm }
  const names = Object.keys(encryptionContext ?? {})
  if (names.length > 0) context['kms:EncryptionContextKeys'] = names
  for (const name of names) context[`kms:EncryptionContext:${name}`] = encryptionContext?.[name] ?? ''
  return context
}

/** Of operations that carry tags. */
export function requestTagKeys(given: readonly GivenTag[] = []): RequestContext {
  if (given.length === 0) return {}
  const tags = tagsIn(given)
  const context = removedTagKeys(tags.map(({ TagKey }) => TagKey))
  for (const { TagKey, TagValue } of tags) context[`aws:RequestTag/${TagKey}`] = TagValue
  return context
}

export const removedTagKeys = (keys: readonly string[]): RequestContext => ({ 'aws:TagKeys': keys })

export const lockoutCheckKeys = (bypass: boolean | undefined): RequestContext => ({
  'kms:BypassPolicyLockoutSafetyCheck': String(bypass ?? false),
})
