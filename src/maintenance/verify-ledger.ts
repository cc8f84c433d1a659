import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import { rootKeyOf } from '../crypto/root-key.ts'
import { openSealer } from '../crypto/sealer.ts'
import { MissingAnchorError, readAnchor } from '../ledger/anchor-file.ts'
import { LedgerKeyMissingError, ledgerKey, type StoredLedgerKey, statedPublicKey } from '../ledger/ledger-key.ts'
import { hasLog, isWritable, SqliteFile } from '../ledger/sqlite-file.ts'
import { type VerifyReport, verifyLedger } from '../ledger/verify.ts'
import { DataDirectory } from '../server/data-directory.ts'
import { PostgresDatabase } from '../storage/postgres.ts'
import { type DataLocation, explaining, MaintenanceError, type Progress, requireFile } from './location.ts'

/**
 * `keyProven`: the root key vouches for the key that proves the ledger, and records behind the last signature were proven, too.
 * `earlier`: it is as earlier versions kept it, until a server is started on it.
 */
export type LedgerProof = VerifyReport & { keyProven: boolean; earlier: boolean }

/**
 * Proves the ledger of a data directory, of a backup or of a PostgreSQL database.
 * @throws MaintenanceError when there is nothing to verify; RootKeyError when the root key does not fit;
 *   LedgerKeyMissingError, MissingAnchorError, UnreadableAnchorError.
 */
export async function verifyLedgerOf(
  location: DataLocation & { backup?: string; databaseUrl?: string },
  onProgress?: Progress,
): Promise<LedgerProof> {
  const directory = new DataDirectory(location.dataDir)
  if (location.databaseUrl) {
    const anchorFile = directory.postgresAnchor
    return readingPostgres(location.databaseUrl, (sql) => prove(sql, location, { anchorFile, onProgress }))
  }
  if (location.backup) return proveBackup(location.backup, location, onProgress)
  const { database, anchor } = directory
  return reading(database, SqliteFile.forReading, (sql) =>
    prove(sql, location, { anchorFile: anchor, anchorIsDue: true, onProgress }),
  )
}

/** Proves the ledger of a PostgreSQL database, whatever an anchor says. @throws as `verifyLedgerOf`. */
export const provePostgres = (url: string, location: DataLocation, onProgress?: Progress): Promise<LedgerProof> =>
  readingPostgres(url, (sql) => prove(sql, location, { onProgress }))

export async function readingPostgres<R>(url: string, work: (sql: Sql) => Promise<R>): Promise<R> {
  const database = new PostgresDatabase(url)
  try {
    return await work(database.reader)
  } finally {
    await database.close()
  }
}

/**
 * Proves the ledger of a database that no server writes.
 * @param named - what messages call it.
 * @throws as `verifyLedgerOf`.
 */
export const proveBackup = (
  file: string,
  location: DataLocation,
  onProgress?: Progress,
  named = file,
): Promise<LedgerProof> => reading(file, SqliteFile.ofBackup, (sql) => prove(sql, location, { onProgress }), named)

/** @throws MaintenanceError - there is no such file, or SQLite cannot read it. */
export async function reading<R>(
  file: string,
  open: (file: string) => SqliteFile,
  work: (sql: SqliteFile) => Promise<R>,
  named = file,
): Promise<R> {
  requireFile(file, 'database')
  if (hasLog(file) && !isWritable(dirname(file))) {
    throw new MaintenanceError(
      `${file} was not closed by its server, and what its log ${basename(file)}-wal holds can be read only where files can be ` +
        'written beside it: copy the data directory to such a place, and name that with --data-dir.',
    )
  }
  return explaining(`${named} is not a database of Strongroom's, or it is damaged`, async () => {
    using sql = open(file)
    return await work(sql)
  })
}

async function prove(
  sql: Sql,
  location: DataLocation,
  { anchorFile, anchorIsDue = false, onProgress }: ProofOptions,
): Promise<LedgerProof> {
  const sealer = await sealerOf(sql, location)
  const key = sealer ? await openedKey(sql, sealer) : { publicKey: await statedPublicKey(sql), earlier: false }
  // Without the root key it is not known how the ledger was kept, and either form of an anchor is taken.
  const anchor = anchorFile && (await readAnchor(anchorFile, sealer ? key : { ...key, earlier: true }))
  if (anchorFile && !anchor && anchorIsDue) throw new MissingAnchorError(anchorFile)
  const report = await verifyLedger(sql, { ...key, kept: anchor ? [anchor] : [], onProgress })
  return { ...report, keyProven: sealer !== undefined, earlier: key.earlier }
}

interface ProofOptions {
  anchorFile?: string
  /** A ledger in a file has an anchor from its beginning. */
  anchorIsDue?: boolean
  onProgress?: Progress
}

async function openedKey(sql: Sql, sealer: Sealer): Promise<StoredLedgerKey> {
  const key = await ledgerKey(sql, sealer)
  if (!key) throw new LedgerKeyMissingError()
  return key
}

/** Undefined when no root key is at hand: a backup may be looked at where its root key is not. */
export async function sealerOf(sql: Sql, { dataDir, rootKey }: DataLocation): Promise<Sealer | undefined> {
  const file = new DataDirectory(dataDir).rootKey
  if (!rootKey && !existsSync(file)) return undefined
  return openSealer(sql, rootKeyOf(rootKey ?? { kind: 'file', file }))
}
