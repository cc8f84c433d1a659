import type { Operation } from '../../../core/operation.ts'
import type { RequestRate } from '../../../core/request-rate.ts'
import { rateExceeded } from '../domain/errors.ts'
import { highThroughputSetting } from '../domain/service-settings.ts'
import type { SsmContext } from '../ssm-context.ts'
import { settingValue } from './service-settings.ts'

type Operations = Readonly<Record<string, Operation<SsmContext, never, unknown>>>

/**
 * Requests a second of an account in a region.
 * @see https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const readsPerSecond = 40
const highReadsPerSecond = { GetParameter: 10_000, GetParameters: 1000, GetParametersByPath: 100 }

/** Operations of which the three that read values refuse what comes faster than AWS's default quotas allow. */
export const throttledOperations = (operations: Operations, rate: RequestRate): Operations =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => {
      const { permissions } = operation
      if (permissions === 'none' || !isThrottled(name)) return [name, operation]
      const decide: typeof permissions = async (context, input) => {
        await charge(context, name, rate)
        return permissions(context, input)
      }
      return [name, { ...operation, permissions: decide }]
    }),
  )

const isThrottled = (name: string): name is keyof typeof highReadsPerSecond => Object.hasOwn(highReadsPerSecond, name)

/** The three share one quota, until the account switches high throughput on: then each has its own. */
async function charge({ call }: SsmContext, name: keyof typeof highReadsPerSecond, rate: RequestRate): Promise<void> {
  const place = `${call.accountId} ${call.region}`
  const isHigh = (await settingValue(call.store, call, highThroughputSetting)) === 'true'
  const admitted = isHigh
    ? rate.admit(`${place} ${name}`, highReadsPerSecond[name], call.clock.nowMs())
    : rate.admit(place, readsPerSecond, call.clock.nowMs())
  if (!admitted) throw rateExceeded()
}
