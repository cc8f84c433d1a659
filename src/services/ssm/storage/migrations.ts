import type { Migration } from '../../../core/sql.ts'
import { indexingMigration } from '../../../storage/document-index.ts'
import { parameters } from './collections.ts'

/** Changes to what Parameter Store keeps, for databases that were written before them. */
export const ssmMigrations: readonly Migration[] = [indexingMigration('0031-ssm-filter-indexes', parameters)]
