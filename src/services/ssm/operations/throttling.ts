import type { RequestRate } from '../../../core/request-rate.ts'
import { rateExceeded } from '../domain/errors.ts'
import { highThroughputSetting } from '../domain/service-settings.ts'
import type { SsmContext } from '../ssm-context.ts'
import { settingValue } from './service-settings.ts'

/**
 * Requests a second of an account in a region.
 * @see https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const readsPerSecond = 40
const highReadsPerSecond = { GetParameter: 10_000, GetParameters: 1000, GetParametersByPath: 100 }

const isThrottled = (name: string): name is keyof typeof highReadsPerSecond => Object.hasOwn(highReadsPerSecond, name)

/**
 * Charges the three operations that read values. They share one quota, until the account switches high throughput on: then
 * each has its own.
 * @throws ServiceError ThrottlingException
 */
export async function chargeRead({ call }: SsmContext, rate: RequestRate): Promise<void> {
  const name = call.operation
  if (!isThrottled(name)) return
  const place = `${call.accountId} ${call.region}`
  const isHigh = (await settingValue(call.store, call, highThroughputSetting)) === 'true'
  const admitted = isHigh
    ? rate.admit(`${place} ${name}`, highReadsPerSecond[name], call.clock.nowMs())
    : rate.admit(place, readsPerSecond, call.clock.nowMs())
  if (!admitted) throw rateExceeded()
}
