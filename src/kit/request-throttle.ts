import type { Call } from '../core/call.ts'
import type { QuotaCharge, RequestQuota, RequestQuotas } from '../core/services/request-quotas.ts'
import { RequestRate } from './request-rate.ts'

type ChargedCall = Pick<Call, 'operation' | 'accountId' | 'region' | 'clock'>

/**
 * Charges the calls of one service to its request quotas. The account of the caller pays, whosever the resource is, and
 * whether or not a service makes the call for the caller. The buckets are in memory: each server counts for itself.
 */
export class RequestThrottle {
  readonly #quotas: RequestQuotas
  readonly #rate = new RequestRate()

  constructor(quotas: RequestQuotas) {
    this.#quotas = quotas
  }

  /**
   * @param context - what the service's handlers get.
   * @throws ServiceError - the call comes faster than a quota allows; charges before that one are paid.
   */
  async charge(call: ChargedCall, context: unknown, input: object): Promise<void> {
    const { operations } = this.#quotas
    const limits = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined
    if (!limits) return
    const charges = limits.charges ? await limits.charges(context, input as never) : limits.quotas.map(one)
    this.#pay(call, charges)
  }

  #pay({ accountId, region: own, clock }: ChargedCall, charges: readonly QuotaCharge[]): void {
    for (const { quota, cost = 1, region = own, of = '' } of charges) {
      const perSecond = typeof quota.perSecond === 'number' ? quota.perSecond : quota.perSecond(region)
      const admitted = this.#rate.admit(`${accountId} ${region} ${quota.name} ${of}`, perSecond, clock.nowMs(), cost)
      if (!admitted) throw this.#quotas.exceeded()
    }
  }
}

const one = (quota: RequestQuota): QuotaCharge => ({ quota })
