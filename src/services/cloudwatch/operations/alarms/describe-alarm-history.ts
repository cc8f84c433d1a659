import type { DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput } from '@aws-sdk/client-cloudwatch'
import type { Validated } from '../../../../core/operation.ts'
import { readList } from '../../../../kit/bounded-list.ts'
import { openPageToken, sealPageToken } from '../../../../kit/page-token.ts'
import type { CloudWatchContext } from '../../cloudwatch-context.ts'
import { invalidNextToken } from '../../domain/errors.ts'
import { type HistoryItem, type HistoryPlace, listHistory } from '../../storage/alarm-history.ts'

const defaultPage = 100

/**
 * Lists what alarms did in the last 30 days, the latest first unless asked otherwise.
 * @throws ServiceError InvalidNextToken.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
 */
export async function describeAlarmHistory(
  context: CloudWatchContext,
  request: Validated<DescribeAlarmHistoryInput>,
): Promise<DescribeAlarmHistoryOutput> {
  const { call, data } = context
  const { AlarmName, AlarmTypes = ['MetricAlarm'], HistoryItemType, StartDate, EndDate } = request
  const { MaxRecords = defaultPage, NextToken, ScanBy, AlarmContributorId } = request
  // No alarm has contributors: those are of Metrics Insights queries.
  if (AlarmContributorId !== undefined) return { AlarmHistoryItems: [] }
  const list = [AlarmName, AlarmTypes, HistoryItemType, StartDate?.getTime(), EndDate?.getTime(), ScanBy]
  const after = NextToken === undefined ? undefined : placeIn(context, list, NextToken)
  const range = {
    alarm: AlarmName,
    fromMs: StartDate?.getTime() ?? 0,
    toMs: EndDate?.getTime() ?? Number.MAX_SAFE_INTEGER - 1,
    descending: ScanBy !== 'TimestampAscending',
  }
  const source = {
    read: (place: HistoryPlace | undefined, limit: number) => listHistory(data, call, range, place, limit),
    fits: ({ itemType, alarmType }: HistoryItem) =>
      AlarmTypes.includes(alarmType) && (HistoryItemType === undefined || itemType === HistoryItemType),
  }
  const { rows, place, more } = await readList(source, after, MaxRecords)
  return {
    AlarmHistoryItems: rows.map(({ row }) => ({
      ...{ AlarmName: row.alarm, AlarmType: row.alarmType, Timestamp: new Date(row.atMs) },
      ...{ HistoryItemType: row.itemType, HistorySummary: row.summary, HistoryData: row.data },
    })),
    ...(more && { NextToken: sealPageToken(context, list, place) }),
  }
}

function placeIn(context: CloudWatchContext, list: readonly unknown[], token: string): HistoryPlace {
  const place = openPageToken(context, list, token)
  if (!Array.isArray(place)) throw invalidNextToken()
  return place as unknown as HistoryPlace
}
