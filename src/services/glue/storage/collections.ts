import type { CollectionSpec } from '../../../core/store.ts'
import type { BoundPolicy } from '../../../kit/resource-policies/bound-principals.ts'
import type { Database, Partition, Table } from '../domain/catalog.ts'

/** By name. */
export const databases: CollectionSpec<Database> = { name: 'glue.databases' }

/** By the id of their database and their name. */
export const tables: CollectionSpec<Table> = { name: 'glue.tables' }

/** What tables were, by the id of the table and the number of the version. */
export const tableVersions: CollectionSpec<Table> = { name: 'glue.table-versions' }

/** By the id of their table and their values. */
export const partitions: CollectionSpec<Partition> = { name: 'glue.partitions' }

/** The policy of the catalogue. */
export const catalogPolicies: CollectionSpec<CatalogPolicy> = { name: 'glue.policies' }

export interface CatalogPolicy {
  policy: BoundPolicy
  hash: string
  createdAtMs: number
  updatedAtMs: number
}

/** The id of the only policy. */
export const thePolicy = 'catalog'

export const versionText = (version: number): string => String(version).padStart(10, '0')
