import type { MetricTransformation as GivenTransformation } from '@aws-sdk/client-cloudwatch-logs'
import { invalidParameter } from '../errors.ts'
import type { MetricTransformation } from './filter.ts'

const mostDimensions = 3
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const field = /^\$[.[\p{L}\p{N}_]/u

/**
 * Checks how a filter makes metrics.
 * @throws ServiceError InvalidParameterException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
 */
export function checkTransformation(given: GivenTransformation | undefined, pattern: string): MetricTransformation {
  const {
    metricName = '',
    metricNamespace = '',
    metricValue = '',
    defaultValue,
    dimensions,
    unit,
  } = {
    ...given,
  } as Partial<GivenTransformation>
  if (metricName === '' || metricNamespace === '') throw invalidParameter('The metric needs a name and a namespace.')
  if (metricNamespace.startsWith('AWS/')) {
    throw invalidParameter('Metric namespaces that begin with AWS/ are reserved.')
  }
  if (!number.test(metricValue) && !field.test(metricValue)) {
    throw invalidParameter(`Invalid metric value: ${metricValue}`)
  }
  const entries = Object.entries(dimensions ?? {})
  if (entries.length > mostDimensions) throw invalidParameter('A metric filter can have at most 3 dimensions.')
  if (entries.length > 0 && defaultValue !== undefined) {
    throw invalidParameter('A metric filter cannot have both dimensions and a default value.')
  }
  if (entries.length > 0 && !/^\s*[[{]/.test(pattern)) {
    throw invalidParameter('Dimensions need a JSON or space-delimited filter pattern.')
  }
  for (const [name, value] of entries) {
    if (name === '' || !field.test(value)) throw invalidParameter(`Invalid dimension: ${name}=${value}`)
  }
  return {
    ...{ metricName, metricNamespace, metricValue },
    ...(defaultValue !== undefined && { defaultValue }),
    ...(entries.length > 0 && { dimensions: Object.fromEntries(entries) }),
    ...(unit !== undefined && { unit }),
  }
}
