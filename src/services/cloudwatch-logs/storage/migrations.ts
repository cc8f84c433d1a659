import { dialects, type Migration } from '../../../core/sql.ts'

/** Streams, the blocks of their events, and how much groups hold. */
export const logsMigrations: readonly Migration[] = [
  {
    name: '0040-logs-events',
    async up(sql) {
      const { text, integer, bytes, rowid, clustered } = dialects[sql.dialect]
      await sql.run(`CREATE TABLE logs_usage (
        group_id ${text} NOT NULL, bytes ${integer} NOT NULL, PRIMARY KEY (group_id)) ${clustered}`)
      await sql.run(`CREATE TABLE logs_streams (
        group_id ${text} NOT NULL, name ${text} NOT NULL, id ${text} NOT NULL, created_ms ${integer} NOT NULL,
        first_ms ${integer}, last_ms ${integer} NOT NULL, ingested_ms ${integer}, merging ${integer} NOT NULL,
        PRIMARY KEY (group_id, name)) ${clustered}`)
      await sql.run('CREATE INDEX logs_streams_by_last ON logs_streams (group_id, last_ms, name)')
      await sql.run('CREATE INDEX logs_streams_by_id ON logs_streams (id)')
      await sql.run(`CREATE TABLE logs_blocks (
        id ${text} NOT NULL, group_id ${text} NOT NULL, stream_id ${text} NOT NULL,
        first_ms ${integer} NOT NULL, last_ms ${integer} NOT NULL, events ${integer} NOT NULL, bytes ${integer} NOT NULL,
        small ${integer} NOT NULL, data_key ${text} NOT NULL, data ${bytes} NOT NULL, PRIMARY KEY (id)) ${rowid}`)
      await sql.run('CREATE INDEX logs_blocks_first ON logs_blocks (group_id, first_ms, id)')
      await sql.run('CREATE INDEX logs_blocks_last ON logs_blocks (group_id, last_ms, id)')
      await sql.run('CREATE INDEX logs_blocks_stream_first ON logs_blocks (stream_id, first_ms, id)')
      await sql.run('CREATE INDEX logs_blocks_stream_last ON logs_blocks (stream_id, last_ms, id)')
      await sql.run('CREATE INDEX logs_blocks_small ON logs_blocks (stream_id, first_ms, id) WHERE small = 1')
    },
  },
]
