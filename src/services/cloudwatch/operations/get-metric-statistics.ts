import type { Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput } from '@aws-sdk/client-cloudwatch'
import { daySeconds, secondMs } from '../../../core/durations.ts'
import type { Validated } from '../../../core/operation.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'
import type { Aggregate } from '../domain/aggregate.ts'
import {
  invalidCombination,
  invalidPeriod,
  invalidValue,
  notSupported,
  startNotBeforeEnd,
  tooManyDatapoints,
} from '../domain/errors.ts'
import { checkDimensions } from '../domain/metric-data.ts'
import { isPeriod, roundedStart } from '../domain/retention.ts'
import { readExtendedStatistic, readStatistic, type Statistic } from '../domain/statistic.ts'
import { readPeriods } from '../storage/metric-reader.ts'

const mostDatapoints = 1440
const longestPeriod = daySeconds

/**
 * Reads statistics of a metric, in no order, as in AWS.
 * @throws ServiceError InvalidParameterValueException, InvalidParameterCombinationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
 */
export async function getMetricStatistics(
  { call, data, flush }: CloudWatchContext,
  request: Validated<GetMetricStatisticsInput>,
): Promise<GetMetricStatisticsOutput> {
  const { Namespace: namespace, MetricName: name, Period, StartTime, EndTime, Unit, Statistics } = request
  const { ExtendedStatistics } = request
  if (StartTime >= EndTime) throw startNotBeforeEnd()
  if (!isPeriod(Period)) throw invalidPeriod('Period')
  if (Period > longestPeriod) throw invalidValue(`The parameter Period must be less than or equal to ${longestPeriod}.`)
  if (!Statistics && !ExtendedStatistics) {
    throw invalidCombination('Must specify either Statistics or ExtendedStatistics')
  }
  const asked = { simple: named(Statistics, readStatistic), extended: extendedOf(ExtendedStatistics) }
  const dimensions = checkDimensions(request.Dimensions)
  const requested = Math.ceil((EndTime.getTime() - StartTime.getTime()) / secondMs / Period)
  if (requested > mostDatapoints) throw tooManyDatapoints(requested, mostDatapoints)
  await flush()
  const nowMs = call.clock.nowMs()
  const start = roundedStart(StartTime.getTime(), Period, nowMs)
  const range = {
    start,
    end: Math.ceil(EndTime.getTime() / secondMs),
    periodSeconds: Period,
    ...(Unit && { unit: Unit }),
  }
  const byUnit = await readPeriods(data, call, { namespace, name, dimensions }, range, nowMs)
  const Datapoints = [...byUnit].flatMap(([unit, periods]) =>
    [...periods].flatMap(([at, aggregate]) => datapointOf(at, unit, aggregate, asked)),
  )
  return { Label: name, Datapoints }
}

type Named = readonly (readonly [name: string, statistic: Statistic])[]

const named = (names: readonly string[] = [], read: (name: string) => Statistic | undefined): Named =>
  names.flatMap((name) => {
    const statistic = read(name)
    return statistic ? [[name, statistic] as const] : []
  })

/** @throws ServiceError InvalidParameterValueException - a name that is not that of a statistic. */
function extendedOf(names: readonly string[] = []): Named {
  for (const [place, name] of names.entries()) {
    if (!readExtendedStatistic(name)) throw notSupported(name, `ExtendedStatistics.member.${place + 1}`)
  }
  return named(names, readExtendedStatistic)
}

/** One data point, or none where no statistic that was asked for is known of the period. */
function datapointOf(
  at: number,
  unit: string,
  aggregate: Aggregate,
  { simple, extended }: { simple: Named; extended: Named },
): Datapoint[] {
  const values = (of: Named) =>
    Object.fromEntries(
      of.flatMap(([name, statistic]) => {
        const value = statistic(aggregate)
        return value === undefined ? [] : [[name, value] as const]
      }),
    )
  const ExtendedStatistics = values(extended)
  const isKnown = simple.length > 0 || Object.keys(ExtendedStatistics).length > 0
  if (!isKnown) return []
  return [
    {
      Timestamp: new Date(at * secondMs),
      ...values(simple),
      Unit: unit as Datapoint['Unit'],
      ...(extended.length > 0 && { ExtendedStatistics }),
    } as Datapoint,
  ]
}
