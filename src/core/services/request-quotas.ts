import type { Awaitable } from '../awaitable.ts'
import type { ServiceError } from '../service-error.ts'

/** A quota of requests: so many a second for each account and Region, counted in a token bucket. */
export interface RequestQuota {
  /** Names the bucket, uniquely in the service. Operations that name the same quota share it. */
  name: string
  /** AWS's default; a function where it differs by Region. */
  perSecond: number | ((region: string) => number)
}

/** The cost of one call against one quota. */
export interface QuotaCharge {
  quota: RequestQuota
  /** Tokens; default 1. */
  cost?: number
  /** Whose bucket pays; default: that of the call's Region. */
  region?: string
  /** Set where the quota is one for each of something else, such as a key store: which of these. */
  of?: string
}

/** Which quotas calls of one operation are charged to. */
export interface OperationQuotas<Context, Input> {
  /** Every quota that a call may be charged to, for documentation and tests. */
  quotas: readonly RequestQuota[]
  /**
   * What a call is charged, in this order. The first charge that its bucket cannot pay refuses the call.
   * Default: 1 to each of `quotas`.
   */
  charges?(context: Context, input: Input): Awaitable<readonly QuotaCharge[]>
}

/** The request quotas of a service, readable without a server. The pipeline charges them before permissions are looked at. */
// biome-ignore lint/suspicious/noExplicitAny: as for ServiceDefinition.
export interface RequestQuotas<Context = any> {
  /** By operation. One that is not here is not limited. */
  operations: Readonly<Record<string, OperationQuotas<Context, never>>>
  /** AWS's refusal of a call that comes too fast. */
  exceeded(): ServiceError
}
