import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'
import { lastCheckpoint, lastEntry } from './tables.ts'

/** What the private key is bound to as a sealed value. Part of the stored data. */
const sealingContext = 'ledger.checkpoint-key'

/**
 * The private key that signs this ledger's checkpoints.
 * @returns undefined for a ledger that has not begun.
 * @throws LedgerKeyMissingError
 */
export async function checkpointKey(sql: Sql, sealer: Sealer): Promise<KeyObject | undefined> {
  const stored = await storedKey(sql)
  if (stored) return privateKeyOf(stored, sealer)
  if ((await lastEntry(sql)).seq > 0 || (await lastCheckpoint(sql))) throw new LedgerKeyMissingError()
  return undefined
}

export const newCheckpointKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey

/** Keeps a new key, its private half sealed. @returns the key to use: another node may have been first. */
export async function keepCheckpointKey(sql: Sql, sealer: Sealer, made: KeyObject): Promise<KeyObject> {
  const present = await checkpointKey(sql, sealer)
  if (present) return present
  await sql.run('INSERT INTO ledger_key (id, public_key, sealed_private_key) VALUES (1, ?, ?)', [
    createPublicKey(made).export({ type: 'spki', format: 'der' }),
    sealer.seal(made.export({ type: 'pkcs8', format: 'der' }), sealingContext),
  ])
  return made
}

/**
 * The key that a ledger's checkpoints must be signed with.
 * @param sealer - proves the key: only who has the root key can have sealed its private half. Without it the public key is
 *   taken as it stands in the database, and so is only as trustworthy as the database.
 * @throws LedgerKeyMissingError; Error when it was sealed under another root key.
 */
export async function ledgerPublicKey(sql: Sql, sealer?: Sealer): Promise<KeyObject> {
  const stored = await storedKey(sql)
  if (!stored) throw new LedgerKeyMissingError()
  if (sealer) return createPublicKey(privateKeyOf(stored, sealer))
  return createPublicKey({ key: Buffer.from(stored.public_key), type: 'spki', format: 'der' })
}

/** There is no key where there must be one. */
export class LedgerKeyMissingError extends Error {
  constructor() {
    super(
      'The ledger has no checkpoint key: no server has ever run on this database, or the key was removed from it, and ' +
        'nothing proves the records. Put a backup back with: strongroom restore --replace',
    )
    this.name = 'LedgerKeyMissingError'
  }
}

type StoredKey = { public_key: Uint8Array; sealed_private_key: Uint8Array }

async function storedKey(sql: Sql): Promise<StoredKey | undefined> {
  const [row] = await sql.all<StoredKey>('SELECT public_key, sealed_private_key FROM ledger_key WHERE id = 1')
  return row
}

function privateKeyOf(stored: StoredKey, sealer: Sealer): KeyObject {
  const key = sealer.open(stored.sealed_private_key, sealingContext)
  return createPrivateKey({ key, type: 'pkcs8', format: 'der' })
}
