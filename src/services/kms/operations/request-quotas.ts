import { ServiceError } from '../../../core/service-error.ts'
import type { OperationQuotas, QuotaCharge, RequestQuotas } from '../../../core/services/request-quotas.ts'
import { throttled } from '../domain/errors.ts'
import type { KmsKey } from '../domain/key.ts'
import {
  cryptographicOperations,
  cryptographicQuota,
  cryptographicQuotas,
  dataKeyPairQuota,
  dataKeyPairQuotas,
  keyStoreQuota,
  operationQuotas,
} from '../domain/request-quotas.ts'
import type { KmsContext } from '../kms-context.ts'

type Limits = OperationQuotas<KmsContext, never>

const { CreateKey, ReplicateKey, UpdatePrimaryRegion, ...others } = operationQuotas

/** AWS's default quotas: of each operation, but for cryptographic ones, which share quotas by the kind of the key. */
export const requestQuotas: RequestQuotas<KmsContext> = {
  exceeded: throttled,
  operations: {
    ...each(Object.keys(others), (operation) => ({ quotas: [operationQuotas[operation as keyof typeof others]] })),
    ...each(cryptographicOperations, () => ({ quotas: [...cryptographicQuotas, keyStoreQuota], charges: keyCharges })),
    ...each(['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'], () => ({
      quotas: dataKeyPairQuotas,
      charges: (_context, { KeyPairSpec }: { KeyPairSpec: string }) => [{ quota: dataKeyPairQuota(KeyPairSpec) }],
    })),
    CreateKey: { quotas: [CreateKey] },
    // What happens in the other Region counts there as well.
    ReplicateKey: {
      quotas: [ReplicateKey, CreateKey],
      charges: (_context, { ReplicaRegion }: { ReplicaRegion: string }) => [
        { quota: ReplicateKey },
        { quota: CreateKey, region: ReplicaRegion, cost: 2 },
      ],
    },
    UpdatePrimaryRegion: {
      quotas: [UpdatePrimaryRegion],
      charges: (_context, { PrimaryRegion }: { PrimaryRegion: string }) => [
        { quota: UpdatePrimaryRegion },
        { quota: UpdatePrimaryRegion, region: PrimaryRegion },
      ],
    },
  },
}

function each(operations: readonly string[], limits: (operation: string) => Limits): Record<string, Limits> {
  return Object.fromEntries(operations.map((operation) => [operation, limits(operation)]))
}

interface KeyRequest {
  KeyId?: string
  CustomKeyStoreId?: string
}

async function keyCharges(context: KmsContext, input: KeyRequest): Promise<QuotaCharge[]> {
  const key = await keyOf(context, input)
  const own = { quota: cryptographicQuota(key?.keySpec ?? 'SYMMETRIC_DEFAULT') }
  const storeId = key?.keyStore?.customKeyStoreId ?? input.CustomKeyStoreId
  return storeId ? [own, { quota: keyStoreQuota, of: storeId }] : [own]
}

/** The key that the request names. A name that names no key is refused when the request is handled. */
async function keyOf({ keys }: KmsContext, { KeyId }: KeyRequest): Promise<KmsKey | undefined> {
  if (KeyId === undefined) return undefined
  try {
    return (await keys.find(KeyId, true)).key
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}
