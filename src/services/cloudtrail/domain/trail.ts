import type { Tag } from '../../../kit/tags.ts'
import { defaultSelectors, type Selectors } from './selectors/selectors.ts'

/** A trail as it is kept. */
export interface Trail {
  /** Tells it apart from another trail that had the name before. */
  id: string
  arn: string
  name: string
  accountId: string
  homeRegion: string
  bucket: string
  bucketRegion: string
  prefix?: string
  topic?: { name: string; arn: string }
  logs?: { groupArn: string; roleArn: string }
  kmsKeyArn?: string
  includesGlobalEvents: boolean
  isMultiRegion: boolean
  /** The organization whose members' events it takes, beside those of its own account. */
  organizationId?: string
  /** Since when digests are made. Absent: none are. */
  validatedSinceMs?: number
  /** Absent: never set, so that the defaults apply. */
  selectors?: Selectors
  insights: readonly InsightSelector[]
  /** Since when calls are counted for them. */
  insightsSinceMs?: number
  /** How its data events are to be put together. */
  aggregations?: readonly EventAggregation[]
  tags: readonly Tag[]
  isLogging: boolean
  startedAtMs?: number
  stoppedAtMs?: number
  /** The latest stretches of the ledger that it takes events of, oldest first. */
  sessions: readonly LoggingSession[]
  /** Starts and stops that are answered and that the reader of the ledger has not come to yet, oldest first. */
  switches: readonly LoggingSwitch[]
}

export interface InsightSelector {
  InsightType: 'ApiCallRateInsight' | 'ApiErrorRateInsight'
  EventCategories: readonly ('Management' | 'Data')[]
}

/** Of data events. */
export interface EventAggregation {
  Templates: ('API_ACTIVITY' | 'RESOURCE_ACCESS' | 'USER_ACTIONS')[]
}

/** A stretch of the ledger, first and last record included. One that goes on has no end. */
export interface LoggingSession {
  startedAtMs: number
  fromSeq: number
  throughSeq?: number
}

/** A start or stop of logging: it counts from the record of the call on, which is itself delivered. */
export interface LoggingSwitch {
  requestId: string
  on: boolean
  atMs: number
}

const mostSessions = 8

export const selectorsOf = ({ selectors = defaultSelectors }: Pick<Trail, 'selectors'>): Selectors => selectors

/** Returns the stretch that goes on, if the trail takes events now. */
export function openSession({ sessions }: Pick<Trail, 'sessions'>): LoggingSession | undefined {
  const last = sessions.at(-1)
  return last?.throughSeq === undefined ? last : undefined
}

/** Returns the trail after the reader of the ledger has come to the record of a start or a stop. */
export function afterSwitch<T extends Pick<Trail, 'sessions' | 'switches'>>(trail: T, seq: number): T {
  const [first, ...switches] = trail.switches
  if (!first) return trail
  return { ...trail, switches, sessions: sessionsAfter(trail, first, seq) }
}

function sessionsAfter(trail: Pick<Trail, 'sessions'>, { on, atMs }: LoggingSwitch, seq: number) {
  const open = openSession(trail)
  // Logging that is started again goes on, and so does what has stopped.
  if (on === (open !== undefined)) return trail.sessions
  if (on) return [...trail.sessions, { startedAtMs: atMs, fromSeq: seq }].slice(-mostSessions)
  return trail.sessions.map((session) => (session === open ? { ...session, throughSeq: seq } : session))
}

/** Returns whether events of a Region are the trail's. */
export const coversRegion = (
  { isMultiRegion, homeRegion }: Pick<Trail, 'isMultiRegion' | 'homeRegion'>,
  region: string,
): boolean => isMultiRegion || region === homeRegion

/** Sources whose events are of no Region. They are recorded in the main one. */
const globalSources = new Set([
  'iam.amazonaws.com',
  'sts.amazonaws.com',
  'organizations.amazonaws.com',
  'signin.amazonaws.com',
])

/** Returns whether the event of a source is one of a global service, which a trail of one Region can leave out. */
export const isGlobalEvent = (eventSource: string, region: string): boolean =>
  region === 'us-east-1' && globalSources.has(eventSource)
