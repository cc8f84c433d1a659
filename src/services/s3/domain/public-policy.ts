import { BoundedMap } from '../../../core/bounded-map.ts'
import { isPublic } from '../../../kit/resource-policies/public-access.ts'

/** Each policy is looked at once: the same text comes with every request to its bucket. */
const known = new BoundedMap<string, boolean>(1000)

export function isPublicPolicy(document: string): boolean {
  let decided = known.get(document)
  if (decided === undefined) {
    decided = isPublic(document)
    known.set(document, decided)
  }
  return decided
}
