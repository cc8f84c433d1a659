import { deflateRawSync } from 'node:zlib'
import type { SessionContext } from '../../../core/principal.ts'
import { policyTooLarge, tagsTooLarge } from './errors.ts'

// How AWS packs policies and tags, and how much it allots, is not published. Here policies count compressed and tags as
// they are, and what is allotted keeps session tokens below 4,096 characters.
const allottedBytes = 2048
const plainPolicyCharacters = 2048

/**
 * How much of the allotted space session policies and tags take.
 * @returns percent, rounded up; 0 when there are neither.
 * @throws ServiceError PackedPolicyTooLarge.
 */
export function packedPolicySize({
  policies,
  policyArns,
  tags,
}: Pick<SessionContext, 'policies' | 'policyArns' | 'tags'>): number {
  const tagBytes = Object.entries(tags).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  if (tagBytes > allottedBytes) throw tagsTooLarge(percentOf(tagBytes, allottedBytes))
  const plain = [...policies, ...policyArns]
  if (plain.length === 0) return percentOf(tagBytes, allottedBytes)
  const plainPercent = percentOf(plain.join('').length, plainPolicyCharacters)
  const packedPercent = percentOf(deflateRawSync(plain.join('\n')).length + tagBytes, allottedBytes)
  const percent = Math.max(plainPercent, packedPercent)
  if (percent > 100) throw policyTooLarge(percent)
  return packedPercent
}

const percentOf = (part: number, whole: number) => Math.ceil((100 * part) / whole)
