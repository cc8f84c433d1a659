import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openStore } from './open-store.ts'
import { CollectingAppender, randomSealer } from './testing.ts'

test('a database file with anything that no migration makes is refused by name, and left as it is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-schema-'))
  const file = join(directory, 'strongroom.sqlite')
  const sealer = randomSealer()
  const open = async () => {
    const store = await openStore({ database: { kind: 'sqlite', file }, sealer, appender: new CollectingAppender() })
    await store.close()
  }
  const run = (statement: string) => {
    using database = new DatabaseSync(file)
    database.exec(statement)
  }
  try {
    await open()
    for (const [doing, undoing, complaint] of [
      [
        'CREATE TRIGGER leak AFTER INSERT ON documents BEGIN UPDATE documents SET document = document; END',
        'DROP TRIGGER leak',
        /it has a trigger leak/,
      ],
      ['CREATE VIEW shadow AS SELECT * FROM documents', 'DROP VIEW shadow', /it has a view shadow/],
      ['CREATE TABLE other (a)', 'DROP TABLE other', /it has a table other/],
      [
        'ALTER TABLE documents ADD COLUMN more TEXT',
        'ALTER TABLE documents DROP COLUMN more',
        /its table documents was changed/,
      ],
      [
        'DROP INDEX due_work_by_time',
        'CREATE INDEX due_work_by_time ON due_work (run_at_ms, due_at_ms, kind, key)',
        /it has no index due_work_by_time/,
      ],
    ] as const) {
      run(doing)
      await assert.rejects(open(), { name: 'UnexpectedSchemaError', message: complaint })
      run(undoing)
      await open()
    }
    // What SQLite makes of its own accord is nothing foreign.
    run('ANALYZE; VACUUM')
    await open()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
