import type { LifecycleRule, LifecycleRuleFilter, StorageClass } from '@aws-sdk/client-s3'
import { dayMs } from '../../../core/durations.ts'
import type { DeleteMarker, ObjectVersion } from './object.ts'

/** The lifecycle configuration of a bucket. */
export interface Lifecycle {
  Rules: readonly LifecycleRule[]
  TransitionDefaultMinimumObjectSize: string
}

/** A version with what a rule must know of those around it. */
export interface PlacedVersion {
  version: ObjectVersion | DeleteMarker
  /** When the next newer version was written; absent for the newest of its key. */
  noncurrentSinceMs?: number
  /** How many noncurrent versions of the key are newer. */
  newerNoncurrent: number
  /** It is the only one of its key. */
  isAlone: boolean
}

export type LifecycleAction =
  /** What reads give goes: behind a delete marker where versions are kept. */
  | { kind: 'expire' }
  /** A version or delete marker goes for good. */
  | { kind: 'remove' }
  | { kind: 'transition'; storageClass: StorageClass }

/** From the one that costs most to keep to the one that costs least: objects only go down. */
const order: readonly StorageClass[] = [
  ...(['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER'] as const),
  'DEEP_ARCHIVE',
]

/** Objects below this size stay where they are unless a rule is about sizes. */
const leastTransitionBytes = 128 * 1024

/**
 * Decides what the rules of a bucket do with a version now. Removal goes before a change of the storage class.
 * @returns undefined where they do nothing.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function lifecycleAction(
  lifecycle: Lifecycle,
  placed: PlacedVersion,
  nowMs: number,
): LifecycleAction | undefined {
  const rules = lifecycle.Rules.filter((rule) => rule.Status === 'Enabled' && appliesTo(rule, placed.version))
  const { version, noncurrentSinceMs } = placed
  if (noncurrentSinceMs !== undefined) {
    if (rules.some((rule) => expiresNoncurrent(rule, placed, noncurrentSinceMs, nowMs))) return { kind: 'remove' }
  } else if (version.isMarker) {
    const removesMarker = ({ Expiration }: LifecycleRule) => Expiration?.ExpiredObjectDeleteMarker === true
    return placed.isAlone && rules.some(removesMarker) ? { kind: 'remove' } : undefined
  } else if (rules.some((rule) => (expirationMs(rule, version.modifiedMs) ?? Number.POSITIVE_INFINITY) <= nowMs)) {
    return { kind: 'expire' }
  }
  if (version.isMarker) return undefined
  const storageClass = classNow(lifecycle, rules, { ...placed, version }, nowMs)
  return storageClass && { kind: 'transition', storageClass }
}

/** Returns when a rule lets an object expire: at the midnight behind its days. */
export function expirationMs({ Expiration }: LifecycleRule, modifiedMs: number): number | undefined {
  if (Expiration?.Date) return Expiration.Date.getTime()
  return Expiration?.Days === undefined ? undefined : midnightBehind(modifiedMs, Expiration.Days)
}

/** Finds the rule by which an object is to expire first, for the header that says so. */
export function nextExpiration(
  lifecycle: Lifecycle,
  version: ObjectVersion,
): { rule: string; atMs: number } | undefined {
  const due = lifecycle.Rules.filter((rule) => rule.Status === 'Enabled' && appliesTo(rule, version)).flatMap(
    (rule) => {
      const atMs = expirationMs(rule, version.modifiedMs)
      return atMs === undefined ? [] : [{ rule: rule.ID ?? '', atMs }]
    },
  )
  return due.sort((a, b) => a.atMs - b.atMs)[0]
}

/** Returns whether a rule ends an upload in parts that began at a time. */
export const abortsUpload = (rule: LifecycleRule, key: string, initiatedMs: number, nowMs: number): boolean => {
  const { Status, AbortIncompleteMultipartUpload, Prefix, Filter } = rule
  const days = AbortIncompleteMultipartUpload?.DaysAfterInitiation
  if (Status !== 'Enabled' || days === undefined) return false
  return (
    key.startsWith(Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? '') && midnightBehind(initiatedMs, days) <= nowMs
  )
}

const midnightBehind = (timeMs: number, days: number) => Math.ceil(timeMs / dayMs + days) * dayMs

function appliesTo({ Prefix, Filter }: LifecycleRule, version: ObjectVersion | DeleteMarker): boolean {
  if (Prefix !== undefined) return version.key.startsWith(Prefix)
  const { And, ...single } = Filter ?? {}
  const { Prefix: prefix = '', ...others } = And ?? {}
  const asked: LifecycleRuleFilter & { Tags?: readonly { Key: string | undefined; Value: string | undefined }[] } = And
    ? { Prefix: prefix, ...others }
    : single
  if (!version.key.startsWith(asked.Prefix ?? '')) return false
  const tags = [...(asked.Tags ?? []), ...(asked.Tag ? [asked.Tag] : [])]
  const isAboutContent =
    tags.length > 0 || asked.ObjectSizeGreaterThan !== undefined || asked.ObjectSizeLessThan !== undefined
  if (version.isMarker) return !isAboutContent
  if (asked.ObjectSizeGreaterThan !== undefined && version.bytes <= asked.ObjectSizeGreaterThan) return false
  if (asked.ObjectSizeLessThan !== undefined && version.bytes >= asked.ObjectSizeLessThan) return false
  return tags.every((tag) => version.details.tags.some(({ Key, Value }) => Key === tag.Key && Value === tag.Value))
}

function expiresNoncurrent(
  { NoncurrentVersionExpiration: rule }: LifecycleRule,
  { newerNoncurrent }: PlacedVersion,
  sinceMs: number,
  nowMs: number,
): boolean {
  if (!rule || newerNoncurrent < (rule.NewerNoncurrentVersions ?? 0)) return false
  return rule.NoncurrentDays !== undefined && midnightBehind(sinceMs, rule.NoncurrentDays) <= nowMs
}

/** Returns the storage class that a version is to have now; undefined where it stays in its own. */
function classNow(
  { TransitionDefaultMinimumObjectSize }: Lifecycle,
  rules: readonly LifecycleRule[],
  { version, noncurrentSinceMs, newerNoncurrent }: PlacedVersion & { version: ObjectVersion },
  nowMs: number,
): StorageClass | undefined {
  const due = rules.flatMap((rule) => {
    const isAboutSize = (rule.Filter?.ObjectSizeGreaterThan ?? rule.Filter?.And?.ObjectSizeGreaterThan) !== undefined
    const allows = (storageClass: StorageClass) =>
      isAboutSize ||
      version.bytes >= leastTransitionBytes ||
      (TransitionDefaultMinimumObjectSize === 'varies_by_storage_class' &&
        /^(GLACIER|DEEP_ARCHIVE)$/.test(storageClass))
    const transitions =
      noncurrentSinceMs === undefined
        ? (rule.Transitions ?? []).map(({ Days = 0, Date: date, StorageClass: to }) => ({
            to,
            atMs: date?.getTime() ?? midnightBehind(version.modifiedMs, Days),
          }))
        : (rule.NoncurrentVersionTransitions ?? [])
            .filter(({ NewerNoncurrentVersions: kept = 0 }) => newerNoncurrent >= kept)
            .map(({ NoncurrentDays = 0, StorageClass: to }) => ({
              to,
              atMs: midnightBehind(noncurrentSinceMs, NoncurrentDays),
            }))
    return transitions.flatMap(({ to, atMs }) => (to !== undefined && atMs <= nowMs && allows(to) ? [to] : []))
  })
  const lowest = due.reduce<StorageClass>(
    (best, storageClass) => (order.indexOf(storageClass) > order.indexOf(best) ? storageClass : best),
    version.storageClass,
  )
  return lowest === version.storageClass ? undefined : lowest
}
