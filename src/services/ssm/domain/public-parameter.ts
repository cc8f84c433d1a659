import type { Filtered } from './filters.ts'
import { textDataType } from './value-rules.ts'

/** A parameter that AWS publishes, or that an import says it does; the same for every account. */
export interface PublicParameter extends Filtered {
  value: string
  version: number
  modifiedAtMs: number
}

/** What an import holds of a parameter, under its name. */
export interface ImportedParameter {
  qualified: string
  value: string
  version: number
  modifiedAtMs: number
  dataType: string
}

export const publicParameter = (
  imported: Omit<ImportedParameter, 'dataType'> & { dataType?: string },
): PublicParameter => ({
  type: 'String',
  tier: 'Standard',
  tags: [],
  labels: {},
  dataType: textDataType,
  ...imported,
})

/** The imports that hold, and whether they are all there is. */
export interface PublicImports {
  /** The latest last: it wins. */
  importIds: readonly string[]
  /** What the server brings itself does not hold. */
  replacesCatalogue: boolean
}

/** Stands for every region in an import. */
export const everyRegion = '*'
