import type { RequestRate } from '../../../core/request-rate.ts'
import { ServiceError } from '../../../core/service-error.ts'
import { throttled } from '../domain/errors.ts'
import type { KmsKey } from '../domain/key.ts'
import {
  cryptographicQuota,
  dataKeyPairQuota,
  isCryptographic,
  keyStoreQuota,
  operationQuota,
  type RequestQuota,
} from '../domain/request-quotas.ts'
import type { KmsContext } from '../kms-context.ts'

/** What a request to be charged may have; each operation has some of it. */
interface Charged {
  KeyId?: string
  KeyPairSpec?: string
  CustomKeyStoreId?: string
  ReplicaRegion?: string
  PrimaryRegion?: string
}

/**
 * Charges the account of the caller, whosever the key is, and whether or not a service makes the call for the caller.
 * @throws ServiceError ThrottlingException - the request comes faster than AWS's default request quotas allow.
 */
export async function chargeRequest(context: KmsContext, input: Charged, rate: RequestRate): Promise<void> {
  const { accountId, region, clock } = context.call
  const pay = ({ family, perSecond }: RequestQuota, inRegion = region, tokens = 1) => {
    const admitted = rate.admit(`${accountId} ${inRegion} ${family}`, perSecond, clock.nowMs(), tokens)
    if (!admitted) throw throttled()
  }
  const { operation } = context.call
  const { KeyPairSpec, ReplicaRegion, PrimaryRegion } = input
  const own = operationQuota(operation)
  if (own) pay(own)
  // What happens in the other Region counts there as well.
  const create = operationQuota('CreateKey')
  if (ReplicaRegion && create) pay(create, ReplicaRegion, 2)
  if (PrimaryRegion && own) pay(own, PrimaryRegion)
  if (KeyPairSpec) pay(dataKeyPairQuota(KeyPairSpec))
  if (!isCryptographic(operation)) return
  const key = await keyOf(context, input)
  pay(cryptographicQuota(key?.keySpec ?? 'SYMMETRIC_DEFAULT', region))
  const storeId = key?.keyStore?.customKeyStoreId ?? input.CustomKeyStoreId
  if (storeId) pay(keyStoreQuota(storeId))
}

/** The key that the request names. What is wrong with the name is told when the request's turn has come. */
async function keyOf({ keys }: KmsContext, { KeyId }: Charged): Promise<KmsKey | undefined> {
  if (KeyId === undefined) return undefined
  try {
    return (await keys.find(KeyId, true)).key
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}
