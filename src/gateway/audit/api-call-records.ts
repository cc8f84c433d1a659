import { randomUUID } from 'node:crypto'
import type { AuditRecord, AuditResource } from '../../core/audit.ts'
import type { CallSource } from '../../core/call.ts'
import { isoSeconds } from '../../core/iso-seconds.ts'
import { accountActedIn, accountOf, type Caller } from '../../core/principal.ts'
import type { ServiceHead } from '../../core/services/service-definition.ts'
import type { Shown } from './shown-members.ts'
import { foreignIdentity, userIdentity } from './user-identity.ts'

/** The facts about a finished call, whatever its outcome. */
export interface FinishedCall {
  service: Pick<ServiceHead, 'principal' | 'apiVersion'>
  operation: string
  requestId: string
  region: string
  timeMs: number
  caller: Caller
  source: CallSource
  /** The service that made the call for the caller; absent for direct calls. */
  invokedBy?: string
  readOnly: boolean
  category: 'Management' | 'Data'
  requestParameters: Shown | null
  responseElements: Shown | null
  additionalEventData?: Shown
  resources?: readonly AuditResource[]
  error?: { code: string; message: string }
  /** The caller was allowed to do it, whatever became of it: others hear of nothing else. */
  authorised: boolean
  /** The eventID of the record in an account. */
  eventIdIn(accountId: string): string
}

const maxTextBytes = 1024
const maxParametersBytes = 100 * 1024

/**
 * The records of one API call: the caller's own, and a copy for each other account whose resource the call reached, with
 * the caller's identity reduced to its account. What was denied is recorded in the caller's account alone. A call of
 * a service is recorded in the account of the resource it reached, or, where it reached none, of the one it acts for.
 */
export function apiCallRecords(call: FinishedCall): AuditRecord[] {
  const own = accountOf(call.caller.principal)
  const owners = otherOwners(call, own)
  if (!own) {
    const actedIn = accountActedIn(call.caller.principal)
    if (owners.length === 0 && actedIn) owners.push(actedIn)
    return owners.map((owner) => record(call, owner, userIdentity(call.caller)))
  }
  if (owners.length === 0) return [record(call, own, userIdentity(call.caller, call.invokedBy))]
  const sharedEventID = randomUUID()
  return [
    record(call, own, userIdentity(call.caller, call.invokedBy), sharedEventID),
    ...owners.map((owner) => record(call, owner, foreignIdentity(call.caller), sharedEventID)),
  ]
}

/** The accounts, beside the caller's own, whose resources the call reached. */
function otherOwners({ authorised, resources = [] }: FinishedCall, own: string | undefined): string[] {
  const owners: string[] = []
  if (!authorised) return owners
  for (const { accountId } of resources) {
    if (accountId && accountId !== own && !owners.includes(accountId)) owners.push(accountId)
  }
  return owners
}

function record(
  call: FinishedCall,
  recipientAccountId: string,
  identity: AuditRecord['userIdentity'],
  sharedEventID?: string,
): AuditRecord {
  const { service, source, error, invokedBy } = call
  const isServicesOwn = call.caller.principal.kind === 'service'
  // Absent members stay undefined: JSON leaves them out, and the object keeps one shape.
  return {
    eventVersion: '1.11',
    userIdentity: identity,
    eventTime: isoSeconds(call.timeMs),
    eventSource: service.principal,
    eventName: call.operation,
    awsRegion: call.region,
    sourceIPAddress: invokedBy ?? source.ip,
    userAgent: invokedBy ?? limited(source.userAgent),
    errorCode: limited(error?.code),
    errorMessage: limited(error?.message || undefined),
    requestParameters: bounded(call.requestParameters),
    responseElements: bounded(call.responseElements),
    additionalEventData: call.additionalEventData,
    requestID: call.requestId,
    eventID: call.eventIdIn(recipientAccountId),
    readOnly: call.readOnly,
    resources: call.resources?.length ? call.resources : undefined,
    eventType: 'AwsApiCall',
    apiVersion: service.apiVersion,
    managementEvent: call.category === 'Management',
    recipientAccountId,
    sharedEventID,
    eventCategory: call.category,
    tlsDetails: invokedBy || isServicesOwn ? undefined : tlsDetails(source),
  }
}

function tlsDetails({ tls, host }: CallSource): AuditRecord['tlsDetails'] {
  return tls
    ? { tlsVersion: tls.version, cipherSuite: tls.cipherSuite, clientProvidedHostHeader: host }
    : { clientProvidedHostHeader: host }
}

function limited(text: string | undefined): string | undefined {
  if (!text || text.length * bytesOfCharacter <= maxTextBytes) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= maxTextBytes) return text
  let end = maxTextBytes
  while (isInsideCharacter(bytes[end])) end--
  return bytes.toString('utf8', 0, end)
}

/** Of a character of JavaScript's, in UTF-8, at most. */
const bytesOfCharacter = 3

const isInsideCharacter = (byte = 0) => (byte & 0xc0) === 0x80

// A request of a mebibyte may still have parameters over the limit; CloudTrail keeps the member and marks it as omitted.
function bounded(shown: Shown | null): Shown | null {
  if (!shown || roughSize(shown) <= maxParametersBytes) return shown
  return Buffer.byteLength(JSON.stringify(shown)) > maxParametersBytes ? { omitted: true } : shown
}

/** An upper bound of the JSON's bytes, escapes included: cheap for small values. */
function roughSize(value: unknown): number {
  if (typeof value === 'string') return value.length * 6 + 2
  if (typeof value !== 'object' || value === null) return 24
  let size = 2
  for (const name in value) size += name.length * 6 + 4 + roughSize((value as Shown)[name])
  return size
}
