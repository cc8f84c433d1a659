import type { BodyLimit, Operation } from '../../core/operation.ts'
import type { CloudWatchContext } from './cloudwatch-context.ts'
import { requestTooLarge } from './domain/errors.ts'
import { getMetricData } from './operations/get-metric-data.ts'
import { getMetricStatistics } from './operations/get-metric-statistics.ts'
import { listMetrics } from './operations/list-metrics.ts'
import { onAccount } from './operations/permissions.ts'
import { onNamespace, putMetricData } from './operations/put-metric-data.ts'

/** A thousand data, each with 30 dimensions and 150 values that are counted. */
const dataBody: BodyLimit = { limitBytes: 1024 * 1024, values: 500_000, tooLarge: requestTooLarge }

/** Reads of data: data events, which name no resource, as in AWS. */
const readData = <I, O>(
  handle: (context: CloudWatchContext, input: I) => Promise<O>,
): Operation<CloudWatchContext, I, O> => ({ handle, permissions: onAccount, readOnly: true, category: 'Data' })

/** Everything CloudWatch can do; what is missing here answers that it is not built. */
export const cloudWatchOperations = {
  PutMetricData: { handle: putMetricData, permissions: onNamespace, readOnly: false, category: 'Data', body: dataBody },
  GetMetricData: readData(getMetricData),
  GetMetricStatistics: readData(getMetricStatistics),
  ListMetrics: readData(listMetrics),
} satisfies Record<string, Operation<CloudWatchContext, never, unknown>>
