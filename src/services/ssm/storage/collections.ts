import type { CollectionSpec, Scope, Store } from '../../../core/store.ts'
import { type IndexValues, tagIndexValue } from '../domain/listing.ts'
import type { StoredParameter, StoredVersion } from '../domain/parameter.ts'
import { parentPath } from '../domain/parameter-name.ts'
import type { ImportedParameter, PublicImports } from '../domain/public-parameter.ts'
import type { StoredSetting } from '../domain/service-settings.ts'
import type { ParameterCounts } from '../domain/tiers.ts'

/** What reads need: the store itself, or a transaction. */
export type Reader = Pick<Store, 'in'>

const byFilters: Record<IndexValues['index'], (parameter: StoredParameter) => readonly string[]> = {
  tag: ({ tags }) => tags.flatMap(({ Key, Value }) => [tagIndexValue(Key), tagIndexValue(Key, Value)]),
  label: ({ labels }) => Object.keys(labels),
  keyId: ({ keyId }) => (keyId === undefined ? [] : [keyId]),
  // Nearly all are of the standard tier, and need no index to be found.
  tier: ({ tier }) => (tier === 'Standard' ? [] : [tier]),
  type: ({ type }) => [type],
}

/**
 * Under the qualified name, so that a subtree is a range of ids: what stands under `/a` follows `/a/` without a gap.
 * Apart from the values, so that lists open no secret.
 */
export const parameters: CollectionSpec<StoredParameter> = {
  name: 'ssm.parameters',
  indexes: { parent: ({ qualified }) => [parentPath(qualified)], ...byFilters },
}

/** Under the name and the version. */
export const versions: CollectionSpec<StoredVersion> = { name: 'ssm.versions', sealed: ['value'] }

/** Sorted as the versions are; a name has no colon. */
export const versionId = (qualified: string, version: number): string =>
  `${qualified}:${String(version).padStart(12, '0')}`

/** How many parameters there are: one document an account and region. */
export const counts: CollectionSpec<ParameterCounts> = { name: 'ssm.counts' }

export const countsId = 'parameters'

export const scopeOf = ({ accountId, region }: Scope): Scope => ({ accountId, region })

/** Under the id of the setting. */
export const settings: CollectionSpec<StoredSetting> = { name: 'ssm.service-settings' }

/** Public parameters that were imported, under their names; in the scope of their import (for the account) and region. */
export const importedParameters: CollectionSpec<ImportedParameter> = {
  name: 'ssm.public-parameters',
  indexes: {
    parent: ({ qualified }) => [parentPath(qualified)],
    image: ({ value }) => (/^ami-[0-9a-f]+$/.test(value) ? [value] : []),
  },
}

/** Which imports hold: one document for the whole server. */
export const publicImports: CollectionSpec<PublicImports> = { name: 'ssm.public-imports' }

export const publicImportsScope: Scope = { accountId: '', region: '' }
export const publicImportsId = 'current'

/** Versions whose value is not accepted yet, because the image that it names is still looked for; under the name. */
export const pendingImages: CollectionSpec<PendingImage> = { name: 'ssm.pending-images', sealed: ['value'] }

export interface PendingImage {
  parameter: StoredParameter
  value: string
}

/** Imports whose parts are kept, whether they hold or not; under their ids. */
export const stagedImports: CollectionSpec<StagedImport> = { name: 'ssm.staged-imports' }

export interface StagedImport {
  /** Where there are parts. */
  regions: readonly string[]
  parameters: number
  /** It was finished, and nothing can be added. */
  holds: boolean
}
