import { deflateRawSync } from 'node:zlib'
import type { SessionContext } from '../../../core/principal.ts'
import { policyTooLarge, tagsTooLarge } from './errors.ts'

// An approximation: how AWS packs policies and tags, and how much it allots to both together, is not published. What is known
// of the service comes out: 2 % for two tags with keys and values of one character, 74 % for the six transitive tags of an
// EKS pod with names of usual length, 498 % for nine tags with values of 250 characters; with three tags, around 82 % for a
// policy of 736 characters and 157 % for one of 1,690.
const allottedBytes = 461
const transitiveBytes = 6
const plainPolicyCharacters = 2048

/**
 * Returns how much of the allotted space session policies and tags take, those inherited along a chain included.
 * @returns percent, rounded up; 0 when there are neither.
 * @throws ServiceError PackedPolicyTooLarge - also for policies of more than 2,048 characters, however well they pack.
 */
export function packedPolicySize({
  policies,
  policyArns,
  tags,
  transitiveTagKeys,
}: Pick<SessionContext, 'policies' | 'policyArns' | 'tags' | 'transitiveTagKeys'>): number {
  const texts = Object.entries(tags).flat()
  const tagBytes = texts.reduce((sum, text) => sum + packedText(text), transitiveBytes * transitiveTagKeys.length)
  const tagPercent = percentOf(tagBytes, allottedBytes)
  if (tagPercent > 100) throw tagsTooLarge(tagPercent)
  const plain = [...policies, ...policyArns]
  if (plain.length === 0) return tagPercent
  const plainPercent = percentOf(plain.join('').length, plainPolicyCharacters)
  const packedPercent = percentOf(deflateRawSync(plain.join('\n')).length + tagBytes, allottedBytes)
  const percent = plainPercent > 100 ? Math.max(plainPercent, packedPercent) : packedPercent
  if (percent > 100) throw policyTooLarge(percent)
  return percent
}

/** A text with its length before it: one byte up to 127, two above. */
function packedText(text: string): number {
  const bytes = Buffer.byteLength(text)
  return bytes + (bytes < 128 ? 1 : 2)
}

const percentOf = (part: number, whole: number) => Math.ceil((100 * part) / whole)
