import { hourSeconds, secondMs } from '../../../core/durations.ts'
import type { SignedPrincipal } from '../../../core/principal.ts'
import { durationExceedsChaining, durationExceedsRole } from './errors.ts'

const defaultTokenSeconds = 12 * hourSeconds

/**
 * Returns how long a role session lasts, as far as the caller decides it: a role session makes sessions of an hour at most.
 * @throws ServiceError ValidationError.
 */
export function roleSessionSeconds(durationSeconds: number | undefined, chained: boolean): number {
  const seconds = durationSeconds ?? hourSeconds
  if (chained && seconds > hourSeconds) throw durationExceedsChaining()
  return seconds
}

/** @throws ServiceError ValidationError when the role allows less. */
export function checkRoleDuration(seconds: number, { maxSessionSeconds }: { maxSessionSeconds: number }): void {
  if (seconds > maxSessionSeconds) throw durationExceedsRole()
}

/** Returns how long the credentials of GetSessionToken and GetFederationToken last: an hour at most for a root user's, silently. */
export function tokenSeconds(durationSeconds: number | undefined, { kind }: Pick<SignedPrincipal, 'kind'>): number {
  const seconds = durationSeconds ?? defaultTokenSeconds
  return kind === 'root' ? Math.min(seconds, hourSeconds) : seconds
}

/**
 * Returns when a session begins and ends. AWS prints whole seconds, so a session begins at one, or `aws:TokenIssueTime` would
 * differ from the times in the answer.
 */
export function sessionTimes(nowMs: number, seconds: number): { issuedAtMs: number; expiresAtMs: number } {
  const issuedAtMs = Math.floor(nowMs / secondMs) * secondMs
  return { issuedAtMs, expiresAtMs: issuedAtMs + seconds * secondMs }
}
