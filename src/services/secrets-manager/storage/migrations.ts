import type { Migration } from '../../../core/sql.ts'
import { indexingMigration } from '../../../storage/document-index.ts'
import { secrets } from './collections.ts'

/** Changes to what Secrets Manager keeps, for databases that were written before them. */
export const secretsManagerMigrations: readonly Migration[] = [
  indexingMigration('0030-secrets-manager-filter-indexes', secrets),
]
