import type {
  CompositeAlarm,
  DescribeAlarmsForMetricInput,
  DescribeAlarmsForMetricOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm,
} from '@aws-sdk/client-cloudwatch'
import type { Validated } from '../../../../core/operation.ts'
import { type Placed, readList } from '../../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { isSingleMetric } from '../../domain/alarms/alarm.ts'
import { compositeAlarmView, metricAlarmView } from '../../domain/alarms/alarm-view.ts'
import { invalidCombination, invalidNextToken, resourceNotFound } from '../../domain/errors.ts'
import { checkDimensions } from '../../domain/metric-data.ts'
import { seriesKey } from '../../domain/series.ts'
import { alarms, type StoredAlarm } from '../../storage/collections.ts'
import { alarmNamed } from './find-alarm.ts'

const defaultPage = 50

/**
 * Lists alarms in order of name. Composite alarms come only where they are asked for.
 * @throws ServiceError InvalidNextToken, InvalidParameterCombinationException, ResourceNotFound.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export async function describeAlarms(
  context: CloudWatchContext,
  request: Validated<DescribeAlarmsInput>,
): Promise<DescribeAlarmsOutput> {
  const { AlarmNames, AlarmNamePrefix, ChildrenOfAlarmName, ParentsOfAlarmName, NextToken, MaxRecords } = request
  if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
    throw invalidCombination(
      'The parameters AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.',
    )
  }
  checkRelatives(request)
  const { MaxRecords: _, NextToken: __, ...list } = request
  const after = NextToken === undefined ? undefined : placeIn(context, [list], NextToken)
  const source = {
    read: await readerOf(context, request),
    fits: (alarm: StoredAlarm) => fits(alarm, request),
  }
  const { rows, place, more } = await readList(source, after, MaxRecords ?? defaultPage)
  const found = rows.map(({ row }) => row)
  const isBrief = ChildrenOfAlarmName !== undefined || ParentsOfAlarmName !== undefined
  const shown = found.map((alarm) => (isBrief ? briefView(context, alarm, request) : fullView(context, alarm)))
  return {
    MetricAlarms: shown.filter((_alarm, at) => found[at]?.kind === 'metric') as MetricAlarm[],
    CompositeAlarms: shown.filter((_alarm, at) => found[at]?.kind === 'composite') as CompositeAlarm[],
    ...(more && { NextToken: sealPageToken(context, [list], place) }),
  }
}

type Read = (after: string | undefined, limit: number) => Promise<Placed<StoredAlarm>[]>

/** How alarms are read on from a name: those that are named, relatives of one, or all. */
async function readerOf(context: CloudWatchContext, request: DescribeAlarmsInput): Promise<Read> {
  const { call } = context
  const scope = { accountId: call.accountId, region: call.region }
  const { AlarmNames, AlarmNamePrefix, ChildrenOfAlarmName, ParentsOfAlarmName } = request
  const byName = async (names: readonly string[]): Promise<Read> => {
    const sorted = [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return async (after, limit) => {
      const start = after === undefined ? 0 : sorted.indexOf(after) + 1
      const found: Placed<StoredAlarm>[] = []
      for (const name of sorted.slice(start)) {
        if (found.length === limit) break
        const alarm = await alarmNamed(context, name)
        if (alarm) found.push({ place: name, row: alarm })
      }
      return found
    }
  }
  if (AlarmNames !== undefined && AlarmNames.length > 0) return byName(AlarmNames)
  if (ChildrenOfAlarmName !== undefined) {
    const parent = await alarmNamed(context, ChildrenOfAlarmName)
    if (!parent) throw resourceNotFound(`Alarm ${ChildrenOfAlarmName} does not exist.`)
    return byName(parent.children ?? [])
  }
  const index = ParentsOfAlarmName === undefined ? {} : { index: { name: 'child', value: ParentsOfAlarmName } }
  const prefix = AlarmNamePrefix === undefined ? {} : { idPrefix: AlarmNamePrefix }
  return async (after, limit) => {
    const options = { limit, ...index, ...prefix, ...(after !== undefined && { afterId: after }) }
    const found = await call.store.in(alarms).list(scope, options)
    return found.map(({ id, document }) => ({ place: id, row: document }))
  }
}

/** Relatives are asked for alone. */
function checkRelatives(request: DescribeAlarmsInput): void {
  const { ChildrenOfAlarmName, ParentsOfAlarmName, MaxRecords: _, NextToken: __, AlarmTypes: ___, ...others } = request
  if (ChildrenOfAlarmName === undefined && ParentsOfAlarmName === undefined) return
  const isBoth = ChildrenOfAlarmName !== undefined && ParentsOfAlarmName !== undefined
  if (!isBoth && Object.values(others).every((value) => value === undefined)) return
  throw invalidCombination('ChildrenOfAlarmName and ParentsOfAlarmName can be used only without other parameters.')
}

function fits(alarm: StoredAlarm, request: DescribeAlarmsInput): boolean {
  const { AlarmTypes, StateValue, ActionPrefix, ChildrenOfAlarmName, ParentsOfAlarmName } = request
  const isRelative = ChildrenOfAlarmName !== undefined || ParentsOfAlarmName !== undefined
  const types = AlarmTypes ?? (isRelative ? ['MetricAlarm', 'CompositeAlarm'] : ['MetricAlarm'])
  if (!types.includes(alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm')) return false
  if (StateValue !== undefined && alarm.state.value !== StateValue) return false
  return (
    ActionPrefix === undefined ||
    Object.values(alarm.actions)
      .flat()
      .some((arn) => arn.startsWith(ActionPrefix))
  )
}

const fullView = ({ call }: CloudWatchContext, alarm: StoredAlarm) =>
  alarm.kind === 'metric' ? metricAlarmView(call, alarm) : compositeAlarmView(call, alarm)

/** Relatives are shown by name, children with their state as well. */
function briefView(context: CloudWatchContext, alarm: StoredAlarm, { ParentsOfAlarmName }: DescribeAlarmsInput) {
  const { AlarmName, AlarmArn, StateValue, StateUpdatedTimestamp } = fullView(context, alarm)
  return ParentsOfAlarmName === undefined
    ? { AlarmName, AlarmArn, StateValue, StateUpdatedTimestamp }
    : { AlarmName, AlarmArn }
}

function placeIn(context: CloudWatchContext, list: readonly unknown[], token: string): string {
  const place = openPageToken(context, list, token)
  if (typeof place !== 'string') throw invalidNextToken()
  return place
}

/**
 * Lists the alarms on one metric. Those on expressions are not among them.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html
 */
export async function describeAlarmsForMetric(
  { call }: CloudWatchContext,
  request: Validated<DescribeAlarmsForMetricInput>,
): Promise<DescribeAlarmsForMetricOutput> {
  const { Namespace: namespace, MetricName: name, Dimensions, Statistic, ExtendedStatistic, Period, Unit } = request
  const scope = { accountId: call.accountId, region: call.region }
  const series = seriesKey(scope, { namespace, name, dimensions: checkDimensions(Dimensions) })
  const found = await call.store.in(alarms).list(scope, { index: { name: 'series', value: series } })
  const MetricAlarms = found.flatMap(({ document: alarm }) => {
    if (alarm.kind !== 'metric' || !isSingleMetric(alarm.source)) return []
    const { statistic, periodSeconds, unit } = alarm.source
    const asked = Statistic ?? ExtendedStatistic
    if (asked !== undefined && asked !== statistic) return []
    if (Period !== undefined && Period !== periodSeconds) return []
    if (Unit !== undefined && Unit !== unit) return []
    return [metricAlarmView(call, alarm)]
  })
  return { MetricAlarms }
}
