import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FixedClock } from '../../test/fixtures/call.ts'
import type { AuditRecord } from '../core/audit.ts'
import type { Clock } from '../core/clock.ts'
import type { Sealer } from '../core/sealer.ts'
import type { Migration, RecordAppender, Sql } from '../core/sql.ts'
import { readAnchor } from './anchor-file.ts'
import type { Checkpoint } from './checkpoint.ts'
import { createLedger } from './ledger.ts'
import { type LedgerKey, ledgerKey, type StoredLedgerKey } from './ledger-key.ts'
import type { RetentionRule } from './retention.ts'
import { SqliteFile } from './sqlite-file.ts'
import type { LedgerIo } from './tables.ts'
import { verifyLedger } from './verify.ts'

/** A record as a call by the user alice leaves it. */
export const auditRecord = (members: Partial<AuditRecord> = {}): AuditRecord => ({
  eventVersion: '1.11',
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDAQ3EGRIYFEXAMPLE12',
    arn: 'arn:aws:iam::111122223333:user/alice',
    accountId: '111122223333',
    accessKeyId: 'AKIAQ3EGRIYFEXAMPLE1',
    userName: 'alice',
  },
  eventTime: '2026-03-01T12:00:00Z',
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  awsRegion: 'us-east-1',
  sourceIPAddress: '192.0.2.10',
  userAgent: 'aws-cli/2.15.0',
  requestParameters: { encryptionContext: { purpose: 'test' }, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  responseElements: null,
  requestID: randomUUID(),
  eventID: randomUUID(),
  readOnly: true,
  eventType: 'AwsApiCall',
  apiVersion: '2014-11-01',
  managementEvent: true,
  recipientAccountId: '111122223333',
  eventCategory: 'Management',
  ...members,
})

/** A directory that is gone with the test, with a database file for the ledger in it. */
export function temporaryFiles() {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-ledger-'))
  return {
    database: join(directory, 'strongroom.sqlite'),
    index: join(directory, 'ledger-index.sqlite'),
    anchor: join(directory, 'ledger-anchor.json'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export type TemporaryFiles = ReturnType<typeof temporaryFiles>

/** A started ledger over a database file that stands for the store. What fails behind it is collected in `faults`. */
export async function openLedger(
  files: TemporaryFiles,
  sealer: Sealer,
  clock: Clock = new FixedClock(),
  retention?: RetentionRule,
) {
  const faults: unknown[] = []
  const alarms: (string | undefined)[] = []
  const ledger = createLedger({
    clock,
    files,
    anchorFile: files.anchor,
    retention,
    onFault: (fault) => faults.push(fault),
    onAlarm: (reason) => alarms.push(reason),
  })
  const database = SqliteFile.rebuildable(files.database)
  await createTables(database, ledger.migrations)
  try {
    await ledger.start(database, sealer)
  } catch (failure) {
    database.close()
    throw failure
  }
  const key = await keyOf(database, sealer)
  return {
    ledger,
    database,
    faults,
    alarms,
    key,
    record: (...records: AuditRecord[]) => append(database, ledger.appender, records),
    anchor: () => anchorOf(files, key),
    verify: () => verifyLedger(database, key),
    /** Removes what is older than the retention. @param removed - called after each change of the database. */
    retain: async (removed?: () => Promise<void>) => {
      const { signal } = new AbortController()
      const [spec] = Object.values(ledger.work(signal))
      if (typeof spec !== 'object') throw new Error('the ledger has no due work')
      const write = database.write.bind(database)
      if (removed) {
        database.write = async (work) => {
          const result = await write(work)
          await removed()
          return result
        }
      }
      await spec.run({ kind: 'ledger.retention', key: '', dueAtMs: 0, scope: noScope, payload: null })
      database.write = write
    },
    async [Symbol.asyncDispose]() {
      await ledger.stop()
      database.close()
    },
  }
}

const noScope = { accountId: '', region: '' }

/** The key of a ledger that has begun. */
export async function keyOf(sql: Sql, sealer: Sealer): Promise<StoredLedgerKey> {
  const key = await ledgerKey(sql, sealer)
  if (!key) throw new Error('the ledger has no key')
  return key
}

async function anchorOf(files: TemporaryFiles, key: LedgerKey): Promise<Checkpoint> {
  const anchor = await readAnchor(files.anchor, key)
  if (!anchor) throw new Error('the ledger has no anchor')
  return anchor
}

/** Runs migrations on a database that has not seen them. */
export async function createTables(database: SqliteFile, migrations: readonly Migration[]): Promise<void> {
  const [known] = await database.all("SELECT 1 AS known FROM sqlite_schema WHERE name = 'ledger_records'")
  if (known) return
  await database.write(async (sql) => {
    for (const migration of migrations) await migration.up(sql)
  })
}

/** Appends as the store does: inside a transaction, confirmed after it. */
export async function append(
  io: LedgerIo,
  appender: RecordAppender<AuditRecord>,
  records: readonly AuditRecord[],
): Promise<void> {
  try {
    await io.write((sql) => appender.append(sql, records))
  } catch (failure) {
    appender.rolledBack()
    throw failure
  }
  appender.committed()
}
