import type { Migration } from '../../../core/sql.ts'
import type { KmsKey } from '../domain/key.ts'
import { keys } from './collections.ts'

/** How a key was kept before it knew the states of its materials. */
type KeyBefore = Omit<KmsKey, 'materials' | 'onDemandRotations'> & { materialIds: readonly string[] }

const pageSize = 500

/** Changes to what KMS keeps, for databases that were written before them. */
export const kmsMigrations: readonly Migration[] = [
  {
    name: '0020-kms-material-versions',
    async up(sql) {
      for (let [account, region, id] = ['', '', '']; ; ) {
        const page = await sql.all<{ account: string; region: string; id: string; document: string }>(selectPage, [
          ...[keys.name, account, region, id],
          pageSize,
        ])
        for (const row of page) {
          const key = JSON.stringify(withVersions(JSON.parse(row.document)))
          await sql.run(update, [key, keys.name, row.account, row.region, row.id])
        }
        const last = page.at(-1)
        if (!last) return
        ;[account, region, id] = [last.account, last.region, last.id]
      }
    },
  },
]

function withVersions({ materialIds, ...key }: KeyBefore): KmsKey {
  const materials = materialIds.map((materialId) => ({
    materialId,
    state: materialId === key.currentMaterialId ? ('CURRENT' as const) : ('NON_CURRENT' as const),
  }))
  return { ...key, materials, onDemandRotations: 0 }
}

const selectPage = `SELECT account, region, id, document FROM documents
  WHERE collection = ? AND (account, region, id) > (?, ?, ?) ORDER BY account, region, id LIMIT ?`

const update = 'UPDATE documents SET document = ? WHERE collection = ? AND account = ? AND region = ? AND id = ?'
