import type { CollectionSpec } from '../../../core/store.ts'
import type { DeliveredDigest, DeliveredFile } from '../domain/digest.ts'

/** The digests of one trail for one account and Region, which follow on one another. */
export interface DigestChain {
  trailId: string
  accountId: string
  region: string
  /** Since when the files of the chain are validated: when logging, or validation, was started. */
  sinceMs: number
  /** Where the next digest begins. */
  startMs: number
  previous?: DeliveredDigest
  /** A digest whose content is settled, so that it is the same whenever it is written again. */
  planned?: PlannedDigest
  /** Logging has stopped: the next digest is the last. */
  isEnding?: true
}

export interface PlannedDigest extends DeliveredDigest {
  body: string
  endMs: number
  plannedAtMs: number
  /** Of the latest file that it names. */
  throughFile: string
  isBackfill: boolean
}

export const digestChains: CollectionSpec<DigestChain> = { name: 'cloudtrail.digest-chains' }

/** Files that the next digest names, by chain and time. */
export const deliveredFiles: CollectionSpec<DeliveredFile> = { name: 'cloudtrail.delivered-files' }

export const chainId = ({ trailId, sinceMs, accountId, region }: DigestChain): string =>
  [trailId, sinceMs, accountId, region].join(':')
