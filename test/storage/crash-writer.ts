// Writes documents, each with its record, until it is killed; prints the id of each that was acknowledged.
import type { AuditRecord } from '../../src/core/audit.ts'
import type { RecordAppender } from '../../src/core/sql.ts'
import { openStore } from '../../src/storage/open-store.ts'
import { randomSealer } from '../../src/storage/testing.ts'
import { enabled, keys, recordNamed, scope, testRecords } from './contract-fixtures.ts'

const appender: RecordAppender<AuditRecord> = {
  async append(sql, records) {
    for (const { eventID } of records) await sql.run('INSERT INTO test_records (id) VALUES (?)', [eventID])
  },
  committed() {},
  rolledBack() {},
}

const file = process.argv[2] ?? ':memory:'
const store = await openStore({
  database: { kind: 'sqlite', file },
  sealer: randomSealer(),
  appender,
  migrations: [testRecords],
})

async function write(id: string): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.in(keys).put(scope, id, enabled)
    tx.record(recordNamed(id))
  })
  process.stdout.write(`${id}\n`)
}

for (let round = 0; ; round++) await Promise.all(Array.from({ length: 10 }, (_, i) => write(`k${round}-${i}`)))
