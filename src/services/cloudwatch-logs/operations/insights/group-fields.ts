import type { GetLogGroupFieldsRequest, GetLogGroupFieldsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { minuteMs, secondMs } from '../../../../core/durations.ts'
import type { Validated } from '../../../../core/operation.ts'
import { serviceFields } from '../../domain/insights/query-record.ts'
import { readableRange } from '../../domain/readable-range.ts'
import type { LogsContext } from '../../logs-context.ts'
import { readEvents } from '../../storage/read-events.ts'
import { inThread } from '../../threads/log-threads.ts'
import { chosenGroup } from '../find-group.ts'
import { eventSource, mostPageBytes } from '../get-log-events.ts'

/** How many events are looked at. */
const mostEvents = 1000

/**
 * Lists the fields that events of a group have, with how many of a hundred events have them.
 * @throws ServiceError ResourceNotFoundException, ValidationException.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogGroupFields.html
 */
export async function getLogGroupFields(
  context: LogsContext,
  { time, ...choice }: Validated<GetLogGroupFieldsRequest>,
): Promise<GetLogGroupFieldsResponse> {
  const { call } = context
  const group = await chosenGroup(context, choice)
  const nowMs = call.clock.nowMs()
  const [fromMs, toMs] =
    time === undefined
      ? [nowMs - 15 * minuteMs, nowMs]
      : [time * secondMs - 8 * minuteMs, time * secondMs + 8 * minuteMs]
  const { events } = await readEvents(eventSource(context, group), {
    ...{ scope: { kind: 'group', groupId: group.id }, ...readableRange(group, nowMs, fromMs, toMs), after: undefined },
    ...{ backward: true, pattern: undefined, limit: mostEvents },
    ...{ mostBytes: mostPageBytes, scanBytes: Number.POSITIVE_INFINITY },
  })
  if (events.length === 0) return { logGroupFields: [] }
  const messages = events.map(({ message }) => message)
  const counts = await inThread(call.accountId, { kind: 'fields', messages })
  const found = [...counts].sort(([, one], [, other]) => other - one)
  const percent = (count: number) => Math.round((100 * count) / events.length)
  return {
    logGroupFields: [
      ...serviceFields.map((name) => ({ name, percent: 100 })),
      ...found.map(([name, count]) => ({ name, percent: percent(count) })),
    ],
  }
}
