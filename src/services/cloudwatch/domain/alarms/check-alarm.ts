import type { MetricDataQuery, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import { daySeconds, hourSeconds, minuteSeconds } from '../../../../core/durations.ts'
import { invalidCombination, missingParameter, mutuallyExclusive, notSupported, validationError } from '../errors.ts'
import { checkDimensions } from '../metric-data.ts'
import { checkQueries } from '../queries.ts'
import { isSimpleStatistic, readExtendedStatistic } from '../statistic.ts'
import type { Comparison, MetricAlarm, MissingData, StateValue } from './alarm.ts'

/** What a request configures of an alarm: all but its name, tags and state. */
export type MetricAlarmConfiguration = Omit<MetricAlarm, 'name' | 'tags' | 'state' | 'configuredAtMs'>

const longestRange = daySeconds
const longestRangeOfHours = 7 * daySeconds
const mostQueries = 20

/**
 * Checks the configuration of a metric alarm.
 * @param isAction - whether an alarm can call what an ARN names.
 * @throws ServiceError ValidationException and others, of the first that is wrong.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export function checkMetricAlarm(
  request: PutMetricAlarmInput,
  accountId: string,
  isAction: (arn: string) => boolean,
): MetricAlarmConfiguration {
  checkUnsupported(request)
  const { EvaluationPeriods, DatapointsToAlarm, Threshold, ComparisonOperator, TreatMissingData } = request
  const { AlarmDescription, ActionsEnabled = true, EvaluateLowSampleCountPercentile } = request
  const source = request.Metrics ? queriesIn(request, accountId) : singleMetricIn(request)
  if (EvaluationPeriods === undefined) throw missingParameter('EvaluationPeriods')
  if (ComparisonOperator === undefined) throw missingParameter('ComparisonOperator')
  if (Threshold === undefined) throw missingParameter('Threshold')
  if (!Number.isFinite(Threshold)) throw notSupported(String(Threshold), 'Threshold')
  if (!isComparison(ComparisonOperator)) throw notSupported(ComparisonOperator, 'ComparisonOperator')
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods) {
    throw validationError(
      'The parameter DatapointsToAlarm must be less than or equal to the parameter EvaluationPeriods.',
    )
  }
  if (TreatMissingData !== undefined && !isMissingData(TreatMissingData)) {
    throw notSupported(TreatMissingData, 'TreatMissingData')
  }
  checkRange('metric' in source ? [source.periodSeconds] : periodsOf(source.queries), EvaluationPeriods)
  const lowSampleCount = lowSampleCountIn(EvaluateLowSampleCountPercentile, request)
  return {
    ...{ kind: 'metric', source, evaluationPeriods: EvaluationPeriods, threshold: Threshold },
    comparison: ComparisonOperator,
    actionsEnabled: ActionsEnabled,
    actions: checkActions(request, isAction),
    ...(AlarmDescription !== undefined && { description: AlarmDescription }),
    ...(DatapointsToAlarm !== undefined && { datapointsToAlarm: DatapointsToAlarm }),
    ...(TreatMissingData !== undefined && { treatMissingData: TreatMissingData }),
    ...(lowSampleCount && { lowSampleCount }),
  }
}

const comparisons: readonly string[] = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
] satisfies Comparison[]

/** Those of anomaly detection have no threshold of their own. */
const isComparison = (name: string): name is Comparison => comparisons.includes(name)

const isMissingData = (name: string): name is MissingData =>
  ['breaching', 'notBreaching', 'ignore', 'missing'].includes(name)

/** Members whose effect is not built. Sliding windows are what alarms have without being asked. */
function checkUnsupported(request: PutMetricAlarmInput): void {
  const { EvaluationWindow, ...members } = request
  if (EvaluationWindow && 'WallClockWindow' in EvaluationWindow && EvaluationWindow.WallClockWindow) {
    throw validationError('Strongroom does not support the parameter EvaluationWindow.WallClockWindow.')
  }
  for (const name of unsupported) {
    if (members[name] !== undefined) throw validationError(`Strongroom does not support the parameter ${name}.`)
  }
}

const unsupported = [
  ...(['ThresholdMetricId', 'WarmUpConfiguration', 'EvaluationCriteria'] as const),
  ...(['EvaluationInterval', 'ActionConfiguration'] as const),
]

function singleMetricIn(request: PutMetricAlarmInput): MetricAlarm['source'] {
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Period, Unit, Dimensions } = request
  if (MetricName === undefined)
    throw invalidCombination('Either of the parameters MetricName and Metrics must be specified.')
  if (Namespace === undefined) throw missingParameter('Namespace')
  if (Statistic !== undefined && ExtendedStatistic !== undefined) {
    throw mutuallyExclusive('Statistic', 'ExtendedStatistic')
  }
  const statistic = Statistic ?? ExtendedStatistic
  if (statistic === undefined) throw invalidCombination('Must specify either Statistic or ExtendedStatistic')
  if (Statistic === undefined && !readExtendedStatistic(statistic)) throw notSupported(statistic, 'ExtendedStatistic')
  if (Period === undefined) throw missingParameter('Period')
  checkAlarmPeriod(Period)
  return {
    metric: { namespace: Namespace, name: MetricName, dimensions: checkDimensions(Dimensions) },
    ...{ statistic, isExtended: !isSimpleStatistic(statistic), periodSeconds: Period },
    ...(Unit !== undefined && { unit: Unit }),
  }
}

function queriesIn(request: PutMetricAlarmInput, accountId: string): MetricAlarm['source'] {
  const { Metrics: queries = [] } = request
  for (const name of ['MetricName', 'Namespace', 'Dimensions', 'Period', 'Statistic', 'ExtendedStatistic'] as const) {
    if (request[name] !== undefined) throw mutuallyExclusive('Metrics', name)
  }
  if (queries.length === 0 || queries.length > mostQueries) {
    throw validationError(`The collection Metrics must have a size between 1 and ${mostQueries}.`)
  }
  const checked = checkQueries(queries, accountId, 'Metrics')
  if (checked.filter(({ returnsData }) => returnsData).length !== 1) {
    throw validationError('Exactly one element of the metrics list should return data.')
  }
  if (!checked.some(({ kind }) => kind === 'metric')) {
    throw validationError('At least one element of the metrics list must be a metric.')
  }
  for (const query of checked) if (query.kind === 'metric') checkAlarmPeriod(query.periodSeconds)
  return { queries }
}

const periodsOf = (queries: readonly MetricDataQuery[]): number[] =>
  queries.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])

function checkAlarmPeriod(seconds: number): void {
  if ([10, 20, 30].includes(seconds) || seconds % minuteSeconds === 0) return
  throw validationError('Period must be 10, 20, 30 or a multiple of 60')
}

function checkRange(periods: readonly number[], evaluationPeriods: number): void {
  const period = Math.max(...periods)
  const [most, words] = period >= hourSeconds ? [longestRangeOfHours, '7 days'] : [longestRange, 'a day']
  if (period * evaluationPeriods > most) {
    throw validationError(
      `Metrics cannot be checked across more than ${words} (EvaluationPeriods * Period must be <= ${most}).`,
    )
  }
}

function lowSampleCountIn(
  given: string | undefined,
  { ExtendedStatistic = '' }: PutMetricAlarmInput,
): MetricAlarm['lowSampleCount'] {
  if (given === undefined) return undefined
  if (given !== 'evaluate' && given !== 'ignore') throw notSupported(given, 'EvaluateLowSampleCountPercentile')
  if (!/^p\d/.test(ExtendedStatistic)) {
    throw invalidCombination(
      'The parameter EvaluateLowSampleCountPercentile can be used only with an alarm on a percentile.',
    )
  }
  return given
}

/** The actions of a request, by state. @throws ServiceError - an ARN that no alarm can call. */
export function checkActions(
  { OKActions = [], AlarmActions = [], InsufficientDataActions = [] }: Actions,
  isAction: (arn: string) => boolean,
): Readonly<Record<StateValue, readonly string[]>> {
  for (const arn of [...OKActions, ...AlarmActions, ...InsufficientDataActions]) {
    if (!arn.startsWith('arn:')) throw validationError(`Invalid arn syntax: ${arn}`)
    if (!isAction(arn)) {
      throw validationError(`Strongroom does not support the action ${arn}: use an SNS topic or a Lambda function.`)
    }
  }
  return { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions }
}

interface Actions {
  OKActions?: string[] | undefined
  AlarmActions?: string[] | undefined
  InsufficientDataActions?: string[] | undefined
}
