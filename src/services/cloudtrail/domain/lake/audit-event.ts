import { createHash } from 'node:crypto'

/** An event of others as it is given. */
export interface GivenAuditEvent {
  id: string
  /** JSON */
  eventData: string
  /** base64 of SHA-256. */
  eventDataChecksum?: string
}

/** Why an event is not taken. */
export interface AuditEventFailure {
  errorCode:
    | 'FieldTooLong'
    | 'FieldNotFound'
    | 'InvalidChecksum'
    | 'InvalidData'
    | 'InvalidRecipient'
    | 'InvalidEventSource'
  errorMessage: string
}

type Data = Readonly<Record<string, unknown>>

const required = ['version', 'userIdentity', 'eventSource', 'eventName', 'eventTime', 'UID', 'recipientAccountId']

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store-cloudtrail.html */
const mostCharacters: Readonly<Record<string, number>> = {
  ...{ version: 256, eventSource: 256, eventName: 1024, UID: 1024, userAgent: 1024, sourceIPAddress: 256 },
  ...{ errorCode: 256, errorMessage: 256, recipientAccountId: 12 },
}
const objects = ['userIdentity', 'requestParameters', 'responseElements', 'additionalEventData']
const mostObjectBytes = 100 * 1024

/**
 * Reads and checks an event of others.
 * @param accountId - of the channel.
 * @see https://docs.aws.amazon.com/awscloudtraildata/latest/APIReference/API_PutAuditEvents.html
 */
export function readAuditEvent(
  given: GivenAuditEvent,
  accountId: string,
): { data: Data } | { failure: AuditEventFailure } {
  const failed = (errorCode: AuditEventFailure['errorCode'], errorMessage: string) => ({
    failure: { errorCode, errorMessage },
  })
  const { eventData, eventDataChecksum } = given
  if (eventDataChecksum !== undefined) {
    const checksum = createHash('sha256').update(eventData).digest('base64')
    if (checksum !== eventDataChecksum)
      return failed('InvalidChecksum', 'The checksum is not that of the event data: base64 of its SHA-256.')
  }
  const data = parse(eventData)
  if (!isObject(data)) return failed('InvalidData', 'The event data is not a JSON object.')
  const missing = required.find((name) => data[name] === undefined || data[name] === null || data[name] === '')
  if (missing !== undefined) return failed('FieldNotFound', `The required field ${missing} is missing.`)
  const notObject = objects.find((name) => data[name] !== undefined && data[name] !== null && !isObject(data[name]))
  if (notObject !== undefined) return failed('InvalidData', `The field ${notObject} must be an object.`)
  const identity = data.userIdentity as Data
  const missingOf = ['type', 'principalId'].find((name) => typeof identity[name] !== 'string' || identity[name] === '')
  if (missingOf !== undefined)
    return failed('FieldNotFound', `The required field userIdentity.${missingOf} is missing.`)
  for (const [name, most] of Object.entries(mostCharacters)) {
    const value = data[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') return failed('InvalidData', `The field ${name} must be a string.`)
    if (value.length > most) return failed('FieldTooLong', `The field ${name} can have at most ${most} characters.`)
  }
  const large = objects.find((name) => Buffer.byteLength(JSON.stringify(data[name] ?? null)) > mostObjectBytes)
  if (large !== undefined) return failed('FieldTooLong', `The field ${large} can have at most 100 KB.`)
  if (!isTime(data.eventTime))
    return failed('InvalidData', 'The field eventTime must be a time as yyyy-MM-ddTHH:mm:ssZ.')
  if (/^\s*$/.test(String(data.eventSource)) || /\.amazonaws\.com$/i.test(String(data.eventSource)))
    return failed('InvalidEventSource', 'The field eventSource must not name a service of AWS.')
  if (data.recipientAccountId !== accountId)
    return failed('InvalidRecipient', 'The field recipientAccountId must be the account of the channel.')
  return { data }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value)

const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)$/.test(value) &&
  !Number.isNaN(Date.parse(value))

/** Returns the event as it is stored. */
export const activityEvent = (
  data: Data,
  { eventID, channelArn, region, nowMs }: { eventID: string; channelArn: string; region: string; nowMs: number },
): Record<string, unknown> => ({
  ...{ eventVersion: '1.0', eventCategory: 'ActivityAuditLog', eventType: 'ActivityLog', eventID },
  ...{ eventTime: data.eventTime, awsRegion: region, recipientAccountId: data.recipientAccountId },
  metadata: { ingestionTime: new Date(nowMs).toISOString(), channelARN: channelArn },
  eventData: data,
})
