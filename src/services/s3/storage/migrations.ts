import { dialects, type Migration } from '../../../core/sql.ts'

/** The tables of S3. Objects stand under the id of their bucket. */
export const s3Migrations: readonly Migration[] = [
  {
    name: '0060-s3-objects',
    async up(sql) {
      const { text, integer, bytes, rowid, clustered } = dialects[sql.dialect]
      // Every version and delete marker. `place`: smaller the newer, so that one order serves all lists. `current`: 1 for what a
      // read without a version id gives.
      await sql.run(
        `CREATE TABLE s3_versions (
          bucket ${text} NOT NULL, key ${text} NOT NULL, place ${integer} NOT NULL,
          version ${text} NOT NULL, current ${integer} NOT NULL, marker ${integer} NOT NULL,
          modified_ms ${integer} NOT NULL, bytes ${integer} NOT NULL, etag ${text} NOT NULL, storage_class ${text} NOT NULL,
          details ${text} NOT NULL,
          PRIMARY KEY (bucket, key, place)
        ) ${clustered}`,
      )
      await sql.run('CREATE UNIQUE INDEX s3_versions_by_id ON s3_versions (bucket, key, version)')
      await sql.run('CREATE INDEX s3_versions_current ON s3_versions (bucket, key) WHERE current = 1')
      await sql.run(`CREATE TABLE s3_contents (id ${text} PRIMARY KEY, bytes ${bytes} NOT NULL) ${rowid}`)
      // Uploads in parts that are under way, and for a day those that were completed.
      await sql.run(
        `CREATE TABLE s3_uploads (
          bucket ${text} NOT NULL, key ${text} NOT NULL, upload ${text} NOT NULL, active ${integer} NOT NULL,
          initiated_ms ${integer} NOT NULL, details ${text} NOT NULL,
          PRIMARY KEY (bucket, key, upload)
        ) ${clustered}`,
      )
      await sql.run('CREATE INDEX s3_uploads_active ON s3_uploads (bucket, key, upload) WHERE active = 1')
      await sql.run(
        `CREATE TABLE s3_parts (
          upload ${text} NOT NULL, part ${integer} NOT NULL,
          modified_ms ${integer} NOT NULL, bytes ${integer} NOT NULL, etag ${text} NOT NULL, details ${text} NOT NULL,
          PRIMARY KEY (upload, part)
        ) ${clustered}`,
      )
    },
  },
]
