import { dialects, type Migration, type Sql } from '../core/sql.ts'

/** Creates the tables that must exist before all others: the migrations, and the facts about the database. */
export async function createBaseTables(sql: Sql): Promise<void> {
  const { text, clustered } = dialects[sql.dialect]
  await sql.run(`CREATE TABLE IF NOT EXISTS migrations (name ${text} NOT NULL PRIMARY KEY) ${clustered}`)
  await sql.run(
    `CREATE TABLE IF NOT EXISTS meta (key ${text} NOT NULL PRIMARY KEY, value ${text} NOT NULL) ${clustered}`,
  )
}

export const storageMigrations: readonly Migration[] = [
  {
    name: '0001-documents',
    async up(sql) {
      const { text, clustered } = dialects[sql.dialect]
      await sql.run(
        `CREATE TABLE documents (
          collection ${text} NOT NULL, account ${text} NOT NULL, region ${text} NOT NULL, id ${text} NOT NULL,
          document TEXT NOT NULL,
          PRIMARY KEY (collection, account, region, id)
        ) ${clustered}`,
      )
      await sql.run(
        `CREATE TABLE document_index (
          collection ${text} NOT NULL, account ${text} NOT NULL, region ${text} NOT NULL,
          name ${text} NOT NULL, value ${text} NOT NULL, id ${text} NOT NULL,
          PRIMARY KEY (collection, account, region, name, value, id)
        ) ${clustered}`,
      )
      await sql.run('CREATE INDEX document_index_by_id ON document_index (collection, account, region, id)')
    },
  },
  {
    name: '0002-due-work',
    async up(sql) {
      const { text, integer, clustered } = dialects[sql.dialect]
      // due_at_ms is when the work is due; run_at_ms when it may be tried next: later while it is leased or backing off.
      await sql.run(
        `CREATE TABLE due_work (
          kind ${text} NOT NULL, key ${text} NOT NULL, account ${text} NOT NULL, region ${text} NOT NULL,
          payload TEXT NOT NULL, due_at_ms ${integer} NOT NULL, run_at_ms ${integer} NOT NULL,
          failures ${integer} NOT NULL, lease TEXT,
          PRIMARY KEY (kind, key)
        ) ${clustered}`,
      )
      await sql.run('CREATE INDEX due_work_by_time ON due_work (run_at_ms, due_at_ms, kind, key)')
    },
  },
  {
    name: '0021-blob-content',
    async up(sql) {
      const { text, integer, bytes, rowid } = dialects[sql.dialect]
      // With row ids in SQLite: rows are large, and a key beside them finds them without going through their bytes.
      await sql.run(
        `CREATE TABLE blob_content (
          id ${text} NOT NULL, part ${integer} NOT NULL, bytes ${bytes} NOT NULL,
          PRIMARY KEY (id, part)
        ) ${rowid}`,
      )
      // What is sealed does not compress.
      if (sql.dialect === 'postgres') await sql.run('ALTER TABLE blob_content ALTER COLUMN bytes SET STORAGE EXTERNAL')
    },
  },
]
