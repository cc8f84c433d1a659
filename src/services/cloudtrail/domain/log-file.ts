import { randomInt } from 'node:crypto'
import { isoSeconds } from '../../../core/iso-seconds.ts'
import type { LogFolder, Series } from './series.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Makes the random part of a file's name, which keeps it from replacing another. */
export const newSuffix = (): string => Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('')

export interface LogPlace {
  prefix?: string | undefined
  organizationId?: string | undefined
}

/**
 * Returns the folder of an account's files: `AWSLogs/111122223333`.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export const accountFolder = ({ prefix, organizationId }: LogPlace, accountId: string): string =>
  [prefix, 'AWSLogs', organizationId, accountId].filter(Boolean).join('/')

/** Returns the key of a log file. @param slotMs - the time that its name says, in minutes. */
export function logFileKey(
  place: LogPlace,
  { accountId, region, folder }: Pick<Series, 'accountId' | 'region' | 'folder'>,
  { slotMs, suffix }: { slotMs: number; suffix: string },
): string {
  const { day, compact } = timeParts(slotMs)
  const name = `${accountId}_${folder}_${region}_${compact.slice(0, 13)}Z_${suffix}.json.gz`
  return `${folderOf(place, accountId, folder, region)}/${day}/${name}`
}

export interface DigestOwner {
  accountId: string
  region: string
  trailName: string
  homeRegion: string
}

/** Returns the key of a digest file. @param endMs - the end of the time it is about, in seconds. */
export function digestKey(
  place: LogPlace,
  { accountId, region, trailName, homeRegion }: DigestOwner,
  endMs: number,
  { isBackfill = false } = {},
): string {
  const { day, compact } = timeParts(endMs)
  const ending = isBackfill ? '_backfill.json.gz' : '.json.gz'
  const name = `${accountId}_CloudTrail-Digest_${region}_${trailName}_${homeRegion}_${compact}Z${ending}`
  return `${folderOf(place, accountId, 'CloudTrail-Digest', region)}/${day}/${name}`
}

const folderOf = (place: LogPlace, accountId: string, folder: LogFolder | 'CloudTrail-Digest', region: string) =>
  `${accountFolder(place, accountId)}/${folder}/${region}`

/** `2026/03/01` and `20260301T120500`. */
function timeParts(timeMs: number) {
  const text = isoSeconds(timeMs)
  return { day: text.slice(0, 10).replaceAll('-', '/'), compact: text.slice(0, 19).replaceAll(/[-:]/g, '') }
}
