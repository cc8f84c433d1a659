import { randomUUID } from 'node:crypto'
import type { CreateKeyRequest, KeySpec, KeyUsageType, OriginType } from '@aws-sdk/client-kms'
import { algorithmsOf } from './algorithms/key-specs.ts'
import {
  keyUsageNeeded,
  keyUsageNotCompatible,
  multiRegionInKeyStore,
  notForOrigin,
  originNeeds,
  specGivenTwice,
  specOfOtherPartition,
} from './errors.ts'
import type { KmsKey } from './key.ts'
import { keyArn, type Place } from './key-identifier.ts'
import type { GeneratedSpec } from './material/key-generation.ts'

/** What is fixed for a key's life, defaults filled in. */
export interface KeyDesign {
  keySpec: KeySpec
  keyUsage: KeyUsageType
  origin: OriginType
  multiRegion: boolean
}

/** The design as requested; nothing is checked yet. `keyUsage` has no default but for symmetric encryption keys. */
export function requestedDesign(request: CreateKeyRequest): Omit<KeyDesign, 'keyUsage'> & Partial<KeyDesign> {
  const keySpec = request.KeySpec ?? request.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  return {
    keySpec,
    keyUsage: request.KeyUsage ?? (keySpec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined),
    origin: request.Origin ?? 'AWS_KMS',
    multiRegion: request.MultiRegion ?? false,
  }
}

/**
 * Checks the members of a request against one another, as AWS does.
 * @throws ServiceError ValidationException, UnsupportedOperationException.
 */
export function checkDesign(request: CreateKeyRequest): KeyDesign & { keySpec: GeneratedSpec } {
  if (request.KeySpec && request.CustomerMasterKeySpec) throw specGivenTwice()
  const { keyUsage, ...design } = requestedDesign(request)
  const { keySpec } = design
  if (!keyUsage) throw keyUsageNeeded()
  if (!algorithmsOf(keySpec, keyUsage)) throw keyUsageNotCompatible(keyUsage, keySpec)
  if (keySpec === 'SM2') throw specOfOtherPartition(keySpec)
  checkOrigin(request, design)
  return { ...design, keySpec, keyUsage }
}

function checkOrigin(request: CreateKeyRequest, { origin, keySpec, multiRegion }: Omit<KeyDesign, 'keyUsage'>): void {
  const { CustomKeyStoreId, XksKeyId } = request
  if (XksKeyId && origin !== 'EXTERNAL_KEY_STORE') throw notForOrigin('XksKeyId', origin)
  if (origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE') {
    if (!CustomKeyStoreId) throw originNeeds(origin, 'CustomKeyStoreId')
    if (origin === 'EXTERNAL_KEY_STORE' && !XksKeyId) throw originNeeds(origin, 'XksKeyId')
    if (keySpec !== 'SYMMETRIC_DEFAULT') throw originNeeds(origin, 'KeySpec SYMMETRIC_DEFAULT')
    if (multiRegion) throw multiRegionInKeyStore()
  } else if (CustomKeyStoreId) throw notForOrigin('CustomKeyStoreId', origin)
}

/** A key of a customer that has no material yet. */
export function newKey(
  place: Place,
  nowMs: number,
  design: KeyDesign,
  chosen: Pick<KmsKey, 'policy' | 'tags' | 'description'>,
): KmsKey {
  const { accountId, region } = place
  const keyId = design.multiRegion ? `mrk-${randomUUID().replaceAll('-', '')}` : randomUUID()
  return {
    accountId,
    region,
    keyId,
    arn: keyArn(place, keyId),
    createdAtMs: nowMs,
    ...design,
    ...chosen,
    keyManager: 'CUSTOMER',
    ...(design.multiRegion && { regions: { primary: region, replicas: [] } }),
    state: 'Enabled',
    materials: [],
    onDemandRotations: 0,
    aliasNames: [],
  }
}
