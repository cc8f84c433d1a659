import type { CreateGrantRequest } from '@aws-sdk/client-kms'
import type { Call } from '../../../../core/call.ts'
import type { ContextValue, RequestContext, Validated } from '../../../../core/operation.ts'
import { accountOf } from '../../../../core/principal.ts'
import { createdTagKeys, requestTagKeys, resourceTagKeys } from '../../../../kit/tag-keys.ts'
import { checkEncryptionContext } from '../../domain/algorithms/encryption-context.ts'
import type { KmsKey } from '../../domain/key.ts'
import type { KeyDesign } from '../../domain/key-creation.ts'
import { isPrimary } from '../../domain/multi-region.ts'
import { type GivenKeyTag, tagsIn } from '../../domain/tags.ts'

// The condition keys of KMS, as the AWS KMS Developer Guide, "Condition keys for AWS KMS", lists them.

/** Returns the condition keys of every call: who makes it, and through which service. A service that calls for itself is of no account. */
export function callerConditionKeys({ caller, calledVia, region }: Call): RequestContext {
  const context: RequestContext = {}
  const accountId = accountOf(caller.principal)
  if (accountId) context['kms:CallerAccount'] = accountId
  const [service] = calledVia.at(-1)?.split('.') ?? []
  if (service) context['kms:ViaService'] = `${service}.${region}.amazonaws.com`
  return context
}

/** Returns what a key is, or is to be. */
export function designConditionKeys({ keySpec, keyUsage, origin, multiRegion }: Partial<KeyDesign>): RequestContext {
  const context: RequestContext = { 'kms:MultiRegion': String(multiRegion ?? false) }
  if (multiRegion) context['kms:MultiRegionKeyType'] = 'PRIMARY'
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

/** Returns the condition keys of every call on a key. @param aliasName - the alias that the request named instead of the key. */
export function keyConditionKeys(key: KmsKey, aliasName: string | undefined): RequestContext {
  const context = designConditionKeys(key)
  if (key.aliasNames.length > 0) context['kms:ResourceAliases'] = key.aliasNames
  if (aliasName) context['kms:RequestAlias'] = aliasName
  if (key.regions) context['kms:MultiRegionKeyType'] = isPrimary(key) ? 'PRIMARY' : 'REPLICA'
  return { ...context, ...resourceTagKeys(tagsIn(key.tags)) }
}

/**
 * Returns the condition keys of cryptographic operations on symmetric encryption keys. The encryption context is checked at once; the condition
 * keys are computed when a policy asks for them.
 * @throws ServiceError ValidationException (encryption context).
 */
export function encryptionConditionKeys(
  encryptionContext: Readonly<Record<string, string>> | undefined,
  algorithm = 'SYMMETRIC_DEFAULT',
): () => RequestContext {
  checkEncryptionContext(encryptionContext)
  return () => ({ 'kms:EncryptionAlgorithm': algorithm, ...encryptionContextConditionKeys(encryptionContext) })
}

function encryptionContextConditionKeys(
  encryptionContext: Readonly<Record<string, string>> | undefined,
): RequestContext {
  const context: RequestContext = {}
  const names = Object.keys(encryptionContext ?? {})
  if (names.length > 0) context['kms:EncryptionContextKeys'] = names
  for (const name of names) context[`${encryptionContextPrefix}${name}`] = encryptionContext?.[name] ?? ''
  return context
}

const encryptionContextPrefix = 'kms:EncryptionContext:'

/** Returns the encryption context that the condition keys of a request contain. */
export const encryptionContextIn = (context: RequestContext): Record<string, string> =>
  Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) =>
      key.startsWith(encryptionContextPrefix) && typeof value === 'string'
        ? [[key.slice(encryptionContextPrefix.length), value]]
        : [],
    ),
  )

/** Returns the condition keys of CreateGrant: what the grant is to be. */
export function grantConditionKeys(
  call: Call,
  { Constraints: constraints = {}, ...grant }: Validated<CreateGrantRequest>,
): RequestContext {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints
  const types = Object.keys(constraints).filter((type) => type !== 'SourceArn')
  const named = {
    'kms:GranteePrincipal': grant.GranteePrincipal,
    'kms:GranteeServicePrincipal': grant.GranteeServicePrincipal,
    'kms:RetiringPrincipal': grant.RetiringPrincipal,
    'kms:RetiringServicePrincipal': grant.RetiringServicePrincipal,
    'kms:GrantConstraintSourceArn': SourceArn,
    'kms:GrantConstraintType': types.length > 1 ? types : types[0],
  }
  return {
    ...awsResourceConditionKeys(call),
    'kms:GrantOperations': grant.Operations,
    ...encryptionContextConditionKeys({ ...EncryptionContextSubset, ...EncryptionContextEquals }),
    ...presentConditionKeys(named),
  }
}

/** Returns the condition key of CreateGrant, ListGrants and RevokeGrant: whether a service makes the call, for itself or for the caller. */
export const awsResourceConditionKeys = ({ caller, calledVia }: Call): RequestContext => ({
  'kms:GrantIsForAWSResource': String(calledVia.length > 0 || caller.principal.kind === 'service'),
})

const presentConditionKeys = (keys: Readonly<Record<string, ContextValue | undefined>>): RequestContext =>
  Object.fromEntries(Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

/** Returns the condition keys of Sign and Verify. */
export const signingConditionKeys = (algorithm: string, messageType = 'RAW'): RequestContext => ({
  'kms:SigningAlgorithm': algorithm,
  'kms:MessageType': messageType,
})

/** Returns the condition keys of GenerateMac and VerifyMac. */
export const macConditionKeys = (algorithm: string): RequestContext => ({ 'kms:MacAlgorithm': algorithm })

/** Returns the condition keys of DeriveSharedSecret. */
export const keyAgreementConditionKeys = (algorithm: string): RequestContext => ({
  'kms:KeyAgreementAlgorithm': algorithm,
})

/** Returns the condition keys of GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext. */
export const keyPairConditionKeys = (keyPairSpec: string): RequestContext => ({ 'kms:DataKeyPairSpec': keyPairSpec })

/** Returns the condition keys of TagResource. */
export const requestTagConditionKeys = (given: readonly GivenKeyTag[]): RequestContext => requestTagKeys(tagsIn(given))

/** Returns the condition keys of CreateKey and ReplicateKey: the tags of the key that is made. */
export const newKeyTagConditionKeys = (given: readonly GivenKeyTag[] = []): RequestContext =>
  createdTagKeys(tagsIn(given))

export const lockoutCheckConditionKeys = (bypass: boolean | undefined): RequestContext => ({
  'kms:BypassPolicyLockoutSafetyCheck': String(bypass ?? false),
})

/** Returns the condition keys of GetParametersForImport. */
export const wrappingConditionKeys = (request: {
  WrappingAlgorithm: string
  WrappingKeySpec: string
}): RequestContext => ({
  'kms:WrappingAlgorithm': request.WrappingAlgorithm,
  'kms:WrappingKeySpec': request.WrappingKeySpec,
})

/** Returns the condition keys of ImportKeyMaterial. */
export const expirationConditionKeys = (request: { ExpirationModel?: string; ValidTo?: Date }): RequestContext => ({
  'kms:ExpirationModel': request.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
  ...(request.ValidTo && { 'kms:ValidTo': request.ValidTo.toISOString() }),
})
