import type {
  Datapoint,
  GetMetricDataInput,
  GetMetricDataOutput,
  GetMetricStatisticsInput,
  GetMetricStatisticsOutput,
  ListMetricsInput,
  ListMetricsOutput,
  MetricDataQuery,
  MetricDatum,
} from '@aws-sdk/client-cloudwatch'
import { hourMs, minuteMs } from '../../core/durations.ts'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { type CallOptions, type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { cloudwatch } from './cloudwatch.ts'

/** CloudWatch in the real pipeline, with shorter words for what tests do most. The clock stands at a full hour. */
export async function cloudWatchFixture({
  modules = [],
  ...options
}: FixtureOptions & { modules?: readonly ServiceModule[] } = {}) {
  const fixture = await serviceFixture([cloudwatch, ...modules], options)
  const { clock } = fixture
  clock.timeMs = Math.ceil(clock.timeMs / hourMs) * hourMs
  const call = <R>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('monitoring', operation, input, as) as Promise<R>
  return {
    ...fixture,
    cloudwatch: call,
    put: (...MetricData: MetricDatum[]) => call<undefined>('PutMetricData', { Namespace: 'App', MetricData }),
    /** Of the metric `Latency` in `App`, over the last hour and the next minute, in order of time. */
    statistics: async (more: Partial<GetMetricStatisticsInput>): Promise<Datapoint[]> => {
      const { Datapoints = [] } = await call<GetMetricStatisticsOutput>('GetMetricStatistics', {
        ...{ Namespace: 'App', MetricName: 'Latency', Period: 60 },
        StartTime: new Date(clock.timeMs - hourMs),
        EndTime: new Date(clock.timeMs + minuteMs),
        ...more,
      })
      return Datapoints.toSorted((a, b) => Number(a.Timestamp) - Number(b.Timestamp))
    },
    /** The results of queries over the last hour and the next minute, in order of time. */
    query: async (MetricDataQueries: MetricDataQuery[], more: Partial<GetMetricDataInput> = {}) =>
      call<GetMetricDataOutput>('GetMetricData', {
        MetricDataQueries,
        StartTime: new Date(clock.timeMs - hourMs),
        EndTime: new Date(clock.timeMs + minuteMs),
        ScanBy: 'TimestampAscending',
        ...more,
      }),
    metrics: async (input: ListMetricsInput = {}) => call<ListMetricsOutput>('ListMetrics', input),
  }
}

/** A query of a metric of the namespace `App`. */
export const metricQuery = (Id: string, MetricName: string, Stat = 'Sum', Period = 60): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'App', MetricName }, Period, Stat },
})
