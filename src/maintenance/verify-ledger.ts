import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import type { Sealer } from './core/sealer.ts'
import type { Sql } from './core/sql.ts'
import { type RootKeySource, rootKeyOf } from './crypto/root-key.ts'
import { openSealer } from './crypto/sealer.ts'
import { DataDirectory } from './data-directory.ts'
import { readAnchor } from './ledger/anchor-file.ts'
import { ledgerPublicKey } from './ledger/checkpoint-key.ts'
import { SqliteFile } from './ledger/sqlite-file.ts'
import { type VerifyReport, verifyLedger } from './ledger/verify.ts'
import { PostgresDatabase } from './storage/postgres.ts'
import { ServerLock } from './storage/server-lock.ts'

// What is done to a server's data from outside the server, while it runs or when it does not.

/** What was asked for cannot be done, worded for the person who asked. Nothing was changed. */
export class MaintenanceError extends Error {
  override name = 'MaintenanceError'
}

/** The data and what opens it. The root key is the file in the data directory unless another is given. */
export interface DataLocation {
  dataDir: string
  rootKey?: RootKeySource
}

export type Progress = (done: number, total: number) => void

/**
 * Proves the ledger of a data directory, of a backup or of a PostgreSQL database.
 * @returns the report; `keyProven` tells whether the root key vouched for the key that signs checkpoints.
 * @throws MaintenanceError when there is nothing to verify; RootKeyError when the root key does not fit.
 */
export async function verifyLedgerOf(
  location: DataLocation & { backup?: string; databaseUrl?: string },
  onProgress?: Progress,
): Promise<VerifyReport & { keyProven: boolean }> {
  const directory = new DataDirectory(location.dataDir)
  if (location.databaseUrl) {
    const database = new PostgresDatabase(location.databaseUrl)
    try {
      return await verify(database.reader, location, { onProgress })
    } finally {
      await database.close()
    }
  }
  const file = location.backup ?? directory.database
  if (!existsSync(file)) throw new MaintenanceError(`There is no database ${file}.`)
  using database = SqliteFile.forReading(file)
  return await verify(database, location, {
    onProgress,
    anchorFile: location.backup ? undefined : directory.ledgerFiles.anchor,
  })
}

async function verify(sql: Sql, location: DataLocation, more: { onProgress?: Progress; anchorFile?: string }) {
  const sealer = await sealerOf(sql, location)
  const publicKey = await ledgerPublicKey(sql, sealer)
  const anchor = more.anchorFile && (await readAnchor(more.anchorFile, publicKey))
  const report = await verifyLedger(sql, { publicKey, kept: anchor ? [anchor] : [], onProgress: more.onProgress })
  return { ...report, keyProven: sealer !== undefined }
}

/** Undefined when no root key is at hand: a backup may be looked at where its root key is not. */
async function sealerOf(sql: Sql, { dataDir, rootKey }: DataLocation): Promise<Sealer | undefined> {
  const file = new DataDirectory(dataDir).rootKey
  if (!rootKey && !existsSync(file)) return undefined
  return openSealer(sql, rootKeyOf(rootKey ?? { kind: 'file', file }))
}

const pagesAtOnce = 512

/**
 * Copies the database of one moment to a file, while a server writes it. Secrets stay sealed.
 * @throws MaintenanceError when there is nothing to copy or the file exists.
 */
export async function backUp(dataDir: string, file: string, onProgress: Progress = () => {}): Promise<void> {
  const { database } = new DataDirectory(dataDir)
  if (!existsSync(database)) throw new MaintenanceError(`There is no database ${database}.`)
  if (existsSync(file)) throw new MaintenanceError(`${file} exists; a backup never replaces a file.`)
  closeSync(openSync(file, 'wx', 0o600))
  using source = new DatabaseSync(database, { readOnly: true })
  try {
    // A read transaction keeps the copy at one moment; without it, every change by the server would begin it anew.
    source.exec('BEGIN; SELECT count(*) FROM meta')
    await backup(source, file, {
      rate: pagesAtOnce,
      progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
    })
    syncFile(file)
  } catch (failure) {
    rmSync(file, { force: true })
    throw failure
  }
}

/**
 * Puts a backup in the place of a stopped server's database, after its ledger and its root key have been proven.
 * @param replace - move a database that is there aside; without it, one that is there is a refusal.
 * @returns where the database that was there is now.
 * @throws MaintenanceError, RootKeyError, StoreUnavailableError (a server runs there) - nothing was changed.
 */
export async function restore(
  file: string,
  location: DataLocation,
  { replace = false, onProgress }: { replace?: boolean; onProgress?: Progress } = {},
): Promise<{ movedTo?: string }> {
  if (!existsSync(file)) throw new MaintenanceError(`There is no file ${file}.`)
  const directory = new DataDirectory(location.dataDir)
  directory.prepare()
  const present = existsSync(directory.database)
  const lock = present ? new ServerLock(directory.database) : undefined
  try {
    if (present && !replace) {
      throw new MaintenanceError(
        `${directory.path} has a database. Give --replace to move it aside, or another directory.`,
      )
    }
    await proveBackup(file, location, onProgress)
    const draft = `${directory.database}.restoring`
    copyFileSync(file, draft)
    syncFile(draft)
    const movedTo = present ? directory.setAside() : undefined
    renameSync(draft, directory.database)
    return { movedTo }
  } finally {
    lock?.release()
  }
}

async function proveBackup(file: string, location: DataLocation, onProgress?: Progress): Promise<void> {
  const report = await verifyLedgerOf({ ...location, backup: file }, onProgress).catch((cause) => {
    if (cause instanceof Error && 'errcode' in cause) {
      throw new MaintenanceError(`${file} is no backup of Strongroom's: ${cause.message}.`)
    }
    throw cause
  })
  if (!report.keyProven) {
    throw new MaintenanceError(
      'The root key of the backup is not at hand, and without it nothing in the backup opens: put the copy of root.key ' +
        `into ${location.dataDir}, or set STRONGROOM_ROOT_KEY or STRONGROOM_PASSPHRASE.`,
    )
  }
  if (report.firstBad) {
    const { seq, detail } = report.firstBad
    throw new MaintenanceError(`The ledger in ${file} is not sound: record ${seq}: ${detail}.`)
  }
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
