import { existsSync } from 'node:fs'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import { rootKeyOf } from '../crypto/root-key.ts'
import { openSealer } from '../crypto/sealer.ts'
import { DataDirectory } from '../data-directory.ts'
import { readAnchor } from '../ledger/anchor-file.ts'
import { ledgerPublicKey } from '../ledger/checkpoint-key.ts'
import { SqliteFile } from '../ledger/sqlite-file.ts'
import { type VerifyReport, verifyLedger } from '../ledger/verify.ts'
import { PostgresDatabase } from '../storage/postgres.ts'
import { type DataLocation, explaining, MaintenanceError, type Progress } from './location.ts'

/** `keyProven`: the root key vouches for the key that signs checkpoints. */
export type LedgerProof = VerifyReport & { keyProven: boolean }

/**
 * Proves the ledger of a data directory, of a backup or of a PostgreSQL database.
 * @throws MaintenanceError when there is nothing to verify; RootKeyError when the root key does not fit;
 *   LedgerKeyMissingError, MissingAnchorError, UnreadableAnchorError.
 */
export async function verifyLedgerOf(
  location: DataLocation & { backup?: string; databaseUrl?: string },
  onProgress?: Progress,
): Promise<LedgerProof> {
  if (location.databaseUrl) {
    const database = new PostgresDatabase(location.databaseUrl)
    try {
      return await prove(database.reader, location, { onProgress })
    } finally {
      await database.close()
    }
  }
  const directory = new DataDirectory(location.dataDir)
  if (location.backup) return proveBackup(location.backup, location, onProgress)
  const { database, ledgerFiles } = directory
  return reading(database, SqliteFile.forReading, (sql) =>
    prove(sql, location, { anchorFile: ledgerFiles.anchor, onProgress }),
  )
}

/** Proves the ledger of a database that no server writes. @throws as `verifyLedgerOf`. */
export const proveBackup = (file: string, location: DataLocation, onProgress?: Progress): Promise<LedgerProof> =>
  reading(file, SqliteFile.ofBackup, (sql) => prove(sql, location, { onProgress }))

/** @throws MaintenanceError - there is no such file, or SQLite cannot read it. */
export async function reading<R>(
  file: string,
  open: (file: string) => SqliteFile,
  work: (sql: SqliteFile) => Promise<R>,
): Promise<R> {
  if (!existsSync(file)) throw new MaintenanceError(`There is no database ${file}.`)
  return explaining(`${file} is no database of Strongroom's, or it is damaged`, async () => {
    using sql = open(file)
    return await work(sql)
  })
}

async function prove(
  sql: Sql,
  location: DataLocation,
  { anchorFile, onProgress }: { anchorFile?: string; onProgress?: Progress },
): Promise<LedgerProof> {
  const sealer = await sealerOf(sql, location)
  const publicKey = await ledgerPublicKey(sql, sealer)
  const kept = anchorFile ? [await readAnchor(anchorFile, publicKey)] : []
  const report = await verifyLedger(sql, { publicKey, kept, onProgress })
  return { ...report, keyProven: sealer !== undefined }
}

/** Undefined when no root key is at hand: a backup may be looked at where its root key is not. */
export async function sealerOf(sql: Sql, { dataDir, rootKey }: DataLocation): Promise<Sealer | undefined> {
  const file = new DataDirectory(dataDir).rootKey
  if (!rootKey && !existsSync(file)) return undefined
  return openSealer(sql, rootKeyOf(rootKey ?? { kind: 'file', file }))
}
