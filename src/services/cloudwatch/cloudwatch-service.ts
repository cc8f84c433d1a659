import type { Awaitable } from '../../core/awaitable.ts'
import type { BodyLimit, Operation, Permission } from '../../core/operation.ts'
import type { CloudWatchContext } from './cloudwatch-context.ts'
import { requestTooLarge } from './domain/errors.ts'
import { deleteAlarms, setActions, setAlarmState } from './operations/alarms/change-alarms.ts'
import { describeAlarmHistory } from './operations/alarms/describe-alarm-history.ts'
import { describeAlarms, describeAlarmsForMetric } from './operations/alarms/describe-alarms.ts'
import { onAlarm, onAlarmHistory, onAlarms, onAllAlarms, onPutAlarm } from './operations/alarms/find-alarm.ts'
import { putCompositeAlarm } from './operations/alarms/put-composite-alarm.ts'
import { putMetricAlarm } from './operations/alarms/put-metric-alarm.ts'
import {
  deleteDashboards,
  getDashboard,
  listDashboards,
  onDashboard,
  onDashboards,
  onPutDashboard,
  putDashboard,
} from './operations/dashboards/dashboards.ts'
import { getMetricData } from './operations/get-metric-data.ts'
import { getMetricStatistics } from './operations/get-metric-statistics.ts'
import { listMetrics } from './operations/list-metrics.ts'
import { onAccount } from './operations/permissions.ts'
import { onNamespace, putMetricData } from './operations/put-metric-data.ts'
import { listTagsForResource, onTagged, onTagging, onUntagging, tagResource, untagResource } from './operations/tags.ts'

/** A thousand data, each with 30 dimensions and 150 values that are counted. */
const dataBody: BodyLimit = { limitBytes: 1024 * 1024, values: 500_000, tooLarge: requestTooLarge }

/** Reads of data: data events, which name no resource, as in AWS. */
const readData = <I, O>(
  handle: (context: CloudWatchContext, input: I) => Promise<O>,
): Operation<CloudWatchContext, I, O> => ({ handle, permissions: onAccount, readOnly: true, category: 'Data' })

type Decide<I> = (context: CloudWatchContext, input: I) => Awaitable<readonly Permission[]>

const read = <I, O>(
  handle: (context: CloudWatchContext, input: I) => Promise<O>,
  permissions: Decide<NoInfer<I>>,
): Operation<CloudWatchContext, I, O> => ({ handle, permissions, readOnly: true })

const write = <I, O>(
  handle: (context: CloudWatchContext, input: I) => Promise<O>,
  permissions: Decide<NoInfer<I>>,
): Operation<CloudWatchContext, I, O> => ({ handle, permissions, readOnly: false })

/** Everything CloudWatch can do; what is missing here answers that it is not built. */
export const cloudWatchOperations = {
  PutMetricData: { handle: putMetricData, permissions: onNamespace, readOnly: false, category: 'Data', body: dataBody },
  GetMetricData: readData(getMetricData),
  GetMetricStatistics: readData(getMetricStatistics),
  ListMetrics: readData(listMetrics),

  PutMetricAlarm: write(putMetricAlarm, onPutAlarm),
  PutCompositeAlarm: write(putCompositeAlarm, onPutAlarm),
  DeleteAlarms: write(deleteAlarms, onAlarms),
  EnableAlarmActions: write(setActions(true), onAlarms),
  DisableAlarmActions: write(setActions(false), onAlarms),
  SetAlarmState: write(setAlarmState, onAlarm),
  DescribeAlarms: read(describeAlarms, onAllAlarms),
  DescribeAlarmsForMetric: read(describeAlarmsForMetric, onAccount),
  DescribeAlarmHistory: read(describeAlarmHistory, onAlarmHistory),

  PutDashboard: write(putDashboard, onPutDashboard),
  GetDashboard: read(getDashboard, onDashboard),
  DeleteDashboards: write(deleteDashboards, onDashboards),
  ListDashboards: read(listDashboards, onAccount),

  TagResource: write(tagResource, onTagging),
  UntagResource: write(untagResource, onUntagging),
  ListTagsForResource: read(listTagsForResource, onTagged),
} satisfies Record<string, Operation<CloudWatchContext, never, unknown>>
