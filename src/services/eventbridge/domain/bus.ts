import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Tag } from '../../../kit/tags.ts'
import type { BusPlace } from './names.ts'

/** An event bus. The default one is there without a document until something about it is changed. */
export interface Bus extends BusPlace {
  description?: string
  deadLetterArn?: string
  policy?: BoundPolicy
  tags: readonly Tag[]
  /** Absent for a default bus that was never changed. */
  createdAtMs?: number
  modifiedAtMs?: number
}

export const untouchedBus = ({ accountId, region, name }: BusPlace): Bus => ({ accountId, region, name, tags: [] })
