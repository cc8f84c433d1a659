import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Sealer } from '../core/sealer.ts'
import type { Sql } from '../core/sql.ts'

/** What the private key is bound to as a sealed value. Part of the stored data. */
const sealingContext = 'ledger.checkpoint-key'

/** The key that signs this ledger's checkpoints: made on first use, its private half sealed in the database. */
export async function openCheckpointKey(sql: Sql, sealer: Sealer): Promise<KeyObject> {
  const stored = await storedKey(sql)
  if (stored) return privateKeyOf(stored, sealer)
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const sealed = sealer.seal(privateKey.export({ type: 'pkcs8', format: 'der' }), sealingContext)
  await sql.run('INSERT INTO ledger_key (id, public_key, sealed_private_key) VALUES (1, ?, ?)', [
    publicKey.export({ type: 'spki', format: 'der' }),
    sealed,
  ])
  return privateKey
}

/**
 * The key that a ledger's checkpoints must be signed with.
 * @param sealer - proves the key: only who has the root key can have sealed its private half. Without it the public key is
 *   taken as it stands in the database, and so is only as trustworthy as the database.
 * @throws Error when there is no key, or it was sealed under another root key.
 */
export async function ledgerPublicKey(sql: Sql, sealer?: Sealer): Promise<KeyObject> {
  const stored = await storedKey(sql)
  if (!stored) throw new Error('The ledger has no checkpoint key: it was never started, or the key was removed.')
  if (sealer) return createPublicKey(privateKeyOf(stored, sealer))
  return createPublicKey({ key: Buffer.from(stored.public_key), type: 'spki', format: 'der' })
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
