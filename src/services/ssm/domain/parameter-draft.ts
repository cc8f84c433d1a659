import type { ParameterTier, PutParameterRequest } from '@aws-sdk/client-ssm'
import type { Awaitable } from '../../../core/awaitable.ts'
import type { Validated } from '../../../core/operation.ts'
import {
  keyWithoutSecret,
  oldestVersionLabelled,
  parameterExists,
  tagsWithOverwrite,
  typeChanged,
  typeMissing,
} from './errors.ts'
import { labelsOf, type StoredParameter, type StoredTier } from './parameter.ts'
import { qualifiedName } from './parameter-name.ts'
import { parsePolicies, renewPolicies } from './parameter-policies.ts'
import { quotas } from './quotas.ts'
import { parameterTags } from './tags.ts'
import { chooseTier, type ParameterCounts } from './tiers.ts'
import { checkDataType, checkNesting, textDataType } from './value-rules.ts'

export const defaultKeyId = 'alias/aws/ssm'

/** The values beside the request on which a new version depends. */
export interface DraftContext {
  accountId: string
  region: string
  /** As checked: without the spaces around it. */
  name: string
  before: StoredParameter | undefined
  defaultTier: ParameterTier
  counts: ParameterCounts
  nowMs: number
  /** ARN of the caller. */
  modifiedBy: string
}

/** What a PutParameter decides before the value is matched with the allowed pattern. */
interface Decided
  extends Pick<StoredParameter, 'type' | 'dataType' | 'tier' | 'allowedPattern' | 'policies' | 'tags'> {}

/**
 * The parameter that a PutParameter makes of the one before, its value apart. What the request leaves out of an existing
 * parameter stays. The order of the checks agrees with every recorded answer.
 * @param checkPattern - checks the value with the pattern that it must match, if any.
 * @throws ServiceError - everything that PutParameter refuses, but for its name and its key.
 */
export async function draftParameter(
  request: Validated<PutParameterRequest>,
  context: DraftContext,
  checkPattern: (pattern: string | undefined) => Awaitable<void>,
): Promise<StoredParameter> {
  const { accountId, region, name, before, nowMs, modifiedBy } = context
  const decided = decide(request, context)
  await checkPattern(decided.allowedPattern)
  return {
    accountId,
    region,
    qualified: qualifiedName(name),
    name: before?.name ?? name,
    ...nextVersion(name, before),
    ...decided,
    ...(decided.type === 'SecureString' && { keyId: keyFor(request.KeyId, decided.tier, before) }),
    description: (request.Description ?? before?.description) || undefined,
    modifiedAtMs: nowMs,
    modifiedBy,
    labels: before?.labels ?? {},
    resourcePolicies: before?.resourcePolicies ?? [],
  }
}

function decide(
  request: Validated<PutParameterRequest>,
  { name, before, defaultTier, counts, nowMs }: DraftContext,
): Decided {
  const { Value, Overwrite = false, Tags = [], Policies } = request
  if (Overwrite && Tags.length > 0) throw tagsWithOverwrite()
  const tags = parameterTags.merge(before?.tags ?? [], Tags)
  const type = request.Type ?? before?.type
  if (!type) throw typeMissing()
  if (request.KeyId !== undefined && type !== 'SecureString') throw keyWithoutSecret()
  const dataType = request.DataType ?? before?.dataType ?? textDataType
  checkDataType(dataType, type, Value, qualifiedName(name))
  checkNesting(Value)
  const kept = renewPolicies(before?.policies ?? [], nowMs)
  const policies = Policies === undefined ? kept : parsePolicies(Policies, nowMs)
  if (before && !Overwrite) throw parameterExists()
  if (before && before.type !== type) throw typeChanged()
  const tier = chooseTier({
    requested: request.Tier,
    accountDefault: defaultTier,
    existing: before?.tier,
    valueBytes: Buffer.byteLength(Value),
    hasPolicies: policies.length > 0,
    counts,
  })
  const allowedPattern = (request.AllowedPattern ?? before?.allowedPattern) || undefined
  return { type, dataType, tier, allowedPattern, policies, tags }
}

function nextVersion(name: string, before: StoredParameter | undefined) {
  if (!before) return { version: 1, oldestVersion: 1 }
  const version = before.version + 1
  const isFull = version - before.oldestVersion >= quotas.versions
  if (isFull && labelsOf(before, before.oldestVersion).length > 0) {
    throw oldestVersionLabelled(name, before.oldestVersion)
  }
  return { version, oldestVersion: isFull ? before.oldestVersion + 1 : before.oldestVersion }
}

function keyFor(requested: string | undefined, tier: StoredTier, before: StoredParameter | undefined): string {
  // An upgrade that names no key goes to the default one.
  const kept = before?.tier === tier ? before.keyId : undefined
  return requested ?? kept ?? defaultKeyId
}
