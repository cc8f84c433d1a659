import type { PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch'
import { minuteSeconds } from '../../../../core/durations.ts'
import type { Validated } from '../../../../core/operation.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { isSingleMetric, periodOf } from '../../domain/alarms/alarm.ts'
import { checkMetricAlarm } from '../../domain/alarms/check-alarm.ts'
import { seriesKey } from '../../domain/series.ts'
import { evaluations } from '../../storage/collections.ts'
import { evaluationId, nextStepMs, scheduleEvaluation, stepOf, wakeAlarms } from '../../storage/evaluation-schedule.ts'
import { isAction } from './alarm-deliveries.ts'
import { putAlarm } from './put-alarm.ts'

/**
 * Creates or changes an alarm on a metric. It keeps its state until it is evaluated.
 * @throws ServiceError ValidationException, InvalidParameterValueException, InvalidParameterCombinationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export async function putMetricAlarm(
  { call }: CloudWatchContext,
  request: Validated<PutMetricAlarmInput>,
): Promise<void> {
  const { AlarmName: name, Tags: tags } = request
  const { accountId, region } = call
  const scope = { accountId, region }
  const configuration = checkMetricAlarm(request, accountId, isAction)
  const { source } = configuration
  const series = isSingleMetric(source) ? { series: seriesKey(scope, source.metric) } : {}
  const isShort = periodOf(source) < minuteSeconds
  const nowMs = call.clock.nowMs()
  await call.transaction(async (tx) => {
    await putAlarm(tx, scope, { name, kind: 'metric', tags, nowMs }, (kept) => ({
      ...kept,
      ...configuration,
      ...series,
    }))
    const known = await tx.in(evaluations).get(scope, evaluationId)
    if (known && (known.hasShortPeriods || !isShort)) await wakeAlarms(tx, scope, nowMs)
    else await scheduleEvaluation(tx, scope, nextStepMs(nowMs, stepOf(isShort)), isShort)
  })
}
