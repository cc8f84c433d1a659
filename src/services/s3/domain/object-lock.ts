import { dayMs } from '../../../core/durations.ts'
import type { Bucket } from './bucket.ts'
import { lockedObject } from './configuration-errors.ts'
import { invalidArgument, invalidRequest } from './errors.ts'
import type { ObjectDetails, Retention } from './object.ts'

/** The members of a request that lock a new version. */
export interface GivenLock {
  ObjectLockMode?: string | undefined
  ObjectLockRetainUntilDate?: Date | undefined
  ObjectLockLegalHoldStatus?: string | undefined
}

export const givesLock = (input: GivenLock): boolean =>
  input.ObjectLockMode !== undefined ||
  input.ObjectLockRetainUntilDate !== undefined ||
  input.ObjectLockLegalHoldStatus !== undefined

/**
 * The lock of a new version: the request's, or the default of its bucket.
 * @throws ServiceError InvalidRequest, InvalidArgument.
 */
export function lockOf(
  { objectLock }: Bucket,
  input: GivenLock,
  nowMs: number,
): Pick<ObjectDetails, 'retention' | 'legalHold'> {
  if (givesLock(input) && !objectLock) throw missingLockConfiguration()
  const retention = readRetention(input, nowMs) ?? defaultRetention(objectLock?.retention, nowMs)
  const status = input.ObjectLockLegalHoldStatus
  if (status !== undefined && status !== 'ON' && status !== 'OFF') {
    throw invalidArgument('Legal Hold must be either of ON or OFF', 'x-amz-object-lock-legal-hold', status)
  }
  return { ...(retention && { retention }), ...(status === 'ON' && { legalHold: true }) }
}

export const missingLockConfiguration = () => invalidRequest('Bucket is missing Object Lock Configuration')

function readRetention(input: GivenLock, nowMs: number): Retention | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until } = input
  if (mode === undefined && until === undefined) return undefined
  if (mode === undefined || until === undefined) {
    const missing = mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date'
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      missing,
    )
  }
  return retentionOf(mode, until, nowMs)
}

/** @throws ServiceError InvalidArgument. */
export function retentionOf(mode: string, until: Date, nowMs: number): Retention {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', mode)
  }
  const untilMs = until.getTime()
  if (untilMs <= nowMs) {
    throw invalidArgument(
      'The retain until date must be in the future!',
      'x-amz-object-lock-retain-until-date',
      until.toISOString(),
    )
  }
  return { mode, untilMs }
}

function defaultRetention(given: NonNullable<Bucket['objectLock']>['retention'], nowMs: number): Retention | undefined {
  if (!given) return undefined
  const { mode, days = 0, years = 0 } = given
  const until = new Date(nowMs + days * dayMs)
  until.setUTCFullYear(until.getUTCFullYear() + years)
  return { mode, untilMs: until.getTime() }
}

/**
 * Checks that a version may be deleted.
 * @param mayBypass - the caller asks to bypass governance, and may.
 * @throws ServiceError AccessDenied.
 */
export function checkUnlocked(
  { retention, legalHold }: Pick<ObjectDetails, 'retention' | 'legalHold'>,
  nowMs: number,
  mayBypass: boolean,
): void {
  if (legalHold) throw lockedObject()
  if (!retention || retention.untilMs <= nowMs) return
  if (retention.mode === 'COMPLIANCE' || !mayBypass) throw lockedObject()
}
