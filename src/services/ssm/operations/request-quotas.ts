import type { RequestQuota, RequestQuotas } from '../../../core/services/request-quotas.ts'
import { rateExceeded } from '../domain/errors.ts'
import { highThroughputSetting } from '../domain/service-settings.ts'
import type { SsmContext } from '../ssm-context.ts'
import { settingValue } from './service-settings.ts'

const sharedReads: RequestQuota = { name: 'reads of values', perSecond: 40 }

/**
 * Of the three operations that read values. They share one quota, until the account switches high throughput on: then each
 * has its own.
 * @see https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
export const requestQuotas: RequestQuotas<SsmContext> = {
  exceeded: rateExceeded,
  operations: {
    GetParameter: reads({ name: 'GetParameter', perSecond: 10_000 }),
    GetParameters: reads({ name: 'GetParameters', perSecond: 1000 }),
    GetParametersByPath: reads({ name: 'GetParametersByPath', perSecond: 100 }),
  },
}

function reads(own: RequestQuota) {
  return {
    quotas: [sharedReads, own],
    async charges({ call }: SsmContext) {
      const isHigh = (await settingValue(call.store, call, highThroughputSetting)) === 'true'
      return [{ quota: isHigh ? own : sharedReads }]
    },
  }
}
