import { isoSeconds } from '../../../core/iso-seconds.ts'

/** An event without its detail, in the order in which AWS writes it. */
export interface Envelope {
  version: '0'
  id: string
  'detail-type': string
  source: string
  account: string
  time: string
  region: string
  resources: readonly string[]
  'replay-name'?: string
}

/** An event on a bus. It is JSON. */
export interface BusEvent {
  envelope: Envelope
  /** JSON of an object, as the sender wrote it. */
  detail: string
  ingestedAtMs: number
  /** It reports a management event of CloudTrail that only read, which few rules want. */
  isReadOnlyManagement?: true
  /** Other accounts' buses that it came from. */
  cameFrom?: readonly string[]
}

/** The event as targets get it. */
export const eventText = ({ envelope, detail }: BusEvent): string =>
  `${JSON.stringify(envelope).slice(0, -1)},"detail":${detail}}`

/** The event as patterns and paths see it. */
export const eventValue = ({ envelope, detail }: BusEvent): Record<string, unknown> => ({
  ...envelope,
  detail: JSON.parse(detail),
})

export function newEvent(parts: {
  id: string
  detailType: string
  source: string
  account: string
  timeMs: number
  region: string
  resources: readonly string[]
  detail: string
  ingestedAtMs: number
}): BusEvent {
  const { id, detailType, source, account, timeMs, region, resources, detail, ingestedAtMs } = parts
  const time = isoSeconds(timeMs)
  return {
    envelope: { version: '0', id, 'detail-type': detailType, source, account, time, region, resources },
    detail,
    ingestedAtMs,
  }
}
