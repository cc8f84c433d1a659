import type { AuditRecord, UserIdentity } from '../../../core/audit.ts'
import { type Need, neededBy } from './needed-actions.ts'

/** A call as its record tells of it. */
export interface RecordedCall {
  record: AuditRecord
  timeMs: number
  /** `denied`: authorization refused it. `failed`: for another reason, so what it needed was allowed, or not asked for yet. */
  outcome: 'succeeded' | 'failed' | 'denied'
  needs: readonly Need[]
}

/** Tells whether a record is of a call of this user, root user, role (in any of its sessions), or session. */
export function isBy({ type, arn, sessionContext }: UserIdentity, principal: string): boolean {
  if (type === undefined || arn === undefined) return false
  // A federated user has no policies but those of its session, and of the user who made it.
  const { type: issuerType, arn: issuer } = sessionContext?.sessionIssuer ?? {}
  return arn === principal || (issuerType === 'Role' && issuer === principal)
}

/** Reads the record of a call; undefined for those of other principals, and of what services report of their own accord. */
export function readCall(text: string, principal: string): RecordedCall | undefined {
  // Most records are of others, and parsing them all would take longer than reading them.
  if (!text.includes(principal)) return undefined
  const record = JSON.parse(text) as AuditRecord
  if (record.eventType !== 'AwsApiCall' || !isBy(record.userIdentity, principal)) return undefined
  const outcome = record.errorCode === undefined ? 'succeeded' : isRefusal(record.errorCode) ? 'denied' : 'failed'
  const needs = outcome === 'denied' ? refusedNeeds(record) : neededBy(record)
  return { record, timeMs: Date.parse(record.eventTime), outcome, needs }
}

/** The codes with which services refuse for want of a permission, or of a caller they know. */
const isRefusal = (code: string): boolean =>
  /AccessDenied|Unauthorized|NotAuthorized|AuthorizationError|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|ExpiredToken|InvalidAccessKeyId|IncompleteSignature|RequestTimeTooSkewed/i.test(
    code,
  )

/** Of a call that was denied: what the message says was missing, or else all that it needed. */
function refusedNeeds(record: AuditRecord): Need[] {
  const needs = neededBy(record)
  const [, action] = / is not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)/.exec(record.errorMessage ?? '') ?? []
  if (action === undefined) return needs
  const missing = needs.filter((need) => need.action.toLowerCase() === action.toLowerCase())
  if (missing.length > 0) return missing
  const [, resource = '*'] = / on resource: "?(arn:[^\s"]+)/.exec(record.errorMessage ?? '') ?? []
  return [{ action, resource }]
}
