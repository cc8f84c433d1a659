import { setTimeout } from 'node:timers/promises'
import type { Sql } from '../core/sql.ts'
import { type EventProof, NoProofError, proveEvent } from '../ledger/event-proof.ts'
import { LedgerKeyMissingError, ledgerKey, statedPublicKey } from '../ledger/ledger-key.ts'
import { SqliteFile } from '../ledger/sqlite-file.ts'
import { DataDirectory } from '../server/data-directory.ts'
import type { DataLocation } from './location.ts'
import { reading, readingPostgres, sealerOf } from './verify-ledger.ts'

/** A running server signs within a second. */
const [attempts, pauseMs] = [12, 250]

/**
 * Proves that an event's record is in the ledger of a data directory, of a backup or of a PostgreSQL database.
 * @returns the proof, and whether the root key vouches for the key in it.
 * @throws NoProofError, MaintenanceError, RootKeyError, LedgerKeyMissingError.
 */
export async function proveEventOf(
  location: DataLocation & { backup?: string; databaseUrl?: string },
  eventId: string,
): Promise<{ proof: EventProof; keyProven: boolean }> {
  const { dataDir, backup, databaseUrl } = location
  const work = (sql: Sql) => proven(sql, location, eventId)
  if (databaseUrl) return readingPostgres(databaseUrl, work)
  if (backup) return reading(backup, SqliteFile.ofBackup, work)
  return reading(new DataDirectory(dataDir).database, SqliteFile.forReading, work)
}

async function proven(sql: Sql, location: DataLocation, eventId: string) {
  const sealer = await sealerOf(sql, location)
  const key = sealer ? await ledgerKey(sql, sealer) : { publicKey: await statedPublicKey(sql) }
  if (!key) throw new LedgerKeyMissingError()
  for (let attempt = 1; ; attempt++) {
    try {
      return { proof: await proveEvent(sql, eventId, key.publicKey), keyProven: sealer !== undefined }
    } catch (failure) {
      const unsigned = failure instanceof NoProofError && failure.reason === 'unsigned'
      if (!unsigned || attempt >= attempts) throw failure
      await setTimeout(pauseMs)
    }
  }
}
