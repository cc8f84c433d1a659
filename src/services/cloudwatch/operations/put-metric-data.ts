import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch'
import type { Permission, Validated } from '../../../core/operation.ts'
import type { CloudWatchContext } from '../cloudwatch-context.ts'
import { invalidValue, missingParameter } from '../domain/errors.ts'
import { checkMetricData, isReservedNamespace } from '../domain/metric-data.ts'
import { type MetricValues, writeMetrics } from '../storage/metric-writer.ts'

/**
 * Adds data to metrics. They are durable when it answers.
 * @throws ServiceError InvalidParameterValueException, InvalidParameterCombinationException, MissingRequiredParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export async function putMetricData(
  { call }: CloudWatchContext,
  { Namespace: namespace, MetricData, EntityMetricData }: Validated<PutMetricDataInput>,
): Promise<void> {
  if (EntityMetricData !== undefined) {
    throw invalidValue('Strongroom does not support the parameter EntityMetricData: send the data as MetricData.')
  }
  if (isReservedNamespace(namespace)) {
    throw invalidValue(`The value ${namespace} for parameter Namespace is invalid.`)
  }
  if (!MetricData || MetricData.length === 0) throw missingParameter('MetricData')
  const nowMs = call.clock.nowMs()
  const values = checkMetricData(MetricData, nowMs).map(
    ({ name, dimensions, ...datum }): MetricValues => ({ metric: { namespace, name, dimensions }, ...datum }),
  )
  await call.transaction((tx) => writeMetrics(tx, call, values, nowMs))
}

/**
 * Returns what data of a namespace ask for. Services of AWS, which no policy of an account names, may always publish for one of
 * its resources.
 */
export const onNamespace = (
  { call }: Pick<CloudWatchContext, 'call'>,
  { Namespace }: { Namespace?: string | undefined },
): Permission[] => [
  {
    action: 'cloudwatch:PutMetricData',
    ...(call.caller.principal.kind === 'service' && { granted: 'direct' }),
    resource: '*',
    context: Namespace === undefined ? {} : { 'cloudwatch:namespace': Namespace },
  },
]
