import type {
  FilterLogEventsResponse,
  GetLogEventsResponse,
  PutLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import type { ServiceModule } from '../../core/services/service-module.ts'
import { type CallOptions, type FixtureOptions, serviceFixture } from '../../testing/service-fixture.ts'
import { cloudwatchLogs } from './cloudwatch-logs.ts'

/** CloudWatch Logs in the real pipeline, with shorter words for what tests do most. */
export async function logsFixture({ modules = [], ...options }: FixtureOptions & { modules?: ServiceModule[] } = {}) {
  const fixture = await serviceFixture([cloudwatchLogs, ...modules], options)
  const logs = <R = unknown>(operation: string, input: object, as?: CallOptions) =>
    fixture.call('logs', operation, input, as) as Promise<R>
  return {
    ...fixture,
    logs,
    /** Makes a group with streams in it. */
    group: async (logGroupName: string, streams: readonly string[] = ['s'], more: object = {}) => {
      await logs('CreateLogGroup', { logGroupName, ...more })
      for (const logStreamName of streams) await logs('CreateLogStream', { logGroupName, logStreamName })
      return { logGroupName, logStreamName: streams[0] ?? '' }
    },
    /** Puts events; each is a message, or a message with how many milliseconds before now it was. */
    put: (
      to: { logGroupName: string; logStreamName: string },
      events: readonly (string | readonly [string, number])[],
      as?: CallOptions,
    ) => {
      const nowMs = fixture.clock.nowMs()
      const logEvents = events.map((event) => {
        const [message, beforeMs] = typeof event === 'string' ? [event, 0] : event
        return { message, timestamp: nowMs - beforeMs }
      })
      return logs<PutLogEventsResponse>('PutLogEvents', { ...to, logEvents }, as)
    },
    get: (from: { logGroupName: string; logStreamName: string }, more: object = {}, as?: CallOptions) =>
      logs<GetLogEventsResponse>('GetLogEvents', { ...from, ...more }, as),
    filter: (more: object, as?: CallOptions) => logs<FilterLogEventsResponse>('FilterLogEvents', more, as),
  }
}

export type LogsFixture = Awaited<ReturnType<typeof logsFixture>>

export const messagesOf = ({ events = [] }: { events?: { message?: string | undefined }[] | undefined }) =>
  events.map(({ message }) => message)
